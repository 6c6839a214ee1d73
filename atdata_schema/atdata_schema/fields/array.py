"""Dense arrays: one dtype, dimensions fixed, named or free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from atdata_schema.errors import DecodeError, DtypeError, ShapeError, ValidationError
from atdata_schema.fields.binary import bytes_from_record, bytes_to_record
from atdata_schema.fields.field import Field, Json, given
from atdata_schema.model import DTYPES, ArrayType, Dim
from atdata_schema.wire import npy, rows
from atdata_schema.wire.npy import Buffer

__all__ = ["AnyArray", "Array", "ArrayField", "bind"]

S = TypeVar("S", bound=np.generic)


class ArrayField(Field[NDArray[Any]]):
    """What arrays of one dtype and of any dtype share."""

    __slots__ = ()
    dims: tuple[Dim, ...] | None
    finite: bool

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """The element type, `None` for any of `DTYPES`."""
        return None

    def __str__(self) -> str:
        name = "*" if self.dtype is None else self.dtype.name
        return str(ArrayType(name, self.dims, self.finite))

    def pack(self, value: NDArray[Any], out: list[Buffer]) -> None:
        array = self.checked(value)
        head = npy.header(array.dtype, array.shape)
        out.append(rows.bin32_head(len(head) + array.nbytes))
        out.append(head)
        out.append(npy.elements(array))

    def unpack(self, value: object) -> NDArray[Any]:
        if not isinstance(value, bytes | memoryview):
            raise DecodeError(f"expected {self}, got {given(value)}")
        array = npy.load(value)
        try:
            return self._fitting(array)
        except ValidationError as error:
            raise DecodeError(error.reason, error.path) from None

    def to_record(self, value: NDArray[Any]) -> Json:
        array = self.checked(value)
        data = bytes_to_record(bytes(npy.elements(array)))
        return {"dtype": array.dtype.name, "shape": list(array.shape), "data": data}

    def from_record(self, value: Any) -> NDArray[Any]:
        if not isinstance(value, Mapping) or not {"dtype", "shape", "data"} <= set(value):
            raise DecodeError(f"expected {self} as {{dtype, shape, data}}, got {given(value)}")
        name, shape = value["dtype"], value["shape"]
        if name not in DTYPES or not isinstance(shape, list) or len(shape) > 64:
            raise DecodeError(f"expected {self}, got dtype {given(name)} and shape {given(shape)}")
        if not all(type(size) is int and 0 <= size < 1 << 48 for size in shape):
            raise DecodeError(f"expected {self}, got shape {given(shape)}")
        head = npy.header(np.dtype(name).newbyteorder("<"), tuple(shape))
        return self.unpack(head + bytes_from_record(value["data"]))

    def column(self, values: Sequence[NDArray[Any]]) -> Any:
        """One stacked array `[batch, ...]` where all shapes and dtypes are equal, else a list."""
        if not values:
            sizes = (dim if isinstance(dim, int) else 0 for dim in self.dims or () if dim != "...")
            return np.empty((0, *sizes), self.dtype)
        if len({(array.shape, array.dtype) for array in values}) == 1:
            return np.stack(values)
        return list(values)

    def checked(self, value: object) -> NDArray[Any]:
        """The value as an array of this field.

        Raises:
            DtypeError: not an array, or of another dtype; nothing is converted silently.
            ShapeError: of another rank or of other sizes.
            ValidationError: not finite where it must be.
        """
        if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray):
            raise DtypeError(f"expected {self}, got {given(value)}; make it with np.asarray(...)")
        if value.dtype.newbyteorder("<").str not in npy.STORED:
            allowed = ", ".join(DTYPES)
            raise DtypeError(f"expected {self}, got dtype {value.dtype}; dtypes are {allowed}")
        array = self._fitting(value)
        if self.finite and array.dtype.kind in "fc" and not np.isfinite(array).all():
            raise ValidationError(f"expected {self}, got an array that holds NaN or an infinity")
        return array

    def fit(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        """Hold a dtype and a shape against this field.

        Raises:
            DtypeError: another dtype.
            ShapeError: another rank or another size.
        """
        if self.dtype is not None and dtype.newbyteorder("=") != self.dtype:
            raise DtypeError(f"expected {self}, got {dtype.name}{list(shape)}")
        if self.dims is not None:
            bind(self.dims, shape, {}, self)

    def _fitting(self, array: NDArray[Any]) -> NDArray[Any]:
        self.fit(array.dtype, array.shape)
        return array


@dataclass(frozen=True)
class Array(ArrayField, Field[NDArray[S]], Generic[S]):
    """An array of one dtype. `dims` is `None` for any rank.

    >>> str(Array(np.uint8, ("H", "W", 3)))
    'uint8[H, W, 3]'
    >>> Array(np.uint8, ("H", "W", 3)).pack(np.zeros((8, 8), np.uint8), [])
    Traceback (most recent call last):
    atdata_schema.errors.ShapeError: expected uint8[H, W, 3], got shape [8, 8]
    """

    scalar: type[S]
    dims: tuple[Dim, ...] | None = None
    finite: bool = False
    _dtype: np.dtype[Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_dtype", np.dtype(self.scalar))

    __str__ = ArrayField.__str__

    @property
    def dtype(self) -> np.dtype[Any]:
        """The element type."""
        return self._dtype


@dataclass(frozen=True, slots=True)
class AnyArray(ArrayField):
    """An array of any of the dtypes that a sample can hold."""

    dims: tuple[Dim, ...] | None = None
    finite: bool = False

    __str__ = ArrayField.__str__


def bind(
    dims: tuple[Dim, ...], shape: tuple[int, ...], sizes: dict[str, int], what: object
) -> None:
    """Match a shape with dimensions, and note the size of each name in `sizes`.

    Raises:
        ShapeError: another rank, another size, or a name with two sizes.
    """
    matched = _matched(dims, shape)
    if matched is None:
        raise ShapeError(f"expected {what}, got shape {list(shape)}")
    for dim, size in matched:
        if isinstance(dim, int):
            if dim != size:
                raise ShapeError(f"expected {what}, got shape {list(shape)}")
        elif dim != "*" and sizes.setdefault(dim, size) != size:
            raise ShapeError(
                f"expected {what}, got shape {list(shape)}: {dim} is {sizes[dim]} and {size}"
            )


def _matched(dims: tuple[Dim, ...], shape: tuple[int, ...]) -> list[tuple[Dim, int]] | None:
    """Each dimension with its size; `"..."` stands for any number of them."""
    if "..." not in dims:
        return list(zip(dims, shape, strict=True)) if len(dims) == len(shape) else None
    at = dims.index("...")
    after = len(dims) - at - 1
    if len(shape) < at + after:
        return None
    head = list(zip(dims[:at], shape[:at], strict=True))
    tail = list(zip(dims[at + 1 :], shape[len(shape) - after :], strict=True))
    return head + tail
