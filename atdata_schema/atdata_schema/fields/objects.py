"""Nested objects and unions of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.field import Field, Json, given
from atdata_schema.fields.links import Open, pack_unknown, unknown_from_wire
from atdata_schema.wire.npy import Buffer

__all__ = ["OneOf", "Ref", "Unknown"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A member of an open union whose type this program does not know; it survives a round trip.

    Attributes:
        type: its `$type`.
        value: the rest of its map, as values of the data model; out of a sample there may be floats in it, which
            no record holds, and arrays are the bytes that they are on the wire.
    """

    type: str
    value: dict[str, Any]


@dataclass(frozen=True)
class Ref(Field[T], Generic[T]):
    """An object of another class; the class is asked for late, so that classes may refer to each other."""

    target: Callable[[], type[T]]

    def __str__(self) -> str:
        return self.target().__name__

    def pack(self, value: T, out: list[Buffer]) -> None:
        self._fields(value).pack(value, out)

    def unpack(self, value: object) -> T:
        cls: Any = self.target()
        item: T = cls(**cls.FIELDS.unpack(value))
        return item

    def to_record(self, value: T) -> Json:
        record: dict[str, Json] = self._fields(value).to_record(value)
        return record

    def from_record(self, value: Any) -> T:
        cls: Any = self.target()
        item: T = cls(**cls.FIELDS.from_record(value))
        return item

    def _fields(self, value: object) -> Any:
        cls: Any = self.target()
        if not isinstance(value, cls):
            raise ValidationError(f"expected {cls.__name__}, got {given(value)}")
        return cls.FIELDS


# No slots: `OneOf[object](...)` sets `__orig_class__`, which a frozen class with slots answers with a TypeError.
@dataclass(frozen=True)
class OneOf(Field[T], Generic[T]):
    """One of several objects, told apart by `$type`; an open union takes `Unknown` members too."""

    targets: Callable[[], Mapping[str, type[Any]]]
    closed: bool = False

    def __str__(self) -> str:
        names = [cls.__name__ for cls in self.targets().values()]
        return " | ".join(names if self.closed else [*names, "Unknown"])

    def pack(self, value: T, out: list[Buffer]) -> None:
        tag = self._tag(value)
        if isinstance(value, Unknown):
            pack_unknown(tag, value.value, self, out)
            return
        fields: Any = type(value).FIELDS  # type: ignore[attr-defined]  # a class of the union
        fields.pack(value, out, tag)

    def unpack(self, value: object) -> T:
        cls, row = self._chosen(value)
        if cls is None:
            plain = unknown_from_wire(row, self)
            unknown: Any = Unknown(plain.pop("$type"), plain)
            return unknown  # type: ignore[no-any-return]  # T holds Unknown where the union is open
        item: T = cls(**cls.FIELDS.unpack(row))
        return item

    def to_record(self, value: T) -> Json:
        tag = self._tag(value)
        if isinstance(value, Unknown):
            rest = Open().to_record(value.value)
            return {"$type": tag, **(rest if isinstance(rest, dict) else {})}
        fields: Any = type(value).FIELDS  # type: ignore[attr-defined]  # a class of the union
        return {"$type": tag, **fields.to_record(value)}

    def from_record(self, value: Any) -> T:
        cls, row = self._chosen(value)
        if cls is None:
            plain = Open().from_record(row)
            unknown: Any = Unknown(plain.pop("$type"), plain)
            return unknown  # type: ignore[no-any-return]  # T holds Unknown where the union is open
        item: T = cls(**cls.FIELDS.from_record(row))
        return item

    def _tag(self, value: object) -> str:
        for ref, cls in self.targets().items():
            if type(value) is cls:
                return ref
        if isinstance(value, Unknown) and not self.closed:
            name: object = value.type
            rest: object = value.value
            if not isinstance(name, str) or not name or name.removesuffix(_MAIN) in self.targets():
                raise ValidationError(
                    f"expected {self}, got an Unknown whose type is {given(name)}"
                )
            if not isinstance(rest, dict) or "$type" in rest:
                raise ValidationError(f"expected {self}, got an Unknown of {given(rest)}")
            return name
        for ref, cls in self.targets().items():
            if isinstance(value, cls):
                return ref
        raise ValidationError(f"expected {self}, got {given(value)}")

    def _chosen(self, value: object) -> tuple[Any, dict[str, Any]]:
        """The class that `$type` names, or `None` for one that an open union does not know."""
        if not isinstance(value, Mapping) or not isinstance(value.get("$type"), str):
            raise DecodeError(f"expected {self} with a $type, got {given(value)}")
        tag = value["$type"]
        cls = self.targets().get(tag.removesuffix(_MAIN))
        if cls is None and (self.closed or not tag):
            raise DecodeError(f"expected {self}, got the $type {given(tag)}")
        return cls, dict(value)


_MAIN: Final = "#main"
