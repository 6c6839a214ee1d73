"""Which of many samples a condition is true of, by columns; `judging` says the same of one sample."""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.manifest.query.columns import (
    Bools,
    Column,
    Lists,
    Mixed,
    Numbers,
    Present,
    Texts,
    rows_of,
    taken,
)
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
    leaves,
)
from atdata.manifest.query.exact import (
    Asked,
    asked_of_floats,
    asked_of_integers,
    floats_in,
    integers_in,
)
from atdata.manifest.query.judging import judge_value
from atdata.manifest.query.spelling import Path, Value
from atdata.manifest.query.zones import Rows, few_compared

__all__ = ["above", "evaluate", "few_rows"]

_RARE: Final = 8  # as seldom as once in so many rows, rows are looked at one by one
_FEW: Final = 4  # values that are compared one by one
_COMPARE: Final[dict[Operator, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_TAKEN: Final = {
    "integer": ("integer", "float"),
    "float64": ("integer", "float"),
    "float32": ("integer", "float"),
    "boolean": ("boolean",),
    "datetime": ("instant",),
}


def evaluate(condition: Condition, columns: Mapping[Path, Column], count: int) -> Bools:
    """Which of `count` samples a condition is true of: bool[count].

    Args:
        condition: what is asked.
        columns: every field that it names, of these samples.
        count: how many they are.
    """
    match condition:
        case Both():
            few = few_rows(condition, columns)
            if few is not None:
                return _mask(few, count)
            found = evaluate(condition.parts[0], columns, count)
            for part in condition.parts[1:]:
                _narrow(found, part, columns, count)
            return found
        case Either():
            found = evaluate(condition.parts[0], columns, count)
            for part in condition.parts[1:]:
                found |= evaluate(part, columns, count)
            return found
        case Negated():
            return ~evaluate(condition.part, columns, count)
        case Leaf():
            return _leaf(condition, columns[condition.path])
        case _:
            raise TypeError(type(condition).__name__)


def few_rows(condition: Condition, columns: Mapping[Path, Column]) -> Rows | None:
    """The samples of which a condition is true, where zones tell that they are few; else `None`.

    Args:
        condition: what is asked.
        columns: every field that it names.
    """
    match condition:
        case Both():
            for part in condition.parts:
                rows = few_rows(part, columns)
                if rows is not None:
                    return _left(
                        rows, [other for other in condition.parts if other is not part], columns
                    )
            return None
        case Compare():
            column = columns[condition.path]
            if not isinstance(column, Numbers) or condition.value.kind not in _TAKEN[column.kind]:
                return None
            rows = _few(column, _asked(column.kind, condition.operator, condition.value))
            if rows is None or column.valid is None:
                return rows
            return rows[column.valid[rows]]
        case _:
            return None


def _left(rows: Rows, parts: Sequence[Condition], columns: Mapping[Path, Column]) -> Rows:
    """Those of some samples of which further conditions are true."""
    for part in parts:
        own = {leaf.path: columns[leaf.path] for leaf in leaves(part)}
        few = {
            path: taken(column, rows)
            for path, column in own.items()
            if isinstance(column, Numbers | Texts)
        }
        if len(few) == len(own):
            rows = rows[evaluate(part, few, len(rows))]
        else:
            rows = rows[evaluate(part, own, len(next(iter(own.values()))))[rows]]
    return rows


def _mask(rows: Rows, count: int) -> Bools:
    found = np.zeros(count, np.bool_)
    found[rows] = True
    return found


def _narrow(found: Bools, part: Condition, columns: Mapping[Path, Column], count: int) -> None:
    """Leave of the samples that were found those of which a further condition is true."""
    few = int(np.count_nonzero(found))
    own = {leaf.path: columns[leaf.path] for leaf in leaves(part)}
    if few * _RARE > count or not all(isinstance(c, Numbers | Texts) for c in own.values()):
        found &= evaluate(part, columns, count)
    elif few:
        # Where few are left, only these are looked at.
        rows = rows_of(found)
        left = {path: taken(column, rows) for path, column in own.items()}  # type: ignore[arg-type]  # as was found
        found[rows] = evaluate(part, left, few)


def above(text: str) -> str | None:
    r"""The first text behind all that begin with one, in the order of code points; `None` where there is none.

    >>> above("ab"), above("a\U0010ffff"), above("")
    ('ac', 'b', None)
    """
    for end in range(len(text), 0, -1):
        code = ord(text[end - 1]) + 1
        if code <= 0x10FFFF:
            return text[: end - 1] + chr(0xE000 if 0xD800 <= code < 0xE000 else code)
    return None


def _leaf(leaf: Leaf, column: Column) -> Bools:
    match column:
        case Mixed():
            found = (judge_value(leaf, value) for value in column.values)
            return np.fromiter(found, np.bool_, len(column))
        case Numbers():
            return _of_numbers(leaf, column)
        case Texts():
            return _of_texts(leaf, column)
        case Lists():
            return _of_lists(leaf, column)
        case Present():
            return _nothing(leaf, column.valid, len(column))


def _nothing(leaf: Leaf, valid: Bools | None, count: int) -> Bools:
    """What is true where a column has a value, or has none, whatever the value."""
    if not isinstance(leaf, Missing):
        return np.zeros(count, np.bool_)
    if valid is None:
        return np.full(count, leaf.without)
    return valid.copy() if leaf.without else ~valid


def _of_numbers(leaf: Leaf, column: Numbers) -> Bools:
    if isinstance(leaf, Missing):
        return _nothing(leaf, column.valid, len(column))
    found = _any_number(leaf, column)
    if column.valid is not None:
        found &= column.valid
    return found


def _any_number(leaf: Leaf, column: Numbers) -> Bools:
    """The same where a missing value is any number."""
    values, count = column.values, len(column)
    match leaf:
        case Compare() if leaf.value.kind in _TAKEN[column.kind]:
            asked = _asked(column.kind, leaf.operator, leaf.value)
            few = _few(column, asked)
            return _compared(values, asked) if few is None else _mask(few, count)
        case Among():
            taken = [v.value for v in leaf.values if v.kind in _TAKEN[column.kind]]
            found = _among(values, column.kind, taken)
            return ~found if leaf.without else found
        case NotANumber() if column.kind in ("float64", "float32"):
            unlike: Bools = values != values
            return ~unlike if leaf.without else unlike
        case _:
            return np.zeros(count, np.bool_)


def _asked(kind: str, operator_: Operator, value: Value) -> Asked:
    if kind == "integer" or kind == "datetime":
        return asked_of_integers(operator_, value.value)
    if kind == "boolean":
        return operator_, value.value
    return asked_of_floats(operator_, value.value)


def _few(column: Numbers, asked: Asked) -> Rows | None:
    """The values of which a comparison is true, where zones tell that they are few; else `None`."""
    if column.zones is None or isinstance(asked, bool):
        return None
    how, number = asked
    return few_compared(
        column.values, column.zones, how, _wide(column.values, number), _COMPARE[how]
    )


def _compared(values: NDArray[Any], asked: Asked) -> Bools:
    if isinstance(asked, bool):
        return np.full(len(values), asked)
    how, number = asked
    found: Bools = _COMPARE[how](values, _wide(values, number))
    return found


def _wide(values: NDArray[Any], number: Any) -> Any:
    # A float of numpy's, which makes float32 wider; a plain one would be rounded to it.
    return np.float64(number) if values.dtype.kind == "f" else number


def _among(values: NDArray[Any], kind: str, numbers: list[Any]) -> Bools:
    if kind in ("float64", "float32"):
        numbers = floats_in(numbers)
        values = values.astype(np.float64, copy=False) if len(numbers) > _FEW else values
    elif kind != "boolean":
        numbers = integers_in(numbers)
    if len(numbers) > _FEW:
        wanted = np.asarray(numbers, values.dtype)
        return np.isin(values, wanted)
    found = np.zeros(len(values), np.bool_)
    for number in numbers:
        found |= _compared(values, ("==", number))
    return found


def _of_texts(leaf: Leaf, column: Texts) -> Bools:
    codes, words = column.codes, column.words
    match leaf:
        case Missing():
            return codes >= 0 if leaf.without else codes < 0
        case Compare() if leaf.value.kind == "text":
            return _ordered(codes, words, leaf.operator, leaf.value.value)
        case Among():
            wanted = [value.value for value in leaf.values if value.kind == "text"]
            return _any_of(codes, words, wanted, leaf.without)
        case Matches():
            return _matching(codes, words, leaf)
        case _:
            return np.zeros(len(codes), np.bool_)


def _ordered(codes: NDArray[np.int32], words: list[str], how: Operator, text: str) -> Bools:
    """Words are in order: a comparison of texts is one of their numbers."""
    begin = bisect_left(words, text)
    end = begin + (begin < len(words) and words[begin] == text)
    match how:
        case "==":
            return _within(codes, begin, end)
        case "!=":
            return _within(codes, 0, len(words)) & ~_within(codes, begin, end)
        case "<":
            return _within(codes, 0, begin)
        case "<=":
            return _within(codes, 0, end)
        case ">":
            return codes >= end
        case _:
            return codes >= begin


def _within(codes: NDArray[np.int32], begin: int, end: int) -> Bools:
    if end <= begin:
        return np.zeros(len(codes), np.bool_)
    found: Bools
    if end == begin + 1:
        found = codes == begin
        return found
    found = codes < end
    found &= codes >= begin
    return found


def _any_of(codes: NDArray[np.int32], words: list[str], wanted: list[str], without: bool) -> Bools:
    places = [at for text in set(wanted) if (at := _place(words, text)) is not None]
    if len(places) <= _FEW:  # single numbers are compared sooner than all are looked up
        found = np.zeros(len(codes), np.bool_)
        for at in places:
            found |= codes == at
        return ~found & (codes >= 0) if without else found
    chosen = np.full(len(words) + 1, without)
    chosen[-1] = False  # of what has no value
    chosen[places] = not without
    return chosen[codes]


def _place(words: list[str], text: str) -> int | None:
    """The number of a word; `None` where it is none."""
    at = bisect_left(words, text)
    return at if at < len(words) and words[at] == text else None


def _matching(codes: NDArray[np.int32], words: list[str], leaf: Matches) -> Bools:
    if leaf.how == "startswith":
        end = above(leaf.text)
        stop = len(words) if end is None else bisect_left(words, end)
        return _within(codes, bisect_left(words, leaf.text), stop)
    text = leaf.text
    if leaf.how == "endswith":
        hits = [word.endswith(text) for word in words]
    else:
        hits = [text in word for word in words]
    # The last one is of what has no value.
    found: Bools = np.asarray([*hits, False], np.bool_)[codes]
    return found


def _of_lists(leaf: Leaf, column: Lists) -> Bools:
    if isinstance(leaf, Missing) or not isinstance(leaf, Has):
        return _nothing(leaf, column.valid, len(column))
    hits = _leaf(Compare(leaf.path, "==", leaf.value), column.items)
    counts = np.concatenate([[0], np.cumsum(hits)])[column.starts]
    found: Bools = counts[1:] > counts[:-1]
    if leaf.without:
        np.logical_not(found, out=found)
    if column.valid is not None:
        found &= column.valid
    return found
