"""Arrays as bytes: `.npy` files, and the compact form that older shards hold.

Written is one form, an `.npy` file of version 1.0 in C order and little-endian, with the header that
`numpy.save` writes. Read are `.npy` files of every version and the compact form
`u8 length | dtype.str | u8 ndim | ndim x i64 | elements`. Headers are parsed here: the dtype comes from a
fixed list, and nothing is allocated before shape and payload agree.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata_schema.errors import DecodeError
from atdata_schema.model import DTYPES

__all__ = ["MAGIC", "STORED", "Buffer", "Head", "elements", "header", "is_array", "load", "parse"]

Buffer: TypeAlias = bytes | memoryview
"""Bytes that are written as they lie, without a copy."""

MAGIC: Final = b"\x93NUMPY"
_MAX_RANK: Final = 64
_MAX_HEADER: Final = 4096
_MAX_SIZE: Final = (1 << 63) - 1  # of one dimension, and of the whole array in bytes
_GROWTH: Final = 21  # digits that numpy leaves for the first dimension to grow into
_DTYPES: Final = {np.dtype(name).str[1:]: np.dtype(name).newbyteorder("<") for name in DTYPES}
STORED: Final = frozenset(dtype.str for dtype in _DTYPES.values())
"""The `dtype.str` of every element type, as it is stored."""
_KEYS: Final = {
    "descr": re.compile(r"""['"]descr['"]\s*:\s*['"]([<>|=]?[a-z]\d{1,2})['"]"""),
    "fortran_order": re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)"""),
    "shape": re.compile(r"""['"]shape['"]\s*:\s*\(([0-9,\s]*)\)"""),
}


@dataclass(frozen=True, slots=True)
class Head:
    """What the header of an array says.

    Attributes:
        dtype: of the elements, little-endian.
        shape: of the array.
        size: bytes of the header.
        swapped: whether the elements are stored big-endian.
        fortran: whether they are stored in Fortran order.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    size: int
    swapped: bool
    fortran: bool


def header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """The `.npy` header of a C-order array; with the elements behind it, it is the whole file.

    >>> len(header(np.dtype("<f4"), (2, 3)))
    128
    """
    return _header(dtype.newbyteorder("<").str, shape)  # hashing a dtype takes longer than its text


@lru_cache(maxsize=4096)
def _header(descr: str, shape: tuple[int, ...]) -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape!r}, }}"
    if shape:
        text += " " * (_GROWTH - len(repr(shape[0])))
    fill = -(len(MAGIC) + 4 + len(text) + 1) % 64
    line = text.encode("latin-1") + b" " * fill + b"\n"
    return MAGIC + b"\x01\x00" + struct.pack("<H", len(line)) + line


def elements(array: NDArray[Any]) -> memoryview:
    """The elements in C order and little-endian: the array's own memory where it lies so already."""
    little = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
    return little.reshape(-1).view(np.uint8).data


def is_array(data: Buffer) -> bool:
    """Whether bytes are an array in one of the forms that `load` reads."""
    try:
        load(data)
    except DecodeError:
        return False
    return True


def load(data: Buffer) -> NDArray[Any]:
    """The array in an `.npy` file or in the compact form.

    Returns:
        A read-only view of `data` where its elements are little-endian and in C order, else a copy that is.

    Raises:
        DecodeError: no array form, a dtype that is not one of `DTYPES`, or a header that disagrees with
            the number of bytes behind it.

    >>> load(bytes.fromhex("033c69340101000000000000002a000000"))
    array([42], dtype=int32)
    """
    view = memoryview(data)
    head = parse(view)
    stored = head.dtype.newbyteorder(">") if head.swapped else head.dtype
    flat = np.frombuffer(view[head.size :], stored)
    if head.dtype.kind == "b" and flat.view(np.uint8).max(initial=0) > 1:
        raise DecodeError("a bool of an array that is neither 0 nor 1")
    array = flat.reshape(head.shape, order="F" if head.fortran else "C")
    if not head.swapped and array.flags.c_contiguous:
        array.flags.writeable = False
        return array
    return np.ascontiguousarray(array, head.dtype).reshape(head.shape)


def parse(view: memoryview) -> Head:
    """What the header of an array says, held against the number of bytes behind it.

    Raises:
        DecodeError: as `load`.
    """
    if bytes(view[:6]) == MAGIC:
        return _parse_npy(view)
    return _parse_compact(view)


def _parse_npy(view: memoryview) -> Head:
    wide = len(view) > 6 and view[6] in (2, 3)
    start = 12 if wide else 10
    if len(view) < start or view[6] not in (1, 2, 3):
        raise DecodeError("an .npy header that is cut short or of an unknown version")
    length = int.from_bytes(view[8:start], "little")
    if length > _MAX_HEADER or start + length > len(view):
        raise DecodeError(
            f"an .npy header that says it is {length} bytes long; {len(view)} are there"
        )
    name, shape, fortran = _parsed(bytes(view[start : start + length]))
    return _checked(name, shape, start + length, len(view), fortran=fortran)


@lru_cache(maxsize=1024)
def _parsed(header: bytes) -> tuple[str, tuple[int, ...], bool]:
    """The dtype, shape and order that a header states."""
    text = header.decode("latin-1")
    found = {key: pattern.search(text) for key, pattern in _KEYS.items()}
    descr, order, dims = found["descr"], found["fortran_order"], found["shape"]
    if descr is None or order is None or dims is None:
        raise DecodeError(
            f"an .npy header without a plain descr, fortran_order and shape: {text[:120]!r}"
        )
    parts = [part.strip() for part in dims[1].split(",")]
    if not all(part.isdigit() or not part for part in parts) or max(map(len, parts)) > 20:
        raise DecodeError(f"an .npy header with the shape {dims[0][:120]!r}")
    return descr[1], tuple(int(part) for part in parts if part), order[1] == "True"


def _parse_compact(view: memoryview) -> Head:
    name_end = 1 + view[0] if len(view) else 1
    if len(view) <= name_end or view[0] > 16:
        raise DecodeError("neither an .npy file nor an array with a compact header")
    name = bytes(view[1:name_end]).decode("latin-1")
    rank, start = view[name_end], name_end + 1
    data = start + 8 * rank
    if rank > _MAX_RANK or data > len(view):
        raise DecodeError(f"a compact array header of {rank} dimensions that is cut short")
    shape = struct.unpack_from(f"<{rank}q", view, start)
    return _checked(name, shape, data, len(view), fortran=False)


def _checked(name: str, shape: tuple[int, ...], size: int, length: int, *, fortran: bool) -> Head:
    """The header of `size` bytes of an array that takes `length` bytes in all."""
    head, expected = _stated(name, shape, size, fortran)
    if expected != length - size:
        raise DecodeError(
            f"{head.dtype.name}{list(shape)} takes {expected} bytes, {length - size} are there"
        )
    return head


@lru_cache(maxsize=1024)
def _stated(name: str, shape: tuple[int, ...], size: int, fortran: bool) -> tuple[Head, int]:
    """A header, and the bytes that the elements take by it."""
    dtype = _DTYPES.get(name.lstrip("<>|="))
    if dtype is None:
        raise DecodeError(f"dtype {name!r}; allowed are {', '.join(DTYPES)}")
    if len(shape) > _MAX_RANK or any(item < 0 for item in shape):
        raise DecodeError(
            f"shape {shape[: _MAX_RANK + 1]}; at most {_MAX_RANK} sizes of 0 or more are allowed"
        )
    if math.prod(item for item in shape if item) * dtype.itemsize > _MAX_SIZE:
        raise DecodeError(f"shape {shape}; no array of {dtype.name} has such sizes")
    head = Head(dtype, shape, size, name.startswith(">"), fortran)
    return head, math.prod(shape) * dtype.itemsize
