"""What every field codec does."""

from __future__ import annotations

import reprlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Final, Generic, TypeAlias, TypeVar

from atdata_schema.wire.npy import Buffer

__all__ = ["Field", "Json", "given"]

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
"""The JSON form of the ATProto data model: no floats; bytes are `{"$bytes": ...}`, links `{"$link": ...}`."""

T = TypeVar("T")


class Field(ABC, Generic[T]):
    """One kind of field with its constraints: what a value may be, and how it is stored.

    A field is a frozen value; its `str` is the notation that people read. `T` is the Python type of its
    values. Codecs that are generic have no slots: Python 3.11 cannot make a frozen dataclass with slots through
    `Codec[T](...)`. `WIDTH` is the number of bytes that every value takes on the wire, or `None` where it varies.
    """

    __slots__ = ()
    WIDTH: ClassVar[int | None] = None

    @abstractmethod
    def pack(self, value: T, out: list[Buffer]) -> None:
        """Check a value and append its sample form.

        Raises:
            ValidationError: the value is not one of this field; nothing useful was appended.
        """

    @abstractmethod
    def unpack(self, value: object) -> T:
        """The value of a decoded sample form.

        Raises:
            DecodeError: the form is not one of this field.
        """

    @abstractmethod
    def to_record(self, value: T) -> Json:
        """Check a value and give its record form.

        Raises:
            ValidationError: the value is not one of this field.
        """

    @abstractmethod
    def from_record(self, value: Any) -> T:
        """The value of a record form, as JSON or as values of the data model.

        Raises:
            DecodeError: the form is not one of this field.
        """

    def column(self, values: Sequence[T]) -> Any:
        """Many values as the column of a batch: a list, which is the caller's own."""
        return values if isinstance(values, list) else list(values)


def given(value: object) -> str:
    """A value as messages show it: its type, and the start of its text.

    >>> given("a" * 1000)
    "str 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..."
    """
    text = _STARTS.repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


class _Starts(reprlib.Repr):
    """The start of a `repr`, made without the rest of it: a value can be a gigabyte."""

    def repr_str(self, x: str, level: int) -> str:
        return repr(x[:64])

    def repr_bytes(self, x: bytes, level: int) -> str:
        return repr(x[:64])

    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to print the largest.
        return repr(x) if x.bit_length() <= 256 else f"of {x.bit_length()} bits"


_STARTS: Final = _Starts()
