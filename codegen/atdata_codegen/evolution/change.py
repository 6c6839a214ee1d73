"""One change, where it stands in the files, and whether it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atdata_codegen.diagnostics import Diagnostic

if TYPE_CHECKING:
    from atdata_schema.lexicon.findings import Severity
    from atdata_schema.lexicon.nodes import Pointer

__all__ = ["READERS", "Change", "Part"]

READERS: Final = {
    "new-reads-old": "new code on old data",
    "old-reads-new": "old code on new data",
    "code": "code that uses the compiled package",
}
"""What a change may break."""


@dataclass(frozen=True, slots=True)
class Part:
    """A change that has not found its file yet.

    Attributes:
        rule: its kind.
        place: the definition and the field, `org.example.photo#main.label`.
        document: the NSID of the document.
        message: what changed and, where it breaks data, the remedy.
        breaks: keys of `READERS`.
        categories: what it spoils.
        severity: `error` for a break, `warning` for what means something else, `note` for what is safe.
        old: where it stood in the old document.
        new: where it stands in the new one.
        remark: what else is to be said.
    """

    rule: str
    place: str
    document: str
    message: str
    breaks: tuple[str, ...]
    categories: tuple[str, ...]
    severity: Severity
    old: Pointer | None = None
    new: Pointer | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change with its place.

    Attributes:
        path: the file, as in `Diagnostic`.
        line: the line, 0 where it is about the file as a whole.
        column: the column.
        rule: as in `Part`, as are the next ones.
        place: the definition and the field.
        message: what changed.
        document: the NSID.
        breaks: whom it breaks.
        categories: what it spoils.
        diagnostic: how it is shown.
        asked: whether its category and its direction are asked for.
        ignored: why it is let pass; `None` where it is not.
    """

    path: str
    line: int
    column: int
    rule: str
    place: str
    message: str
    document: str
    breaks: tuple[str, ...]
    categories: tuple[str, ...]
    diagnostic: Diagnostic
    asked: bool = True
    ignored: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it is asked for and not let pass."""
        return self.asked and self.ignored is None

    @property
    def is_safe(self) -> bool:
        """Whether it breaks nothing and means nothing else."""
        return self.diagnostic.severity == "note"
