"""Codecs of fields whose values are members of an `Enum`.

Members in Python, their values on the wire: the bytes are those that the values alone would have. A value
that a member has is taken for the member when writing; reading gives members.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.field import Field, Json, given
from atdata_schema.fields.numbers import Integer
from atdata_schema.wire.npy import Buffer

__all__ = ["EnumField", "IntEnumField", "enum_field"]


def enum_field(codec: Field[Any], members: type[Enum]) -> Field[Any]:
    """The codec of an enum, over the codec of its values."""
    if isinstance(codec, Integer) and not issubclass(members, int):
        return _NumberedField(codec, members)
    if isinstance(codec, Integer):
        bounds = (codec.minimum, codec.maximum)
        return IntEnumField(*bounds, codec.enum, codec.const, codec.classes, members)
    return EnumField(codec, members)


@dataclass(frozen=True, slots=True)
class EnumField(Field[Any]):
    """An enum of texts.

    Attributes:
        values: the codec of the members' values.
        members: the enum.
    """

    values: Field[Any]
    members: type[Enum]

    def __str__(self) -> str:
        return str(self.values)

    def pack(self, value: Any, out: list[Buffer]) -> None:
        self.values.pack(_value(value, self.members), out)

    def unpack(self, value: object) -> Any:
        return _member(self.values.unpack(value), self.members)

    def to_record(self, value: Any) -> Json:
        return self.values.to_record(_value(value, self.members))

    def from_record(self, value: Any) -> Any:
        return _member(self.values.from_record(value), self.members)


@dataclass(frozen=True, slots=True)
class _NumberedField(EnumField):
    """An enum whose values are integers and whose members are not: it has the width of integers."""

    WIDTH: ClassVar[int | None] = Integer.WIDTH

    __str__ = EnumField.__str__


@dataclass(frozen=True, slots=True)
class IntEnumField(Integer):
    """An `IntEnum`: an integer field, so that its column has an array form.

    Attributes:
        members: the enum.
    """

    members: type[Enum] = Enum

    __str__ = Integer.__str__

    def pack(self, value: Any, out: list[Buffer]) -> None:
        Integer.pack(self, _value(value, self.members), out)

    def unpack(self, value: object) -> Any:
        return _member(Integer.unpack(self, value), self.members)

    def to_record(self, value: Any) -> Json:
        return Integer.to_record(self, _value(value, self.members))

    def from_record(self, value: Any) -> Any:
        # `Integer.from_record` would come back to `unpack`, and so to a member, by itself.
        return self.unpack(value)


def _value(value: Any, members: type[Enum]) -> Any:
    if isinstance(value, members):
        return value.value
    if isinstance(value, Enum):
        raise ValidationError(f"expected a member of {members.__name__}, got {given(value)}")
    return value


def _member(value: object, members: type[Enum]) -> Enum:
    try:
        return members(value)
    except ValueError:
        raise DecodeError(f"expected a member of {members.__name__}, got {given(value)}") from None
