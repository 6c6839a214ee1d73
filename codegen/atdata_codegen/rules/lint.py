"""Applying the rules of the linter to documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from atdata_codegen.rules.registry import LINT
from atdata_codegen.rules.rule import ANY, DOCUMENT, LintRule
from atdata_codegen.rules.site import Lexicons, Site, View, document_site, sites
from atdata_schema.lexicon.findings import Finding

__all__ = ["lint"]


def lint(nsid: str, lexicons: Lexicons) -> list[Finding]:
    """What the linter finds in one document.

    Args:
        nsid: the document.
        lexicons: all that its references may lead to, itself among them.
    """
    view = View(nsid, lexicons.get(nsid) or {}, lexicons)
    found = list(_apply(_BY_KIND.get(DOCUMENT, ()), document_site(view)))
    for site in sites(view):
        found += _apply(_BY_KIND.get(site.kind, _BY_KIND[ANY]), site)
    return found


def _apply(rules: tuple[LintRule, ...], site: Site) -> Iterator[Finding]:
    for rule in rules:
        for found in rule.check(site):
            pointer = (*site.pointer, *found.at)
            yield Finding(
                rule.id, rule.severity, pointer, found.message, found.hint, site.view.nsid
            )


def _by_kind() -> Mapping[str, tuple[LintRule, ...]]:
    """The rules for each kind, those for any kind included."""
    kinds = {kind for rule in LINT.values() for kind in rule.on}
    return {
        kind: tuple(
            rule
            for rule in LINT.values()
            if kind in rule.on or (ANY in rule.on and kind != DOCUMENT)
        )
        for kind in kinds
    }


_BY_KIND = _by_kind()
