"""Numbers, bytes and arrays of many rows, from where `walk` found them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar import codes
from atdata.shards.columnar.texts import present
from atdata.shards.columnar.walk import Irregular, Span
from atdata.shards.columnar.windows import Places, window

__all__ = ["listed", "numbers", "payloads"]

_LEAST: Final = (
    -32
)  # the least integer that is its own type byte, and how many negative ones there are


def listed(
    column: NDArray[Any] | list[Any], valid: NDArray[np.bool_] | None, begin: int, end: int
) -> list[Any]:
    """Some rows of a column as a list of its own.

    Args:
        column: numbers, or a list in which what is missing is `None` already.
        valid: bool[rows], which numbers there are; `None` is all.
        begin: the first row.
        end: the one after the last.
    """
    part = column[begin:end]
    if isinstance(part, list):
        return part
    found: list[Any] = part.tolist()
    if valid is not None:
        for row in np.flatnonzero(~valid[begin:end]).tolist():
            found[row] = None
    return found


def numbers(
    flat: NDArray[np.uint8], span: Span, kind: int, dtype: type[np.generic]
) -> NDArray[Any]:
    """The integers, floats or booleans of a field: `dtype`[rows], 0 where a value is null.

    Args:
        flat: the bytes that the rows lie in.
        span: where the field lies.
        kind: `codes.INT`, `codes.FLOAT` or `codes.BOOL`.
        dtype: of the result.

    Raises:
        Irregular: a value is of another kind, or too large.
    """
    if isinstance(span.code, int):
        return _decoded(flat, span.code, span.at, kind, dtype)
    out, found = np.zeros(len(span.at), dtype), np.bincount(span.code, minlength=256)
    if kind != codes.BOOL:
        # Small integers are their own type bytes, and there may be many.
        own = span.code.view(np.int8)
        small = own >= _LEAST
        out[small] = own[small]
        found[:0x80] = found[_LEAST:] = 0
    for code in np.flatnonzero(found).tolist():
        if code != 0xC0:
            chosen = span.code == code
            places = Places(span.at.at[chosen], None)
            out[chosen] = _decoded(flat, code, places, kind, dtype)
    return out


def _decoded(
    flat: NDArray[np.uint8], code: int, at: Places, kind: int, dtype: type[np.generic]
) -> NDArray[Any]:
    found = int(codes.KIND[code])
    if found != kind and not (kind == codes.FLOAT and found == codes.INT):
        raise Irregular
    if kind == codes.BOOL:
        return np.full(len(at), code == 0xC3, np.bool_)
    width = int(codes.WIDTH[code])
    if not width:
        return np.full(len(at), code if code < 0x80 else code - 256, dtype)
    values = _values(flat, at, np.dtype(_FORMS[code]))
    if code == 0xCF and len(values) and int(values.max()) >= 1 << 63:
        raise Irregular
    return _narrowed(values) if dtype is np.float32 and code != 0xCA else values.astype(dtype)


def _narrowed(values: NDArray[Any]) -> NDArray[np.float32]:
    """Numbers rounded to 32 bits as the codec does it, which refuses those beyond the largest."""
    wide = values.astype(np.float64)
    with np.errstate(over="ignore"):
        found = wide.astype(np.float32)
    if (np.isinf(found) & ~np.isinf(wide)).any():
        raise Irregular
    return found


def _values(flat: NDArray[np.uint8], at: Places, form: np.dtype[Any]) -> NDArray[Any]:
    """The number at each position, as it is stored."""
    if at.stride is not None:
        return np.ndarray((len(at),), form, flat.data, at.first, (at.stride,))
    return window(flat, at, form.itemsize).view(form).reshape(len(at))


_FORMS: Final = {
    0xCA: ">f4",
    0xCB: ">f8",
    0xCC: "u1",
    0xCD: ">u2",
    0xCE: ">u4",
    0xCF: ">u8",
    0xD0: "i1",
    0xD1: ">i2",
    0xD2: ">i4",
    0xD3: ">i8",
}


def payloads(flat: NDArray[np.uint8], span: Span) -> list[bytes | None]:
    """The bytes of a binary field, `None` where a value is null.

    Raises:
        Irregular: a value is not binary.
    """
    kinds = codes.KIND[span.code]
    if not ((kinds == codes.BIN) | (kinds == codes.NIL)).all():
        raise Irregular
    count = len(span.at)
    view = flat.data
    sizes = np.broadcast_to(np.asarray(span.size, np.int64), (count,)).tolist()
    found: list[bytes | None] = [
        bytes(view[begin : begin + size])
        for begin, size in zip(span.at.at.tolist(), sizes, strict=True)
    ]
    valid = present(span, count)
    if valid is not None:
        for index in np.flatnonzero(~valid).tolist():
            found[index] = None
    return found
