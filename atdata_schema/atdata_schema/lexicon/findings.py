"""What is wrong or doubtful in a lexicon document, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from atdata_schema.errors import place
from atdata_schema.lexicon.nodes import Pointer

__all__ = ["Finding", "Severity", "errors_of"]

Severity: TypeAlias = Literal["error", "warning", "note"]
"""How bad a finding is: only an error keeps a document out of a catalogue."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful.

    Attributes:
        rule: the identifier of the rule, a key of `atdata_schema.lexicon.rules.RULES`.
        severity: `error`, `warning` or `note`.
        pointer: where: steps into the JSON of the document, outermost first.
        message: what was given and what is allowed.
        hint: the remedy, where there is one.
        document: the NSID of the document, or the label it was read under.

    >>> print(Finding("max-below-min", "error", ("defs", "main"), "maximum 1 < minimum 2"))
    defs.main: error[max-below-min]: maximum 1 < minimum 2
    """

    rule: str
    severity: Severity
    pointer: Pointer
    message: str
    hint: str | None = None
    document: str | None = None

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.document, place(self.pointer)) if part)
        text = f"{self.severity}[{self.rule}]: {self.message}"
        if self.hint is not None:
            text += f" ({self.hint})"
        return f"{where}: {text}" if where else text


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Those findings that make a document wrong.

    >>> errors_of([Finding("inline-object", "warning", (), "an object inside an object")])
    []
    """
    return [finding for finding in findings if finding.severity == "error"]
