"""The clauses of two lenses put into each other."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from atdata_schema.lenses.program.clauses import Bind, Clause, Const, Derive, Drop
from atdata_schema.lenses.program.literals import (
    NONE,
    Literal,
    boolean,
    integer,
    number,
    special,
    text,
)
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.routes.merging import merged
from atdata_schema.lenses.steps.body import Body, Joint
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import Step

__all__ = ["flattened", "literal_of"]


@dataclass(frozen=True)
class _Origin:
    """Where a field between two lenses comes from."""

    src: tuple[Path, ...]
    steps: tuple[Step, ...]
    derived: bool


def flattened(first: Body, second: Body) -> tuple[Clause, ...] | None:
    """The clauses of one lens that does what two do, or `None` where there are none that do exactly that."""
    if first.seen_dims is not None:
        return None  # arrays are held against dimensions between the two
    flattening = _Flattening(first)
    try:
        made = [clause for joint in second.joints for clause in flattening.clauses(joint)]
    except _Apart:
        return None
    kept = [joint.clause for joint in first.joints if isinstance(joint.clause, Drop)]
    return (*made, *kept)


class _Apart(Exception):
    """Clauses that cannot be put into each other."""


class _Flattening:
    """The first lens, by the fields of its view."""

    def __init__(self, first: Body) -> None:
        self._by_dst: dict[Path, Joint] = {}
        for joint in first.joints:
            for leaf in joint.dst:
                self._by_dst[leaf.path] = joint

    def clauses(self, joint: Joint) -> list[Clause]:
        """The clauses that a clause of the second lens becomes."""
        clause = joint.clause
        match clause:
            case Bind() | Derive():
                return [self._pipe(joint, clause)]
            case Const():
                return [clause]
            case Drop():
                return self._drop(joint, clause.path)
            case _:
                raise _Apart

    def _pipe(self, joint: Joint, clause: Bind | Derive) -> Clause:
        assert joint.chain is not None  # of a pipe
        if len(clause.src) == 1:
            constant = self._by_dst.get(clause.src[0])
            if constant is not None and isinstance(constant.clause, Const):
                return self._folded(joint, constant)
        for path in clause.src:
            self._hold_between(path)
        origins = [self._origin(path) for path in clause.src]
        derived = isinstance(clause, Derive) or any(origin.derived for origin in origins)
        if len(origins) == 1:
            src, steps = origins[0].src, origins[0].steps
        else:
            if any(origin.steps or len(origin.src) != 1 for origin in origins):
                raise _Apart
            src, steps = tuple(origin.src[0] for origin in origins), ()
        ops = merged((*steps, *joint.chain.steps))
        return Derive(src, ops, clause.dst) if derived else Bind(src, ops, clause.dst)

    def _hold_between(self, path: Path) -> None:
        """Hold what the type between demands against what the first lens does anyway.

        What the first lens gives is surely of that type, unless it is checked; and what it takes back is what
        it gives.

        Raises:
            _Apart: the type between refuses what the lenses as one would not.
        """
        found = self._by_dst.get(path)
        if found is not None and any(leaf.guard is not None for leaf in found.dst):
            raise _Apart

    def _folded(self, joint: Joint, constant: Joint) -> Clause:
        """What a constant becomes in the second lens: another constant."""
        assert joint.chain is not None  # of a pipe
        if len(joint.dst) != 1:
            raise _Apart
        try:
            (value,) = joint.chain.get((constant.constant,))
        except Refused:
            raise _Apart from None
        literal = literal_of(joint.dst[0].out(value))
        if literal is None:
            raise _Apart
        return Const(literal, joint.dst[0].path)

    def _origin(self, path: Path) -> _Origin:
        joint = self._by_dst.get(path)
        if joint is None:
            return self._inside(path)
        if joint.chain is None or len(joint.dst) != 1:
            raise _Apart
        derived = isinstance(joint.clause, Derive)
        return _Origin(tuple(leaf.path for leaf in joint.src), joint.chain.steps, derived)

    def _inside(self, path: Path) -> _Origin:
        """A field of an object that the first lens moves whole."""
        for length in range(len(path) - 1, 0, -1):
            joint = self._by_dst.get(path[:length])
            if joint is None:
                continue
            if joint.chain is None or joint.chain.steps:
                raise _Apart
            derived = isinstance(joint.clause, Derive)
            return _Origin(((*joint.src[0].path, *path[length:]),), (), derived)
        raise _Apart

    def _drop(self, joint: Joint, path: Path) -> list[Clause]:
        """What the second lens drops, the first does not write either."""
        found = self._by_dst.get(path)
        if found is not None and not isinstance(found.clause, Bind):
            return []
        if found is None and any(dst[: len(path)] == path for dst in self._by_dst):
            raise _Apart
        origin = self._origin(path)
        if origin.derived:
            return []
        if not joint.creates:
            return [Drop(src) for src in origin.src]
        if not origin.steps and len(origin.src) == 1:
            literal = literal_of(joint.constant)
            if literal is None:
                raise _Apart
            return [Drop(origin.src[0], literal)]
        return self._put_back(found, joint)

    def _put_back(self, found: Joint | None, joint: Joint) -> list[Clause]:
        """The defaults of the source, of that of the field between."""
        if found is None or found.chain is None:
            raise _Apart
        try:
            value = found.dst[0].into(joint.constant)
            made = found.chain.put((value,), None)
        except Refused:
            raise _Apart from None
        clauses: list[Clause] = []
        for leaf, item in zip(found.src, made, strict=True):
            literal = literal_of(leaf.out(item))
            if literal is None:
                raise _Apart
            clauses.append(Drop(leaf.path, literal))
        return clauses


def literal_of(value: Any) -> Literal | None:
    """A value as a literal; `None` where it is no single value.

    >>> str(literal_of(0.5)), literal_of([1])
    ('0.5', None)
    """
    if value is None:
        return NONE
    if isinstance(value, bool | np.bool_):
        return boolean(bool(value))
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return special("nan" if value != value else "inf" if value > 0 else "-inf")
        return number(Fraction(value))
    if isinstance(value, str):
        try:
            return text(value)
        except ValueError:
            return None
    return None
