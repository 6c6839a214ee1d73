"""Every rule by name: those of the linter, of the kernel, and of the compiler itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from atdata_codegen.rules import endpoints, extension, naming, record_size, samples, texts
from atdata_codegen.rules.about_files import FILES
from atdata_codegen.rules.about_lenses import ABOUT_LENSES
from atdata_codegen.rules.rule import LintRule
from atdata_schema.lexicon.rules import RULES as KERNEL
from atdata_schema.lexicon.rules import RuleInfo

__all__ = ["LINT", "all_rules", "can_be_ignored"]

LINT: Mapping[str, LintRule] = MappingProxyType(
    {
        rule.id: rule
        for family in (naming, texts, endpoints, extension, samples, record_size)
        for rule in family.RULES
    }
)
"""The rules of the linter, in the order in which they look."""


def all_rules() -> dict[str, RuleInfo]:
    """What is known of every rule that a finding can name, sorted by name.

    >>> all_rules()["unlimited-string"].severity
    'warning'
    """
    linted = {name: RuleInfo(r.severity, r.summary, r.explanation) for name, r in LINT.items()}
    from atdata_codegen.rules.about_changes import about_changes  # comparing, and numpy
    from atdata_schema.lenses.rules import RULES as LENSES  # the language of lenses, and numpy

    kernel = {**KERNEL, **LENSES, **about_changes()}
    return dict(sorted({**FILES, **ABOUT_LENSES, **linted, **kernel}.items()))


def can_be_ignored(name: str) -> bool:
    """Whether a project may leave a rule out: every rule of the linter, and no error of the language.

    >>> can_be_ignored("closed-enum"), can_be_ignored("unresolved-ref")
    (True, False)
    """
    if name in LINT:
        return True
    rule = all_rules().get(name)
    return rule is not None and rule.severity != "error"
