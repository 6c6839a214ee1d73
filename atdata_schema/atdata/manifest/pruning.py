"""Shards that need not be looked into: in which a condition can be true of no sample, or is true of all.

For each shard two things are told, whether the condition may be true of some sample and whether it may be false
of some. What is not known may be both.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from atdata.manifest.bounds import Bounds
from atdata.manifest.query.columns import Bools, Numbers, Texts
from atdata.manifest.query.conditions import (
    Among,
    Both,
    Compare,
    Condition,
    Either,
    Has,
    Leaf,
    Matches,
    Missing,
    Negated,
    NotANumber,
    Operator,
)
from atdata.manifest.query.evaluation import above, evaluate
from atdata.manifest.query.judging import judge_value
from atdata.manifest.query.spelling import Path, Value

__all__ = ["Verdicts", "verdicts"]

BoundsOf = Callable[[Path], Bounds]


class Verdicts(NamedTuple):
    """What may be, in each shard.

    Attributes:
        true: bool[shards], whether the condition may be true of a sample.
        false: bool[shards], whether it may be false of one.
    """

    true: Bools
    false: Bools


def verdicts(condition: Condition, bounds: BoundsOf) -> Verdicts:
    """What a condition may be in each shard.

    Args:
        condition: what is asked.
        bounds: gives what is known of a field.
    """
    match condition:
        case Both():
            parts = [verdicts(part, bounds) for part in condition.parts]
            return Verdicts(_all([p.true for p in parts]), _any([p.false for p in parts]))
        case Either():
            parts = [verdicts(part, bounds) for part in condition.parts]
            return Verdicts(_any([p.true for p in parts]), _all([p.false for p in parts]))
        case Negated():
            found = verdicts(condition.part, bounds)
            return Verdicts(found.false, found.true)
        case Leaf():
            known = bounds(condition.path)
            true, false = _leaf(condition, known)
            if known.is_whole:
                return Verdicts(true, false)
            return Verdicts(true | ~known.known, false | ~known.known)
        case _:
            raise TypeError(type(condition).__name__)


def _all(parts: list[Bools]) -> Bools:
    found: Bools = np.logical_and.reduce(parts)
    return found


def _any(parts: list[Bools]) -> Bools:
    found: Bools = np.logical_or.reduce(parts)
    return found


def _leaf(leaf: Leaf, known: Bounds) -> Verdicts:
    """What a condition on one field may be, where the field is known."""
    ordered = isinstance(leaf, Compare | Among | Matches)
    if ordered and known.is_whole and known.low is not None and known.high is not None:
        return _of_values(leaf, known, known.low, known.high)
    nulls, there = known.nulls > 0, known.nulls < known.counts
    if isinstance(leaf, Missing):
        return Verdicts(there, nulls) if leaf.without else Verdicts(nulls, there)
    nans = known.nans > 0
    number = known.counts > known.nulls + known.nans
    if isinstance(leaf, NotANumber):
        return Verdicts(number, nans | nulls) if leaf.without else Verdicts(nans, number | nulls)
    if isinstance(leaf, Has):
        return _of_lists(leaf, known, there, nulls)
    if known.low is None or known.high is None:  # what has no order
        return Verdicts(there, there | nulls)
    true, false = _of_values(leaf, known, known.low, known.high)
    unlike = judge_value(leaf, float("nan"))
    # Of a sample without a value nothing is true.
    return Verdicts(
        (true & number) | (nans & unlike), (false & number) | (nans & (not unlike)) | nulls
    )


def _of_lists(leaf: Has, known: Bounds, there: Bools, nulls: Bools) -> Verdicts:
    if known.values is None:
        return Verdicts(there, there | nulls)
    wanted = Compare(leaf.path, "==", leaf.value)
    held = known.any_listed(_on(wanted, known.values)) | ~known.listed
    # That a value is in some list says of no other list that it is there too.
    return Verdicts(there, held | nulls) if leaf.without else Verdicts(held & there, there | nulls)


def _of_values(leaf: Leaf, known: Bounds, low: Numbers | Texts, high: Numbers | Texts) -> Verdicts:
    """What a condition may be of values that are there, none of them NaN."""
    match leaf:
        case Compare():
            found = _compared(leaf, low, high)
        case Among():
            found = _among(leaf, low, high)
        case Matches():
            found = _matched(leaf, low, high)
        case _:
            found = Verdicts(np.ones(len(low), np.bool_), np.ones(len(low), np.bool_))
    if known.values is None or not known.listed.any():
        return found
    hits = _on(leaf, known.values)
    true, false = known.any_listed(hits), known.any_listed(~hits)
    return Verdicts(
        np.where(known.listed, true, found.true), np.where(known.listed, false, found.false)
    )


def _on(leaf: Leaf, column: Numbers | Texts) -> Bools:
    return evaluate(leaf, {leaf.path: column}, len(column))


def _there(column: Numbers | Texts) -> Bools:
    if isinstance(column, Texts):
        return column.codes >= 0
    return np.ones(len(column), np.bool_) if column.valid is None else column.valid


def _unlike(found: Bools, column: Numbers | Texts) -> Bools:
    """Where there is a value of which something is false."""
    if isinstance(column, Numbers) and column.valid is None:
        return ~found
    return ~found & _there(column)


def _compared(leaf: Compare, low: Numbers | Texts, high: Numbers | Texts) -> Verdicts:
    # True of a bound, or false of it; where there is no bound, neither.
    least, most = _on(leaf, low), _on(leaf, high)
    not_least, not_most = _unlike(least, low), _unlike(most, high)
    match leaf.operator:
        case "<" | "<=":  # true from below on, so never where it is false of the lower bound
            return Verdicts(~not_least, ~most)
        case ">" | ">=":
            return Verdicts(~not_most, ~least)
        case "==":
            return _equal(leaf, low, high)
        case _:
            found = _equal(leaf, low, high)
            return Verdicts(found.false, found.true)


def _equal(leaf: Compare, low: Numbers | Texts, high: Numbers | Texts) -> Verdicts:
    def asked(operator: Operator, column: Numbers | Texts) -> Bools:
        return _on(replace(leaf, operator=operator), column)

    outside = asked(">", low) | asked("<", high)
    alone = asked("==", low) & asked("==", high)
    return Verdicts(~outside, ~alone)


def _among(leaf: Among, low: Numbers | Texts, high: Numbers | Texts) -> Verdicts:
    count = len(low)
    true, false = np.ones(count, np.bool_), np.ones(count, np.bool_)
    wanted = _sorted(leaf.values, low)
    lows, highs = _objects(low), _objects(high)
    for shard, (least, most) in enumerate(zip(lows, highs, strict=True)):
        if least is None or most is None:
            continue
        at = bisect.bisect_left(wanted, least)
        true[shard] = at < len(wanted) and wanted[at] <= most
        # All values are among them where all are one.
        false[shard] = not (least == most and true[shard])
    return Verdicts(false, true) if leaf.without else Verdicts(true, false)


def _sorted(values: tuple[Value, ...], column: Numbers | Texts) -> list[Any]:
    """The values that the field can have at all, in order."""
    if isinstance(column, Texts):
        kinds: tuple[str, ...] = ("text",)
    else:
        kinds = {"boolean": ("boolean",), "datetime": ("instant",)}.get(
            column.kind, ("integer", "float")
        )
    found: list[Any] = sorted(value.value for value in values if value.kind in kinds)
    return found


def _objects(column: Numbers | Texts) -> list[Any]:
    if isinstance(column, Texts):
        return [None if code < 0 else column.words[code] for code in column.codes.tolist()]
    pairs = zip(column.values.tolist(), _there(column).tolist(), strict=True)
    return [value if there else None for value, there in pairs]


def _matched(leaf: Matches, low: Numbers | Texts, high: Numbers | Texts) -> Verdicts:
    count = len(low)
    if leaf.how != "startswith":
        return Verdicts(np.ones(count, np.bool_), np.ones(count, np.bool_))
    begin, end = Value("text", leaf.text), above(leaf.text)
    none = np.zeros(count, np.bool_)
    behind = none if end is None else _on(Compare(leaf.path, ">=", Value("text", end)), low)
    before = _on(Compare(leaf.path, "<", begin), high)
    from_there = _on(Compare(leaf.path, ">=", begin), low)
    to_there = _there(high)
    if end is not None:
        to_there = _on(Compare(leaf.path, "<", Value("text", end)), high)
    return Verdicts(~(behind | before), ~(from_there & to_there))
