"""Which samples of a plan: a stretch, some by number, one part of many, those that a function keeps."""

from __future__ import annotations

import itertools
import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from atdata.errors import LoadError
from atdata.shards.sizes import count_of
from atdata.views.calls import call, name_of
from atdata.views.plan import Entry, Numbers, Plan

__all__ = ["Kept", "Listed", "Part", "Stretch", "is_many"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples from one number to another, as a slice takes them."""

    start: int | None = None
    stop: int | None = None
    step: int | None = None

    calls = False

    @classmethod
    def of(cls, given: slice) -> Stretch:
        """The stretch that a slice names.

        Raises:
            TypeError: a bound is no integer.
            ValueError: the step is 0.
        """
        bounds = [
            None if bound is None else operator.index(bound)
            for bound in (given.start, given.stop, given.step)
        ]
        if bounds[2] == 0:
            raise ValueError("slice step cannot be zero")
        return cls(*bounds)

    def numbers(self, base: Plan) -> Numbers:
        """Their numbers."""
        bounds = slice(self.start, self.stop, self.step).indices(base.count())
        return np.arange(*bounds, dtype=np.int64)

    def stream(self, base: Plan) -> Iterator[Entry] | None:
        """The samples in one pass, where nothing is counted from the end."""
        if any(bound is not None and bound < 0 for bound in (self.start, self.stop, self.step)):
            return None
        return _cut(base, self.start, self.stop, self.step)

    def __str__(self) -> str:
        start, stop = ("" if bound is None else str(bound) for bound in (self.start, self.stop))
        return f"[{start}:{stop}{'' if self.step is None else f':{self.step}'}]"


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """Samples by their numbers, or by a truth value for each.

    Attributes:
        given: int64[n] or bool[samples].
    """

    given: np.ndarray[Any, np.dtype[Any]]

    calls = False

    @classmethod
    def of(cls, indices: object) -> Listed:
        """The samples that a list or an array names; negative numbers count from the end.

        Raises:
            TypeError: it holds something else than integers or truth values, or is not flat.
        """
        given = indices if isinstance(indices, np.ndarray) else _as_array(indices)
        if given.ndim != 1 or (given.dtype.kind not in "iub" and len(given)):
            raise TypeError(
                "samples are chosen by a flat list or array of integers or truth values, "
                f"got {type(indices).__name__} of {given.dtype}{list(given.shape)}"
            )
        if given.dtype.kind == "u" and len(given) and int(given.max()) >= 1 << 63:
            raise IndexError(f"index {int(given.max())} is out of range")
        kind = np.bool_ if given.dtype.kind == "b" else np.int64
        return cls(given.astype(kind))

    def numbers(self, base: Plan) -> Numbers:
        """Their numbers.

        Raises:
            IndexError: one is out of range, or there are more or fewer truth values than samples.
        """
        count, given = base.count(), self.given
        if given.dtype == np.bool_:
            if len(given) != count:
                raise IndexError(f"{len(given)} truth values are given for {count} samples")
            return np.flatnonzero(given).astype(np.int64)
        wrong = np.flatnonzero((given < -count) | (given >= count))
        if len(wrong):
            raise IndexError(
                f"index {int(given[wrong[0]])} is out of range: the dataset has {count} samples"
            )
        return np.where(given < 0, given + count, given)

    def stream(self, base: Plan) -> None:
        """None: the samples are not read in order."""

    def __str__(self) -> str:
        count = int(self.given.sum()) if self.given.dtype == np.bool_ else len(self.given)
        return f"select({count})"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of several whose sizes differ by at most one.

    Attributes:
        parts: how many there are.
        index: which one, from 0.
        contiguous: whether the samples of a part stand together; else each part takes every n-th one.
    """

    parts: int
    index: int
    contiguous: bool

    calls = False

    @classmethod
    def of(cls, parts: object, index: object, contiguous: bool) -> Part:
        """The part that these arguments name.

        Raises:
            LoadError: they are no counts, or there is no such part.
        """
        count = count_of("num_shards", parts, LoadError)
        number = count_of("index", index, LoadError, least=0)
        if number >= count:
            raise LoadError(f"index is {number}, of {count} shards: give a number below num_shards")
        return cls(count, number, bool(contiguous))

    def numbers(self, base: Plan) -> Numbers:
        """Their numbers."""
        count = base.count()
        if not self.contiguous:
            return np.arange(count, dtype=np.int64)[self.index :: self.parts]
        least, more = divmod(count, self.parts)
        begin = least * self.index + min(self.index, more)
        return np.arange(begin, begin + least + (self.index < more), dtype=np.int64)

    def stream(self, base: Plan) -> Iterator[Entry] | None:
        """The samples in one pass, where every n-th one is taken."""
        if self.contiguous:
            return None
        return _cut(base, self.index, None, self.parts)

    def __str__(self) -> str:
        return f"shard({self.parts}, {self.index})"


@dataclass(frozen=True, slots=True)
class Kept:
    """Samples for which a function gives something true."""

    fn: Callable[[Any], object]

    calls = True

    def numbers(self, base: Plan) -> Numbers:
        """Their numbers, found in one pass over the base."""
        stream = enumerate(base.stream())
        found = [number for number, entry in stream if self._keeps(entry)]
        return np.asarray(found, np.int64)

    def stream(self, base: Plan) -> Iterator[Entry]:
        """The samples in one pass."""
        return (entry for entry in base.stream() if self._keeps(entry))

    def _keeps(self, entry: Entry) -> bool:
        key, sample = entry
        return bool(call("filter", self.fn, key, sample, bool))

    def __str__(self) -> str:
        return f"filter({name_of(self.fn)})"


def _cut(base: Plan, *bounds: int | None) -> Iterator[Entry]:
    # islice takes no larger numbers; no dataset has as many samples.
    small = (None if bound is None else min(bound, sys.maxsize) for bound in bounds)
    return itertools.islice(base.stream(), *small)


def is_many(index: object) -> bool:
    """Whether what stands in brackets names several samples."""
    if isinstance(index, np.ndarray):
        return index.ndim > 0
    return isinstance(index, Sequence) and not isinstance(index, str | bytes)


def _as_array(indices: object) -> np.ndarray[Any, np.dtype[Any]]:
    if isinstance(indices, str | bytes):
        raise TypeError(f"samples are chosen by a list of integers, got {indices!r}")
    try:
        items: list[Any] = list(indices)  # type: ignore[call-overload]  # what is no list is refused
    except TypeError:
        raise TypeError(f"a {type(indices).__name__} names no samples") from None
    if all(isinstance(item, bool | np.bool_) for item in items):
        return np.asarray(items, np.bool_ if items else np.int64)
    if any(isinstance(item, bool | np.bool_) for item in items):
        raise TypeError("samples are chosen by integers or by truth values, not by both")
    numbers = [operator.index(item) for item in items]
    large = next((number for number in numbers if not -(1 << 63) <= number < 1 << 63), None)
    if large is not None:
        raise IndexError(f"index {large} is out of range")
    return np.asarray(numbers, np.int64)
