"""Values that may be missing: optional fields and nullable ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from atdata_schema.errors import DecodeError
from atdata_schema.fields.field import Field, Json
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

__all__ = ["Null", "Opt", "bare"]

T = TypeVar("T")


class _Missing(Field[T | None], Generic[T]):
    """What both share: `None` is nil on the wire."""

    __slots__ = ()
    field: Field[T]

    def pack(self, value: T | None, out: list[Buffer]) -> None:
        if value is None:
            out.append(rows.NIL)
        else:
            self.field.pack(value, out)

    def unpack(self, value: object) -> T | None:
        return None if value is None else self.field.unpack(value)

    def to_record(self, value: T | None) -> Json:
        return None if value is None else self.field.to_record(value)

    def column(self, values: Sequence[T | None]) -> Any:
        """The column of the field where every value is there, else a list with `None`s."""
        if any(value is None for value in values):
            return list(values)
        return self.field.column([value for value in values if value is not None])


@dataclass(frozen=True)
class Opt(_Missing[T], Generic[T]):
    """A field that need not be there. A record leaves it out; null is read only where it is `nullable`."""

    field: Field[T]
    nullable: bool = False

    def __str__(self) -> str:
        return f"{self.field}{' or null' if self.nullable else ''}, optional"

    def from_record(self, value: Any) -> T | None:
        if value is None:
            if not self.nullable:
                raise DecodeError(f"expected {self}, got null; leave the property out instead")
            return None
        return self.field.from_record(value)


@dataclass(frozen=True)
class Null(_Missing[T], Generic[T]):
    """A field that must be there and may be null."""

    field: Field[T]

    def __str__(self) -> str:
        return f"{self.field} or null"

    def from_record(self, value: Any) -> T | None:
        return None if value is None else self.field.from_record(value)


def bare(field: Field[Any]) -> Field[Any]:
    """The field without its optional or nullable wrapper."""
    return field.field if isinstance(field, Opt | Null) else field
