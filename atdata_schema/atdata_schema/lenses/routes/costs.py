"""What a way through a lens costs, by what it may refuse, make up, lose and approximate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from atdata_schema.lens import SampleLens
from atdata_schema.lenses.lens import Lens
from atdata_schema.lenses.program.clauses import Const, Derive, Drop
from atdata_schema.lenses.program.paths import dotted
from atdata_schema.lenses.routes.stages import Stages
from atdata_schema.lenses.steps.body import Joint

__all__ = ["FREE", "Cost", "cost_of"]


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a way; the first difference decides.

    Attributes:
        trust: how little its lenses are trusted.
        partial: fields for which it may refuse a sample.
        fabricated: fields that are made up: constants and defaults.
        lost: fields that are left out.
        approximate: fields that are not exact.
        hops: how many lenses it goes through.
        backwards: how many of them from the view to the source; of ways that are equal else, the one that lenses
            were written for is taken.
        reasons: the fields, in words.
    """

    trust: int = 0
    partial: int = 0
    fabricated: int = 0
    lost: int = 0
    approximate: int = 0
    hops: int = 0
    backwards: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[int, ...]:
        """What costs are compared by."""
        return (
            self.trust,
            self.partial,
            self.fabricated,
            self.lost,
            self.approximate,
            self.hops,
            self.backwards,
        )

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            trust=self.trust + other.trust,
            partial=self.partial + other.partial,
            fabricated=self.fabricated + other.fabricated,
            lost=self.lost + other.lost,
            approximate=self.approximate + other.approximate,
            hops=self.hops + other.hops,
            backwards=self.backwards + other.backwards,
            reasons=(*self.reasons, *other.reasons),
        )

    def __str__(self) -> str:
        names = ("trust", "may refuse", "made up", "lost", "approximate", "hops")
        shown = zip(names, self.rank[: len(names)], strict=True)
        return ", ".join(f"{name} {count}" for name, count in shown if count) or "nothing"


FREE: Final = Cost()
"""The cost of going nowhere."""


def cost_of(lens: Any, direction: Literal["get", "create"], trust: int) -> Cost:
    """What one lens costs, forwards or backwards.

    Of a lens that is code, nothing is known but what it says to leave unchanged: every other field of what it
    gives may be refused or made up, and every other field of what it reads may be lost.
    """
    if not isinstance(lens, Lens | Stages):
        return _unknown(lens, direction, trust)
    if isinstance(lens, Stages):
        return sum((cost_of(each, direction, trust) for each in lens.lenses), FREE)
    counts = {"partial": 0, "fabricated": 0, "lost": 0, "approximate": 0}
    reasons: list[str] = []
    for joint in lens.clauses:
        for kind, why in _get(joint) if direction == "get" else _create(joint):
            counts[kind] += 1
            reasons.append(f"{kind}: {_name(joint)}: {why}" if why else f"{kind}: {_name(joint)}")
    backwards = int(direction == "create")
    return Cost(trust=trust, hops=1, backwards=backwards, reasons=tuple(reasons), **counts)


def _unknown(lens: SampleLens[Any, Any], direction: Literal["get", "create"], trust: int) -> Cost:
    views, sources = _names(lens.view_class), _names(lens.source_class)
    seen = [name for name in views if name not in lens.renames]
    left = [name for name in sources if name not in lens.renames.values()]
    given, taken = (seen, left) if direction == "get" else (left, seen)
    why = f"{lens.name} is code"
    return Cost(
        trust=trust,
        partial=len(given),
        fabricated=0 if direction == "get" else len(given),
        lost=len(taken),
        hops=1,
        reasons=(
            *(f"partial: {name}: {why}" for name in given),
            *(f"lost: {name}: {why}" for name in taken),
        ),
    )


def _names(cls: type[Any] | None) -> tuple[str, ...]:
    return () if cls is None else cls.FIELDS.names


def _name(joint: Joint) -> str:
    leaves = joint.dst or joint.src
    return ", ".join(dotted(leaf.path) for leaf in leaves)


def _get(joint: Joint) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if isinstance(joint.clause, Const):
        found.append(("fabricated", "a constant"))
    elif isinstance(joint.clause, Drop):
        found.append(("lost", "dropped"))
    else:
        if not joint.laws.get_total.holds:
            found.append(("partial", joint.laws.get_total.example or ""))
        if not isinstance(joint.clause, Derive) and not joint.laws.injective.holds:
            approximate = joint.laws.tolerance is not None
            what = "approximate" if approximate else "lost"
            found.append((what, joint.laws.injective.example or ""))
    return found


def _create(joint: Joint) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if isinstance(joint.clause, Drop):
        found.append(("fabricated", "a default"))
    elif isinstance(joint.clause, Const | Derive):
        found.append(("partial", "any other value than the one it would have"))
    else:
        if not joint.laws.put_total.holds:
            found.append(("partial", joint.laws.put_total.example or ""))
        if joint.laws.tolerance is not None:
            found.append(("approximate", joint.laws.tolerance))
    return found
