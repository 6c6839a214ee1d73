"""Batches of samples without a type: the columns are found in the samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from atdata.samples.dynamic_wire import opened, pack_value
from atdata_schema.batch import DynamicBatch, SampleColumns
from atdata_schema.fields.array import AnyArray
from atdata_schema.fields.field import Field, Json
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.numbers import Boolean, Float64, Integer
from atdata_schema.fields.presence import Opt
from atdata_schema.names import attribute_name
from atdata_schema.wire.npy import Buffer

__all__ = ["DictBatch"]


class DictBatch(DynamicBatch[Any]):
    """Many samples without a type, one column for each name that any of them has.

    A column of arrays of equal shape and dtype is stacked, every other one is a list, with `None` where a
    sample has no such entry.
    """

    __slots__ = ()

    def __init__(self, samples: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> None:
        columns = _Columns(Fields({}), samples, keys)
        names = list(dict.fromkeys(name for sample in samples for name in sample))
        codecs = {name: _codec(columns.values(name)) for name in names}
        super().__init__(columns, Fields(codecs, attributes=_attributes(names)))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.samples(), self.keys)


class _Columns(SampleColumns):
    """The entries of samples, by name."""

    __slots__ = ()

    def values(self, name: str) -> list[Any]:
        return [sample.get(name) for sample in self._samples]


class _Untyped(Field[Any]):
    """Any value; its column is a list."""

    __slots__ = ()

    def __str__(self) -> str:
        return "any value"

    def pack(self, value: Any, out: list[Buffer]) -> None:
        pack_value(value, out)

    def unpack(self, value: object) -> Any:
        return opened(value)

    def to_record(self, value: Any) -> Json:
        raise TypeError("a sample without a type has no record form")

    def from_record(self, value: Any) -> Any:
        raise TypeError("a sample without a type has no record form")


def _codec(values: Sequence[Any]) -> Field[Any]:
    """The codec whose columns the values of one name make."""
    kinds = {_kind(value) for value in values if value is not None}
    if kinds == {np.ndarray}:
        return Opt(AnyArray())
    if kinds == {bool}:
        return Opt(Boolean())
    if kinds == {int} and all(value is None or -(1 << 63) <= value < 1 << 63 for value in values):
        return Opt(Integer())
    return Opt(Float64()) if kinds in ({float}, {int, float}) else Opt(_Untyped())


def _kind(value: Any) -> type:
    return type(value.item()) if isinstance(value, np.generic) else type(value)


def _attributes(names: Sequence[str]) -> dict[str, str]:
    """The attribute of each name; where two names would be one attribute, the second has none of its own."""
    taken: dict[str, str] = {}
    for name in names:
        taken.setdefault(attribute_name(name), name)
    return {name: attribute for attribute, name in taken.items()}
