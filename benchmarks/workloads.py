"""The four kinds of sample that are measured, made from their numbers alone.

Every process makes the same samples for itself, so a contender writes what all the others write, and what it
reads back can be compared with what was written. All floats are fractions of 1,024: they survive any
conversion between float64 and float32, and their sums do not depend on the order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["WORKLOADS", "ArrayField", "Row", "Workload"]

Row = dict[str, Any]

# So many different arrays; each sample's copy of one of them is stamped with the sample's number.
_POOL = 32
_PLACES = ("Oslo", "Lima", "Zürich", "Addis Ababa", "Thessaloniki", "Hà Nội", "Quito", "São Paulo")


@dataclass(frozen=True, slots=True)
class ArrayField:
    """The array field of a workload."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of one sample's array."""
        return int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, slots=True)
class Workload:
    """One kind of sample.

    Attributes:
        name: W1 to W4.
        title: what it stands for.
        batch_size: samples in a batch.
        array: its array field, if it has one.
        scalars: the other fields and their Python types.
        fields_of: those of one sample, by its number.
    """

    name: str
    title: str
    batch_size: int
    array: ArrayField | None
    scalars: dict[str, type]
    fields_of: Callable[[int], Row]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all fields, the array first."""
        return (*((self.array.name,) if self.array else ()), *self.scalars)

    def row(self, number: int) -> Row:
        """One sample.

        >>> WORKLOADS["W2"].row(7)["label"]
        7
        """
        fields = self.fields_of(number)
        return (
            fields
            if self.array is None
            else {self.array.name: _stamped(self.array, number), **fields}
        )

    def rows(self, count: int) -> Iterator[Row]:
        """The first samples."""
        return map(self.row, range(count))


@lru_cache
def _pool(array: ArrayField) -> list[NDArray[Any]]:
    rng = np.random.default_rng(11)
    shape = (_POOL, *array.shape)
    values = rng.integers(0, 256, shape, np.uint8)
    # Divided by 256, so that a float is one of 0 to 1, as pixels and embeddings are.
    return list(
        values if array.dtype == "uint8" else (values / np.float32(256)).astype(array.dtype)
    )


def _stamped(field: ArrayField, number: int) -> NDArray[Any]:
    """An array with the sample's number in its first four elements, in base 128: exact in any dtype."""
    array = _pool(field)[number % _POOL].copy()
    array.reshape(-1)[:4] = [number >> shift & 127 for shift in (0, 7, 14, 21)]
    return array


def _photo(number: int) -> Row:
    return {"label": f"class {number * 7 % 1000}", "score": number * 37 % 1024 / 1024}


def _event(number: int) -> Row:
    return {
        "time": 1_700_000_000_000 + number * 40,
        "user": number * 7919 % 1_000_003,
        "count": number % 200,
        "amount": number * 31 % 100_000 / 1024,
        "score": number * 37 % 1024 / 1024,
        "item": f"item-{number * 13 % 50_000}",
        "place": _PLACES[number * 5 % 8],
    }


_W1 = Workload(
    name="W1",
    title="float32 images 224 x 224 x 3, a text, a float",
    batch_size=64,
    array=ArrayField("image", "float32", (224, 224, 3)),
    scalars={"label": str, "score": float},
    fields_of=_photo,
)
_W2 = Workload(
    name="W2",
    title="uint8 images 224 x 224 x 3, an integer",
    batch_size=64,
    array=ArrayField("image", "uint8", (224, 224, 3)),
    scalars={"label": int},
    fields_of=lambda number: {"label": number % 1000},
)
_W3 = Workload(
    name="W3",
    title="records of 3 integers, 2 floats, 2 short texts",
    batch_size=256,
    array=None,
    scalars={
        "time": int,
        "user": int,
        "count": int,
        "amount": float,
        "score": float,
        "item": str,
        "place": str,
    },
    fields_of=_event,
)
_W4 = Workload(
    name="W4",
    title="embeddings of 768 float16, a text",
    batch_size=256,
    array=ArrayField("embedding", "float16", (768,)),
    scalars={"id": str},
    fields_of=lambda number: {"id": f"doc-{number:08d}"},
)

WORKLOADS = {workload.name: workload for workload in (_W1, _W2, _W3, _W4)}
