"""Lists and maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.field import Field, Json, given
from atdata_schema.model import notation
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

__all__ = ["Many", "Table", "key_order"]

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Many(Field[list[T]], Generic[T]):
    """A list of values of one kind; tuples are taken too."""

    items: Field[T]
    min_length: int | None = None
    max_length: int | None = None

    def __str__(self) -> str:
        return notation(f"list[{self.items}]", minLength=self.min_length, maxLength=self.max_length)

    def pack(self, value: list[T], out: list[Buffer]) -> None:
        self._check(value)
        out.append(rows.array_head(len(value)))
        for index, item in enumerate(value):
            try:
                self.items.pack(item, out)
            except ValidationError as error:
                error.inside(index)
                raise

    def unpack(self, value: object) -> list[T]:
        if not isinstance(value, list):
            raise DecodeError(f"expected {self}, got {given(value)}")
        read = self.items.unpack
        values: list[T] = []
        try:
            for item in value:
                values.append(read(item))
        except DecodeError as error:
            error.inside(len(values))
            raise
        return values

    def to_record(self, value: list[T]) -> Json:
        self._check(value)
        return [_at(index, item, self.items.to_record) for index, item in enumerate(value)]

    def from_record(self, value: Any) -> list[T]:
        if not isinstance(value, list):
            raise DecodeError(f"expected {self}, got {given(value)}")
        return [_at(index, item, self.items.from_record) for index, item in enumerate(value)]

    def _check(self, value: object) -> None:
        if not isinstance(value, list | tuple):
            raise ValidationError(f"expected {self}, got {given(value)}")
        low, high = self.min_length, self.max_length
        if (low is not None and len(value) < low) or (high is not None and len(value) > high):
            raise ValidationError(f"expected {self}, got {len(value)} items")


@dataclass(frozen=True)
class Table(Field[dict[str, T]], Generic[T]):
    """A map from texts to values of one kind, written in the key order of DAG-CBOR.

    The order makes equal maps equal bytes, whatever order they were made in and whether or not they went
    through a record.
    """

    values: Field[T]

    def __str__(self) -> str:
        return f"map[{self.values}]"

    def pack(self, value: dict[str, T], out: list[Buffer]) -> None:
        self._check(value)
        out.append(rows.map_head(len(value)))
        for key in sorted(value, key=key_order):
            out.append(rows.text(key))
            try:
                self.values.pack(value[key], out)
            except ValidationError as error:
                error.inside(key)
                raise

    def unpack(self, value: object) -> dict[str, T]:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise DecodeError(f"expected {self}, got {given(value)}")
        read = self.values.unpack
        values: dict[str, T] = {}
        for key, item in value.items():
            try:
                values[key] = read(item)
            except DecodeError as error:
                error.inside(key)
                raise
        return values

    def to_record(self, value: dict[str, T]) -> Json:
        self._check(value)
        for key in ("$bytes", "$link"):
            if key in value:
                raise ValidationError(
                    f"the key {key!r} of a map, which spells something else in a record"
                )
        ordered = sorted(value, key=key_order)
        return {key: _at(key, value[key], self.values.to_record) for key in ordered}

    def from_record(self, value: Any) -> dict[str, T]:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise DecodeError(f"expected {self}, got {given(value)}")
        return {key: _at(key, item, self.values.from_record) for key, item in value.items()}

    def _check(self, value: object) -> None:
        if not isinstance(value, dict):
            raise ValidationError(f"expected {self}, got {given(value)}")
        for key in value:
            if not isinstance(key, str):
                raise ValidationError(f"expected {self}, got the key {given(key)}")


def _at(step: int | str, item: Any, read: Callable[[Any], R]) -> R:
    """Read one item; an error knows its place."""
    try:
        return read(item)
    except (DecodeError, ValidationError) as error:
        error.inside(step)
        raise


def key_order(key: str) -> tuple[int, bytes]:
    """DAG-CBOR's order of map keys: by length in bytes, then by the bytes.

    Raises:
        ValidationError: the key holds a lone surrogate, which UTF-8 has no bytes for.
    """
    try:
        data = key.encode()
    except UnicodeEncodeError:
        raise ValidationError(
            f"the key {key!r} holds a lone surrogate, which UTF-8 cannot hold"
        ) from None
    return len(data), data
