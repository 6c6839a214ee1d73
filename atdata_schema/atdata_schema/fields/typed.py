"""Decoding the map of a sample straight into its fields, by a typed decoder.

The decoder knows the kind of each field, so it passes over what nobody declared, makes no dict, and gives the
bytes of an array as a view of its input. Whatever it does not take is left to the general way, which also
words the errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final

import msgspec

from atdata_schema.fields.array import ArrayField
from atdata_schema.fields.field import Field
from atdata_schema.fields.instants import Datetime
from atdata_schema.fields.links import CidLink
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import Opt, bare
from atdata_schema.fields.text import Choice, Text
from atdata_schema.wire.npy import Buffer

__all__ = ["TypedDecoder"]

_KINDS: Final[tuple[tuple[type[Any], Any], ...]] = (
    (ArrayField, memoryview),
    (Integer, int),
    (Float64, float),
    (Float32, float),
    (Boolean, bool),
    (Text, str),
    (Choice, str),
    (Datetime, str),
    (CidLink, str),
)


class TypedDecoder:
    """The decoder of an object's fields.

    Args:
        codecs: the codecs by property name, in field order.
        attributes: the attribute of each.
    """

    __slots__ = ("_attributes", "_decode", "_unpack", "_values")

    def __init__(self, codecs: Mapping[str, Field[Any]], attributes: tuple[str, ...]) -> None:
        names = [f"v{index}" for index in range(len(codecs))]
        fields = [
            (name, _wire_type(codec), None) if isinstance(codec, Opt) else (name, _wire_type(codec))
            for name, codec in zip(names, codecs.values(), strict=True)
        ]
        self._decode: Callable[[Buffer], Any]
        try:
            row = msgspec.defstruct(
                "Row",
                fields,
                kw_only=True,
                rename=dict(zip(names, codecs, strict=True)),
            )
        except ValueError:
            # It takes no names with quotes, backslashes or control characters; samples have them all the same.
            self._decode = _refuse
        else:
            self._decode = msgspec.msgpack.Decoder(row).decode
        # `attrgetter` takes no empty list of names, and a type may have no fields.
        self._values: Callable[[Any], Any] = attrgetter(*names) if names else lambda row: ()
        self._unpack = tuple(codec.unpack for codec in codecs.values())
        self._attributes = attributes

    def decode(self, data: Buffer) -> dict[str, Any] | None:
        """The attributes by name; `None` where this decoder does not take the bytes.

        Raises:
            DecodeError: a value that its field does not take; the general way says where.
        """
        try:
            row = self._decode(data)
        except (msgspec.DecodeError, ValueError, RecursionError, MemoryError):
            return None
        values = self._values(row)
        if len(self._attributes) == 1:
            values = (values,)
        return {
            name: unpack(value)
            for name, unpack, value in zip(self._attributes, self._unpack, values, strict=True)
        }


def _refuse(data: Buffer) -> Any:
    raise msgspec.DecodeError("left to the general way")


def _wire_type(codec: Field[Any]) -> Any:
    kind = bare(codec)
    found = next((wire for cls, wire in _KINDS if isinstance(kind, cls)), Any)
    return found if kind is codec or found is Any else found | None
