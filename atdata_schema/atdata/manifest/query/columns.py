"""One field of many samples, in the form in which conditions are quickest to answer."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata.manifest.query.zones import Zones, zones_of

__all__ = [
    "Bools",
    "Column",
    "Lists",
    "Mixed",
    "Numbers",
    "Present",
    "Texts",
    "coded",
    "joined",
    "rows_of",
    "size_of",
    "taken",
]

Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Numbers, booleans, or datetimes as microseconds since 1970.

    Attributes:
        kind: `integer`, `float64`, `float32`, `boolean` or `datetime`.
        values: [n], anything where there is no value.
        valid: bool[n], which samples have a value; `None` where all have.
        zones: what lies where, of a column that is asked again and again.
    """

    kind: str
    values: NDArray[Any]
    valid: Bools | None = None
    zones: Zones | None = None

    def __len__(self) -> int:
        return len(self.values)

    def cut(self, begin: int, end: int) -> Numbers:
        """Those from one sample to another."""
        valid = None if self.valid is None else self.valid[begin:end]
        return Numbers(self.kind, self.values[begin:end], valid)

    def zoned(self) -> Numbers:
        """The same, with zones where they help."""
        return Numbers(self.kind, self.values, self.valid, zones_of(self.values))


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts by their number in a list of words.

    Attributes:
        codes: int32[n], the number of each sample's word; -1 where there is no value.
        words: each once, in the order of their code points.
    """

    codes: NDArray[np.int32]
    words: list[str]

    def __len__(self) -> int:
        return len(self.codes)

    def cut(self, begin: int, end: int) -> Texts:
        """Those from one sample to another."""
        return Texts(self.codes[begin:end], self.words)


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Lists of numbers or texts.

    Attributes:
        items: what is in all of them.
        starts: int64[n + 1], where each list begins among the items, and where the last one ends.
        valid: bool[n], which samples have a list; `None` where all have.
    """

    items: Numbers | Texts
    starts: NDArray[np.int64]
    valid: Bools | None = None

    def __len__(self) -> int:
        return len(self.starts) - 1

    def cut(self, begin: int, end: int) -> Lists:
        """Those from one sample to another."""
        valid = None if self.valid is None else self.valid[begin:end]
        starts = self.starts[begin : end + 1]
        items = self.items.cut(int(starts[0]), int(starts[-1]))
        return Lists(items, starts - starts[0], valid)


@dataclass(frozen=True, slots=True, eq=False)
class Present:
    """Values that conditions cannot look into: whether there is one.

    Attributes:
        valid: bool[n].
    """

    valid: Bools

    def __len__(self) -> int:
        return len(self.valid)

    def cut(self, begin: int, end: int) -> Present:
        """Those from one sample to another."""
        return Present(self.valid[begin:end])


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """Values of several kinds, which data without a type may hold.

    Attributes:
        values: one a sample.
    """

    values: list[Any]

    def __len__(self) -> int:
        return len(self.values)

    def cut(self, begin: int, end: int) -> Mixed:
        """Those from one sample to another."""
        return Mixed(self.values[begin:end])


Column: TypeAlias = Numbers | Texts | Lists | Present | Mixed


def coded(texts: Sequence[str | None]) -> Texts:
    """Texts as numbers of words.

    >>> found = coded(["b", None, "a", "b"])
    >>> found.codes.tolist(), found.words
    ([1, -1, 0, 1], ['a', 'b'])
    """
    words = sorted({text for text in texts if text is not None})
    numbers: dict[str | None, int] = {word: number for number, word in enumerate(words)}
    numbers[None] = -1
    codes = np.fromiter(map(numbers.__getitem__, texts), np.int32, len(texts))
    return Texts(codes, words)


def joined(parts: Sequence[Column]) -> Column:
    """Columns behind each other; of several kinds, as mixed values."""
    first = parts[0]
    if len(parts) == 1:
        return first
    match first:
        case Numbers() if all(isinstance(p, Numbers) and p.kind == first.kind for p in parts):
            numbers = [part for part in parts if isinstance(part, Numbers)]
            return Numbers(first.kind, np.concatenate([p.values for p in numbers]), _valid(numbers))
        case Texts() if all(isinstance(part, Texts) for part in parts):
            return _texts([part for part in parts if isinstance(part, Texts)])
        case Lists() if all(_alike(first, part) for part in parts):
            return _lists([part for part in parts if isinstance(part, Lists)])
        case Present() if all(isinstance(part, Present) for part in parts):
            present = [part.valid for part in parts if isinstance(part, Present)]
            return Present(np.concatenate(present))
        case _:
            return Mixed([value for part in parts for value in _values(part)])


def taken(column: Numbers | Texts, order: NDArray[np.int64]) -> Numbers | Texts:
    """The values of a column in another order."""
    if isinstance(column, Texts):
        return Texts(column.codes[order], column.words)
    valid = None if column.valid is None else column.valid[order]
    return Numbers(column.kind, column.values[order], valid)


def rows_of(mask: Bools) -> NDArray[np.int64]:
    """The rows that a mask is true of: of few among many in a third of the time that `numpy.flatnonzero` takes.

    >>> rows_of(np.arange(20) % 9 == 0).tolist()
    [0, 9, 18]
    """
    whole = len(mask) // 8 * 8
    # Eight rows at once are none in most places.
    eights = np.flatnonzero(np.ascontiguousarray(mask[:whole]).view(np.uint64) != 0)
    if len(eights) * 32 > whole:
        return np.flatnonzero(mask)
    near = (eights[:, None] * 8 + np.arange(8)).ravel()
    return np.concatenate([near[mask[near]], whole + np.flatnonzero(mask[whole:])])


def size_of(column: Column) -> int:
    """About how many bytes a column takes."""
    match column:
        case Numbers():
            return column.values.nbytes + len(column)
        case Texts():
            return column.codes.nbytes + sum(map(len, column.words)) + 64 * len(column.words)
        case Lists():
            return size_of(column.items) + column.starts.nbytes + len(column)
        case Present():
            return len(column)
        case Mixed():
            return 64 * len(column)


def _valid(parts: Sequence[Numbers | Lists]) -> Bools | None:
    if all(part.valid is None for part in parts):
        return None
    found = [np.ones(len(part), np.bool_) if part.valid is None else part.valid for part in parts]
    return np.concatenate(found)


def _alike(first: Lists, part: Column) -> bool:
    if not isinstance(part, Lists):
        return False
    one, other = first.items, part.items
    if isinstance(one, Numbers) and isinstance(other, Numbers):
        return one.kind == other.kind
    return isinstance(one, Texts) and isinstance(other, Texts)


def _texts(parts: list[Texts]) -> Texts:
    if all(part.words is parts[0].words for part in parts):
        return Texts(np.concatenate([part.codes for part in parts]), parts[0].words)
    every = [word for part in parts for word in part.words]
    # Quick, since the words of each part are sorted; and a rank is counted up where a word is another one.
    order = np.asarray(sorted(range(len(every)), key=every.__getitem__), np.int64)
    ordered = [every[place] for place in order.tolist()]
    is_new = np.fromiter(map(operator.ne, ordered, [None, *ordered]), np.bool_, len(ordered))
    ranks = np.empty(len(every) + 1, np.int32)
    ranks[order] = np.cumsum(is_new) - 1
    ranks[-1] = -1  # of what has no value
    codes: list[NDArray[np.int32]] = []
    begin = 0
    for part in parts:
        own = ranks[begin : begin + len(part.words)]
        codes.append(np.append(own, ranks[-1:])[part.codes])
        begin += len(part.words)
    return Texts(np.concatenate(codes), list(itertools.compress(ordered, is_new)))


def _lists(parts: list[Lists]) -> Lists:
    items = joined([part.items for part in parts])
    assert isinstance(items, Numbers | Texts)
    shifts = np.cumsum([0, *(int(part.starts[-1]) for part in parts)])
    starts = [part.starts[:-1] + shift for part, shift in zip(parts, shifts, strict=False)]
    return Lists(items, np.concatenate([*starts, shifts[-1:]]), _valid(parts))


def _values(column: Column) -> list[Any]:
    """The values of a column as objects of Python."""
    match column:
        case Numbers():
            return _known(column.values.tolist(), column.valid)
        case Texts():
            return [None if code < 0 else column.words[code] for code in column.codes.tolist()]
        case Lists():
            items, starts = _values(column.items), column.starts.tolist()
            lists = [items[a:b] for a, b in itertools.pairwise(starts)]
            return _known(lists, column.valid)
        case Present():
            return [... if valid else None for valid in column.valid.tolist()]
        case Mixed():
            return column.values


def _known(values: list[Any], valid: Bools | None) -> list[Any]:
    if valid is None:
        return values
    return [value if known else None for value, known in zip(values, valid.tolist(), strict=True)]
