"""What a comparison of two catalogs found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from atdata_schema.compare.catalog_rules import ALL_RULES
from atdata_schema.compare.comparison import Category, Direction, Finding, Level
from atdata_schema.lexicon.nodes import Pointer

__all__ = ["CatalogComparison", "CatalogFinding", "Severity"]

Severity: TypeAlias = Literal["error", "warning", "note"]

_DOUBTFUL: Final = frozenset(
    {"field-removed", "default-changed", "member-removed", "token-removed", "permissions-changed"}
)
"""Changes that break no data and mean something all the same."""


@dataclass(frozen=True, slots=True)
class CatalogFinding:
    """One change between two catalogs.

    Attributes:
        ref: the full name of the definition that changed; the NSID of a document for one as a whole.
        finding: what changed in it, and what that breaks.
        old: where it stands in the old document; `None` where it does not.
        new: where it stands in the new document; `None` where it does not.
        permitted: whether the rules of publication permit it, though it may break something: an optional
            field is given its first constraint.
    """

    ref: str
    finding: Finding
    old: Pointer | None = None
    new: Pointer | None = None
    permitted: bool = False

    @property
    def document(self) -> str:
        """The NSID of the document that it stands in."""
        return self.ref.partition("#")[0]

    @property
    def place(self) -> str:
        """The definition and the field, as people write it: `org.example.photo#box.x`.

        >>> finding = Finding("range-changed", "x", "maximum 9 is gone", frozenset(), "strict")
        >>> CatalogFinding("org.example.photo", finding).place
        'org.example.photo#main.x'
        """
        if not self.finding.path:
            return self.ref
        owner = self.ref if "#" in self.ref else f"{self.ref}#main"
        joint = "" if self.finding.path[0] in "[(" else "."
        return f"{owner}{joint}{self.finding.path}"

    @property
    def categories(self) -> frozenset[Category]:
        """What it spoils. What cannot be read is what the rules of publication forbid, so `wire` is never alone."""
        if not self.finding.breaks or self.permitted:
            return frozenset()
        if self.finding.category == "wire":
            return frozenset({"wire", "strict"})
        return frozenset({self.finding.category})

    @property
    def severity(self) -> Severity:
        """`error` for what breaks data; `warning` for what means something else, or is permitted; else `note`.

        Where data are read as what they are, and old code has no name for a number, that is a warning.
        """
        if not self.finding.breaks:
            return "warning" if self.finding.rule in _DOUBTFUL else "note"
        return "warning" if self.permitted or self.finding.category == "source" else "error"

    def __str__(self) -> str:
        return f"{self.ref}: {self.finding}"


@dataclass(frozen=True, slots=True)
class CatalogComparison:
    """Two catalogs, an old and a new one.

    Attributes:
        findings: what changed, sorted by definition, path and rule.
        added: the documents that are new.
        removed: the documents that are gone.
        changed: the documents on both sides that say something else.
    """

    findings: tuple[CatalogFinding, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def new_reads_old(self) -> bool:
        """Whether new code reads all old data as what they are, and may write them again."""
        return not self.against("new-reads-old")

    @property
    def old_reads_new(self) -> bool:
        """Whether old code reads all new data as what they are, and may write them again."""
        return not self.against("old-reads-new")

    @property
    def breaking(self) -> bool:
        """Whether anything breaks that the rules of publication do not permit."""
        return any(found.severity == "error" for found in self.findings)

    @property
    def level(self) -> Level:
        """What a version has to grow by: major where something breaks, patch where only words changed."""
        if self.breaking:
            return "major"
        levels = {ALL_RULES[found.finding.rule].level for found in self.findings}
        return "minor" if "minor" in levels else "patch"

    def against(self, direction: Direction) -> tuple[CatalogFinding, ...]:
        """The findings that break a direction."""
        return tuple(found for found in self.findings if direction in found.finding.breaks)
