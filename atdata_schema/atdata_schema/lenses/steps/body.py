"""The clauses between two objects, with all that is known of them: a whole lens, or a block of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from atdata_schema.lenses.program.clauses import Bind, Clause, Const, Derive, Drop
from atdata_schema.lenses.steps.chain import Chain
from atdata_schema.lenses.steps.laws import ClauseLaws
from atdata_schema.lenses.steps.run import Direction, Run, Way
from atdata_schema.lenses.steps.step import Growth
from atdata_schema.lenses.types.lens_types import Obj

__all__ = ["Body", "Joint", "direction_of"]

_DIRECTIONS: Final[dict[type, Direction]] = {
    Bind: "both",
    Derive: "there",
    Const: "fixed",
    Drop: "dropped",
}


def direction_of(clause: Clause) -> Direction:
    """Where a clause of the canonical form leads."""
    return _DIRECTIONS[type(clause)]


@dataclass(frozen=True, kw_only=True)
class Joint(Way):
    """One clause, with its types and laws.

    Attributes:
        clause: what it says, in canonical form.
        laws: its laws.
        chain: the operators between its fields; `None` for `const` and `drop`.
    """

    clause: Clause
    laws: ClauseLaws
    chain: Chain | None


@dataclass(frozen=True, kw_only=True)
class Body(Run[Joint]):
    """All clauses between two objects.

    Attributes:
        source: the object that is looked at.
        view: the object that is seen.
        laws: what holds of all of them together.
        growth: how much memory its clauses may make.
    """

    source: Obj
    view: Obj
    laws: ClauseLaws
    growth: Growth
