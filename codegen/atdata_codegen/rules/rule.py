"""What a lint rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from atdata_codegen.rules.site import Site
from atdata_schema.lexicon.findings import Severity
from atdata_schema.lexicon.nodes import Pointer

__all__ = ["ANY", "DOCUMENT", "Check", "Found", "LintRule"]

ANY = "*"
"""Stands in `LintRule.on` for every kind of definition."""

DOCUMENT = "document"
"""Stands in `LintRule.on` for the document as a whole."""


@dataclass(frozen=True, slots=True)
class Found:
    """One place where a rule fires.

    Attributes:
        message: what was given, and what is wanted.
        hint: the remedy, where the message does not say it.
        at: steps from the definition that the rule looked at to the place.
    """

    message: str
    hint: str | None = None
    at: Pointer = ()


Check: TypeAlias = Callable[[Site], Iterable[Found]]
"""Looks at one definition of a kind the rule is about; never raises, whatever the JSON is."""


@dataclass(frozen=True, slots=True)
class LintRule:
    """One rule.

    Attributes:
        id: its name in findings and in the configuration.
        severity: of each of its findings.
        on: the kinds of definition that it looks at.
        check: the function that looks.
        summary: one line.
        explanation: a paragraph: why the rule is there and what to do.
    """

    id: str
    severity: Severity
    on: tuple[str, ...]
    check: Check
    summary: str
    explanation: str
