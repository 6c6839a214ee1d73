"""Answering a condition from columns that are at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from atdata.manifest.kept import Stack
from atdata.manifest.query.checking import checked_leaf
from atdata.manifest.query.columns import Bools, Column, Mixed, Numbers, Texts, rows_of
from atdata.manifest.query.conditions import Condition, leaves
from atdata.manifest.query.evaluation import evaluate, few_rows
from atdata.manifest.query.judging import ABSENT
from atdata.manifest.query.kinds import FieldKind, Kind, NoSuchField
from atdata.manifest.query.spelling import Path
from atdata.manifest.query.zones import Rows

__all__ = ["Few", "Fields", "answers", "check_found", "fill", "found_in"]

Fields: TypeAlias = Mapping[Path, FieldKind | None]
"""What each field is that is asked about; `None` in data without a type."""


@dataclass(frozen=True, slots=True, eq=False)
class Few:
    """Answers that are true of few samples.

    Attributes:
        rows: the numbers of these samples, in order.
    """

    rows: Rows

    @classmethod
    def of(cls, parts: Sequence[Rows]) -> Few:
        """Those of several shards, in whatever order these are."""
        if len(parts) == 1:
            return cls(parts[0])
        return cls(np.sort(np.concatenate(parts)) if parts else np.empty(0, np.int64))


def answers(condition: Condition, stacks: Mapping[Path, Stack], count: int) -> Bools | Few:
    """The answers for all samples of all shards, whose fields the stacks hold."""
    columns = {path: stack.column for path, stack in stacks.items()}
    # A mask of all samples takes longer to make, and to look through, than few of them to be found.
    few = few_rows(condition, columns)
    return evaluate(condition, columns, count) if few is None else Few(few)


def fill(
    mask: Bools,
    starts: NDArray[np.int64],
    places: Sequence[int],
    condition: Condition,
    stacks: Mapping[Path, Stack],
) -> None:
    """Answer a condition for some shards.

    Args:
        mask: bool[samples], takes the answers.
        starts: int64[shards + 1], the number of each shard's first sample, and of all samples.
        places: the shards.
        condition: what is asked.
        stacks: every field that it names, at least of these shards.
    """
    every = list(range(len(starts) - 1))
    if 2 * len(places) >= len(every) and all(s.places == every for s in stacks.values()):
        # One pass over all is quicker than many over parts; what was known before stays.
        asked = np.zeros(len(every), np.bool_)
        asked[list(places)] = True
        columns = {path: stack.column for path, stack in stacks.items()}
        answer = evaluate(condition, columns, len(mask))
        np.copyto(mask, answer, where=np.repeat(asked, np.diff(starts)))
        return
    for begin, end, answer in _stretches(starts, places, condition, stacks):
        mask[begin:end] = answer


def found_in(
    starts: NDArray[np.int64],
    places: Sequence[int],
    condition: Condition,
    stacks: Mapping[Path, Stack],
) -> list[Rows]:
    """The numbers of the samples of some shards that a condition is true of; see `fill`."""
    stretches = _stretches(starts, places, condition, stacks)
    return [rows_of(answer) + begin for begin, _, answer in stretches]


def _stretches(
    starts: NDArray[np.int64],
    places: Sequence[int],
    condition: Condition,
    stacks: Mapping[Path, Stack],
) -> Iterator[tuple[int, int, Bools]]:
    """The answers for some shards: where each stretch of samples begins, where it ends, and those of it."""
    for first, last in _runs(places):
        begin, end = int(starts[first]), int(starts[last + 1])
        columns = {path: stack.cut(first, last) for path, stack in stacks.items()}
        yield begin, end, evaluate(condition, columns, end - begin)


def _runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Stretches of shards that follow one another."""
    first = last = -2
    for place in places:
        if place != last + 1:
            if first >= 0:
                yield first, last
            first = place
        last = place
    if first >= 0:
        yield first, last


def check_found(
    condition: Condition, fields: Fields, stacks: Mapping[Path, Stack], shards: int
) -> None:
    """Refuse, of samples without a type, a field that none has, or a comparison with what it never is.

    Raises:
        QueryError: the condition asks for it.
    """
    for leaf in leaves(condition):
        stack = stacks[leaf.path]
        if fields[leaf.path] is not None or len(stack.places) < shards:
            continue
        column = stack.column
        if isinstance(column, Mixed) and all(value is ABSENT for value in column.values):
            raise NoSuchField(f"no sample has the field {leaf.name}")
        kind = _kind_of(column)
        if kind is not None:
            checked_leaf(leaf, kind)


def _kind_of(column: Column) -> FieldKind | None:
    """What a field was found to be in all samples."""
    match column:
        case Texts():
            return FieldKind("text")
        case Numbers():
            return FieldKind(cast("Kind", column.kind))
        case _:
            return None
