"""Batches as bytes in memory that is shared: arrays where they lie, and the rest as a small pickle beside them.

Pickles come from workers that this process has started, through a pipe that nobody else can write to.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.columns import listed
from atdata_schema.batch import Batch, SampleColumns, batches_of, codecs_of, source_of
from atdata_schema.fields.array import ArrayField
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.presence import bare

__all__ = ["Content", "Desk", "Handed", "batch_of", "opened", "taken", "unpickled"]

_ALIGNED: Final = 64


class Handed(NamedTuple):
    """A batch in a slot.

    Attributes:
        tail: the pickle of what is not in the slot.
        places: where each array of it begins in the slot, and its bytes.
    """

    tail: bytes
    places: list[tuple[int, int]]


class Desk:
    """Puts the batches of one piece into a slot.

    Args:
        slot: its bytes.
        have_at_hand: is told how many of them are about to be written.
    """

    def __init__(
        self, slot: memoryview, have_at_hand: Callable[[int], None] = lambda _: None
    ) -> None:
        self._flat = np.frombuffer(slot, np.uint8)
        self._have_at_hand = have_at_hand
        self._base = self._flat.ctypes.data
        self._used = 0

    def put(self, batch: Any) -> Handed:
        """A batch, its arrays in the slot; those that do not fit go into the pickle."""
        content = self.content(batch)
        return self.packed(batch if content is None else content)

    def content(self, batch: Any) -> Content | None:
        """The columns of a batch, where they are all of it; what is stacked for it is stacked in the slot."""
        if not isinstance(batch, Batch) or not _is_columns(batch):
            return None
        columns = {name: self._column(batch, name) for name in codecs_of(batch)}
        return Content(list(source_of(batch).keys), columns)

    def packed(self, content: Any) -> Handed:
        """Anything as a pickle, its arrays in the slot."""
        places: list[tuple[int, int]] = []
        tail = pickle.dumps(content, 5, buffer_callback=lambda part: self._placed(part, places))
        return Handed(tail, places)

    def _placed(self, part: pickle.PickleBuffer, places: list[tuple[int, int]]) -> bool:
        """Whether a buffer goes into the pickle; else it is put into the slot, unless it lies there."""
        data = np.frombuffer(part.raw(), np.uint8)
        at = data.ctypes.data - self._base
        if not 0 <= at < len(self._flat) or not len(data):
            room = self._room(len(data))
            if room is None:
                return True
            room[:] = data
            at = room.ctypes.data - self._base
        places.append((at, len(data)))
        return False

    def _room(self, size: int) -> NDArray[np.uint8] | None:
        begin = self._used + -(self._base + self._used) % _ALIGNED
        if begin + size > len(self._flat):
            return None
        self._used = begin + size
        self._have_at_hand(self._used)
        return self._flat[begin : begin + size]

    def _column(self, batch: Batch, name: str) -> _Column:
        source, field = source_of(batch), codecs_of(batch)[name]
        numbers = source.numbers(name)
        if numbers is not None:
            valid = None if bare(field) is field else batch.valid(name)
            return _Column(numbers, None if valid is None or valid.all() else valid)
        if isinstance(bare(field), ArrayField):
            # Samples are stacked here, not in memory from which they would be copied again.
            stacked = None if isinstance(source, SampleColumns) else source.stacked(name)
            values = [] if stacked is not None else source.values(name)
            found = self._stacked(values) if stacked is None else stacked
            return _Column(values if found is None else found, None)
        return _Column(source.values(name), None)

    def _stacked(self, values: Sequence[Any]) -> NDArray[Any] | None:
        """Arrays of one shape and dtype as one, which is made in the slot."""
        first = values[0] if values else None
        if not isinstance(first, np.ndarray) or first.dtype.hasobject:
            return None
        shape, dtype = first.shape, first.dtype
        for value in values:
            if not isinstance(value, np.ndarray) or (value.shape, value.dtype) != (shape, dtype):
                return None
        room = self._room(len(values) * first.nbytes)
        if room is None:
            return None
        out = room.view(dtype).reshape(len(values), *shape)
        np.stack(values, out=out)
        return out


class _Column(NamedTuple):
    """A column: an array or a list, and which numbers of it there are."""

    values: Any
    valid: NDArray[np.bool_] | None


class Content(NamedTuple):
    """A batch without its class, which the other process knows."""

    keys: list[str]
    columns: dict[str, _Column]


class HandedColumns:
    """Columns that another process made."""

    __slots__ = ("_columns", "_owner", "keys")

    def __init__(self, owner: type[Any], content: Content) -> None:
        self._owner = owner
        self._columns = content.columns
        self.keys: Sequence[str] = content.keys

    def __len__(self) -> int:
        return len(self.keys)

    def ready(self, name: str) -> Any | None:
        """None: an array is given by `stacked`, a list by `values`."""
        return None

    def values(self, name: str) -> list[Any]:
        """The values of a property, one a sample."""
        column = self._columns[name]
        if isinstance(column.values, list):
            return column.values
        array: NDArray[Any] = column.values
        return list(array) if self._is_array(name) else listed(array, column.valid, 0, len(array))

    def numbers(self, name: str) -> NDArray[Any] | None:
        """A property of numbers as one array, where it came as such."""
        found = self._columns[name].values
        return None if isinstance(found, list) or self._is_array(name) else found

    def stacked(self, name: str) -> NDArray[Any] | None:
        """A property of arrays as one array, where it came as such."""
        found = self._columns[name].values
        return found if isinstance(found, np.ndarray) and self._is_array(name) else None

    def extent(self, name: str) -> tuple[Any, Any] | None:
        """None: nobody looked at all of them."""
        return None

    def samples(self) -> list[Any]:
        """The samples, made of the columns."""
        fields: Fields = self._owner.FIELDS
        rows = zip(*(self.values(name) for name in fields), strict=True)
        return [self._owner(**dict(zip(fields.attributes, row, strict=True))) for row in rows]

    def _is_array(self, name: str) -> bool:
        return isinstance(bare(self._owner.FIELDS[name]), ArrayField)


def taken(owner: type[Any], handed: Handed, slot: memoryview, *, fresh: bool) -> Any:
    """The batch of a slot.

    Args:
        owner: the class of its samples.
        handed: what the worker said of it.
        slot: the bytes of the slot, which the arrays then share.
        fresh: copy them, so that the slot is free.
    """
    content = opened(handed, slot, fresh=fresh)
    return batch_of(owner, content) if isinstance(content, Content) else content


def opened(handed: Handed, slot: memoryview, *, fresh: bool = False) -> Any:
    """What was packed, its arrays in the slot or copied out of it."""
    parts: list[Any] = [slot[begin : begin + size] for begin, size in handed.places]
    if fresh:
        parts = [np.frombuffer(part, np.uint8).copy() for part in parts]
    return unpickled(handed.tail, parts)


def batch_of(owner: type[Any], content: Content) -> Batch:
    """A batch of columns that are made."""
    return batches_of(owner)(HandedColumns(owner, content))


def unpickled(data: bytes, buffers: Sequence[Any] = ()) -> Any:
    """What a pickle of a process holds that this one has started, or that has started this one."""
    return pickle.loads(data, buffers=buffers)  # noqa: S301  # no stranger can write to their pipe


def _is_columns(batch: Batch) -> bool:
    """Whether columns are all that there is; entries that a type does not declare lie in the samples."""
    source = source_of(batch)
    if not isinstance(source, SampleColumns):
        return True
    is_typed = type(source) is SampleColumns
    return is_typed and not any(getattr(each, "_extra", None) for each in source.samples())
