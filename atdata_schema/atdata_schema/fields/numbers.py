"""Integers, floats and booleans."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any, ClassVar, Final, SupportsFloat, SupportsIndex

import numpy as np

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.field import Field, Json, given
from atdata_schema.model import BooleanType, FloatType, IntegerType
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

__all__ = ["Boolean", "Float32", "Float64", "Integer"]

_LOWEST: Final = -(1 << 63)
_HIGHEST: Final = (1 << 63) - 1
_SPECIAL: Final = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


@dataclass(frozen=True, slots=True)
class Integer(Field[int]):
    """A signed integer of 64 bits; `classes` names the values 0, 1, 2, ...

    >>> Integer(minimum=0).pack(-1, [])
    Traceback (most recent call last):
    atdata_schema.errors.ValidationError: expected integer(minimum 0), got int -1
    """

    minimum: int | None = None
    maximum: int | None = None
    enum: tuple[int, ...] | None = None
    const: int | None = None
    classes: tuple[str, ...] | None = None
    WIDTH: ClassVar[int | None] = 9

    def __str__(self) -> str:
        return str(IntegerType(**_constraints(self)))

    def pack(self, value: int, out: list[Buffer]) -> None:
        out.append(rows.integer(self._checked(value)))

    def unpack(self, value: object) -> int:
        if type(value) is not int or not _LOWEST <= value <= _HIGHEST:
            raise DecodeError(f"expected {self}, got {given(value)}")
        if self.enum is not None and value not in self.enum:
            raise DecodeError(f"expected {self}, got {value}")
        return value

    def to_record(self, value: int) -> Json:
        return self._checked(value)

    def from_record(self, value: Any) -> int:
        return self.unpack(value)

    def _checked(self, value: object) -> int:
        if type(value) is not int:
            value = self._plain(value)
        wrong = not _LOWEST <= value <= _HIGHEST or (self.const is not None and value != self.const)
        if self.minimum is not None and value < self.minimum:
            wrong = True
        if self.maximum is not None and value > self.maximum:
            wrong = True
        if wrong or (self.enum is not None and value not in self.enum):
            raise ValidationError(f"expected {self}, got {given(value)}")
        return value

    def _plain(self, value: object) -> int:
        """The integer that a value of numpy's, or of a subclass of `int`, is."""
        never = isinstance(value, bool | np.bool_ | np.ndarray)
        if not never and isinstance(value, SupportsIndex):
            try:
                return int(value.__index__())
            except TypeError:  # an array, of some other library
                pass
        raise ValidationError(f"expected {self}, got {given(value)}")


@dataclass(frozen=True, slots=True)
class Boolean(Field[bool]):
    """`True` or `False`; numpy's are taken too, 0 and 1 are not."""

    const: bool | None = None
    WIDTH: ClassVar[int | None] = 1

    def __str__(self) -> str:
        return str(BooleanType(const=self.const))

    def pack(self, value: bool, out: list[Buffer]) -> None:
        out.append(rows.boolean(self._checked(value)))

    def unpack(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise DecodeError(f"expected {self}, got {given(value)}")
        return value

    def to_record(self, value: bool) -> Json:
        return self._checked(value)

    def from_record(self, value: Any) -> bool:
        return self.unpack(value)

    def _checked(self, value: object) -> bool:
        if not isinstance(value, bool | np.bool_) or (
            self.const is not None and value != self.const
        ):
            raise ValidationError(f"expected {self}, got {given(value)}")
        return bool(value)


class _Float(Field[float]):
    """What both widths share; a record holds a decimal text, since its data model has no floats."""

    __slots__ = ()
    finite: bool
    BITS: ClassVar[Any] = 64

    def __str__(self) -> str:
        return str(FloatType(self.BITS, self.finite))

    def unpack(self, value: object) -> float:
        if type(value) is float:
            return value
        if type(value) is int and _LOWEST <= value <= 2 * _HIGHEST + 1:
            return float(value)
        raise DecodeError(f"expected {self}, got {given(value)}")

    def from_record(self, value: Any) -> float:
        if not isinstance(value, str):
            raise DecodeError(f"expected {self} as a decimal text, got {given(value)}")
        special = _SPECIAL.get(value)
        if special is not None:
            return special
        if not value.isascii() or value.strip() != value or not value.lstrip("+-")[:1].isdigit():
            raise DecodeError(f"expected {self} as a decimal text, got {given(value)}")
        return self._parsed(value)

    def _parsed(self, text: str) -> float:
        try:
            value = float(text.replace("_", "?"))
        except ValueError:
            raise DecodeError(f"expected {self} as a decimal text, got {given(text)}") from None
        if math.isinf(value):
            raise DecodeError(f"expected {self}, got {given(text)}, beyond the largest")
        return value

    def _checked(self, value: object) -> float:
        if type(value) is not float:
            if isinstance(value, bool | np.bool_ | str | bytes | np.ndarray):
                raise ValidationError(f"expected {self}, got {given(value)}")
            if not isinstance(value, SupportsFloat) or isinstance(
                value, complex | np.complexfloating
            ):
                raise ValidationError(f"expected {self}, got {given(value)}")
            try:
                value = float(value)
            except (TypeError, ValueError, OverflowError, RuntimeError):
                raise ValidationError(f"expected {self}, got {given(value)}") from None
        if self.finite and not math.isfinite(value):
            raise ValidationError(f"expected {self}, got {value}")
        return value


@dataclass(frozen=True, slots=True)
class Float64(_Float):
    """A float of 64 bits.

    >>> Float64().to_record(0.1)
    '0.1'
    """

    finite: bool = False
    WIDTH: ClassVar[int | None] = 9

    def pack(self, value: float, out: list[Buffer]) -> None:
        out.append(rows.float64(self._checked(value)))

    def to_record(self, value: float) -> Json:
        return repr(self._checked(value))


@dataclass(frozen=True, slots=True)
class Float32(_Float):
    """A float of 32 bits: a Python float is rounded to the nearest one, and refused above the largest.

    >>> Float32().to_record(0.1)
    '0.1'
    """

    finite: bool = False
    WIDTH: ClassVar[int | None] = 5
    BITS: ClassVar[Any] = 32

    def pack(self, value: float, out: list[Buffer]) -> None:
        out.append(rows.float32(self._checked(value)))

    def unpack(self, value: object) -> float:
        return self._rounded(_Float.unpack(self, value), DecodeError)

    def to_record(self, value: float) -> Json:
        checked = self._checked(value)
        return repr(checked) if not math.isfinite(checked) else _shortest(checked)

    def _parsed(self, text: str) -> float:
        return self._rounded(_Float._parsed(self, text), DecodeError)

    def _checked(self, value: object) -> float:
        return self._rounded(_Float._checked(self, value), ValidationError)

    def _rounded(self, value: float, error: type[DecodeError] | type[ValidationError]) -> float:
        try:
            rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
        except OverflowError:
            raise error(f"expected {self}, got {value!r}, beyond the largest float32") from None
        return rounded


def _shortest(value: float) -> str:
    """The shortest decimal that rounds to this float32, in the notation of Python's `repr`."""
    text = np.format_float_scientific(np.float32(value), unique=True, trim="0")
    mantissa, _, exponent = text.partition("e")
    if -5 < int(exponent) < 16:
        return np.format_float_positional(np.float32(value), unique=True, trim="0")
    mantissa = mantissa.removesuffix(".0")
    return f"{mantissa}e{int(exponent):+03d}"


def _constraints(field: Integer) -> dict[str, Any]:
    names = ("minimum", "maximum", "enum", "const", "classes")
    return {name: getattr(field, name) for name in names}
