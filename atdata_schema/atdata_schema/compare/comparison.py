"""What a comparison of two models found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from atdata_schema.compare.change import Category
from atdata_schema.compare.rules import RULES

__all__ = ["REMEDY", "Category", "Comparison", "Direction", "Finding", "Level"]

Direction: TypeAlias = Literal["new-reads-old", "old-reads-new"]
"""Who reads what: new code old data, or old code new data."""

Level: TypeAlias = Literal["major", "minor", "patch"]
"""What a version has to grow by."""

REMEDY: Final = (
    "What has to break: give the new type a name of its own, and a lens from the old one."
)
"""What helps against any break."""

_READERS: Final[dict[str, str]] = {
    "new-reads-old": "new code on old data",
    "old-reads-new": "old code on new data",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One change of a type, and what it means.

    Attributes:
        rule: the identifier of its kind, a key of `RULES`.
        path: the field, `boxes[].x`; empty for the type itself.
        message: what changed and, where it breaks something, the remedy.
        breaks: the directions in which data are not read as what they are; empty for a safe change.
        category: what it spoils, or would spoil: `wire`, `strict` or `source` (see `Category`).

    >>> print(Finding("range-changed", "age", "maximum 9 is now 5", frozenset({"new-reads-old"}), "strict"))
    age: maximum 9 is now 5 [range-changed, breaks new code on old data]
    """

    rule: str
    path: str
    message: str
    breaks: frozenset[Direction]
    category: Category

    @property
    def is_breaking(self) -> bool:
        """Whether it breaks anything."""
        return bool(self.breaks)

    def __str__(self) -> str:
        broken = " and ".join(_READERS[item] for item in sorted(self.breaks))
        mark = f"{self.rule}, breaks {broken}" if broken else self.rule
        where = f"{self.path}: " if self.path else ""
        return f"{where}{self.message} [{mark}]"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models, an old and a new one.

    Attributes:
        old: the full name of the old type.
        new: the full name of the new type.
        findings: what changed, sorted by path and rule.
    """

    old: str
    new: str
    findings: tuple[Finding, ...]

    @property
    def new_reads_old(self) -> bool:
        """Whether new code reads every sample of the old type as what it is, and may write it again."""
        return not self.against("new-reads-old")

    @property
    def old_reads_new(self) -> bool:
        """Whether old code reads every sample of the new type as what it is, and may write it again."""
        return not self.against("old-reads-new")

    @property
    def breaking(self) -> bool:
        """Whether either direction is broken."""
        return any(finding.breaks for finding in self.findings)

    @property
    def level(self) -> Level:
        """What a version has to grow by: major where something breaks, patch where only words changed."""
        if self.breaking:
            return "major"
        levels = {RULES[finding.rule].level for finding in self.findings}
        return "minor" if "minor" in levels else "patch"

    def against(self, direction: Direction) -> tuple[Finding, ...]:
        """The findings that break a direction."""
        return tuple(finding for finding in self.findings if direction in finding.breaks)

    def __str__(self) -> str:
        named = self.old if self.old == self.new else f"{self.old} and {self.new}"
        if not self.findings:
            return f"{named}: no difference"
        verdicts = [
            f"{_READERS[direction]} {'breaks' if self.against(direction) else 'reads'}"
            for direction in _DIRECTIONS
        ]
        lines = [f"{named}: {self.level}; {', '.join(verdicts)}"]
        lines += [f"  {finding}" for finding in self.findings]
        return "\n".join([*lines, *([f"  {REMEDY}"] if self.breaking else [])])


_DIRECTIONS: Final[tuple[Direction, ...]] = ("new-reads-old", "old-reads-new")
