"""Numbers, texts and arrays of many rows, from where `walk` found them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar import codes
from atdata.shards.columnar.copying import copy_rows
from atdata.shards.columnar.walk import Irregular, Span
from atdata.shards.columnar.windows import Places, window

__all__ = ["Texts", "cut_texts", "listed", "numbers", "payloads", "present", "rows_into"]

_WIDE: Final = 1 << 16  # rows from here on are copied one by one
_MAX_TEXT: Final = 512  # longer texts are sliced one by one


def present(span: Span, count: int) -> NDArray[np.bool_] | None:
    """Which rows have a value that is not null: bool[rows], `None` where all have."""
    if isinstance(span.code, int):
        return np.zeros(count, np.bool_) if span.code == 0xC0 else None
    valid = span.code != 0xC0
    return None if bool(valid.all()) else valid


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
    out = np.zeros(len(span.at), dtype)
    for code in np.unique(span.code).tolist():
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
        return np.ndarray((len(at),), form, flat.data, int(at.at[0]), (at.stride,))
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


class Texts:
    """The texts of a field: their bytes at once, the texts when they are asked for.

    Raises:
        Irregular: a value is no text, or not UTF-8.
    """

    __slots__ = ("_found", "_joined", "_missing", "_sizes")

    def __init__(self, flat: NDArray[np.uint8], span: Span) -> None:
        kinds = codes.KIND[span.code]
        if not ((kinds == codes.STR) | (kinds == codes.NIL)).all():
            raise Irregular
        count = len(span.at)
        sizes = np.broadcast_to(np.asarray(span.size, np.int64), (count,))
        valid = present(span, count)
        self._missing: list[int] = [] if valid is None else np.flatnonzero(~valid).tolist()
        self._found: list[Any] | None = None
        widest = int(sizes.max())
        self._joined = b""
        if widest < _MAX_TEXT and int(span.at.at.max()) + widest < len(flat):
            self._joined = _joined(flat, span.at, sizes, widest)
            if self._joined.count(0) != count:
                self._found = _sliced(flat, span.at, sizes)
            elif not self._joined.isascii():
                self._found = self._split()
        else:
            self._found = _sliced(flat, span.at, sizes)

    def values(self) -> list[Any]:
        """The texts, `None` where a value is null."""
        if self._found is None:
            self._found = self._split()
        if self._missing:
            for index in self._missing:
                self._found[index] = None
            self._missing = []
        return self._found

    def _split(self) -> list[Any]:
        try:
            found: list[Any] = self._joined.decode().split("\0")
        except UnicodeDecodeError:
            raise Irregular from None
        found.pop()
        return found


def cut_texts(flat: NDArray[np.uint8], at: Places, sizes: NDArray[np.int64]) -> list[str]:
    """Texts known to be UTF-8, by where each begins and its bytes; a byte at least follows each.

    Args:
        flat: the bytes that they lie in.
        at: where each begins.
        sizes: int64[texts], bytes of each.
    """
    widest = int(sizes.max(initial=0))
    if widest < _MAX_TEXT and int(at.at.max(initial=0)) + widest < len(flat):
        joined = _joined(flat, at, sizes, widest)
        if joined.count(0) == len(at):
            found = joined.decode().split("\0")
            found.pop()
            return found
    return _sliced(flat, at, sizes)


def _joined(flat: NDArray[np.uint8], at: Places, sizes: NDArray[np.int64], widest: int) -> bytes:
    """All texts one behind the other, each followed by a NUL."""
    found = window(flat, at, widest + 1)
    cells = found if at.stride is None else found.copy()
    if int(sizes.min()) == widest:
        cells[:, widest] = 0
        return cells.tobytes()
    cells[np.arange(len(at)), sizes] = 0
    return cells[np.arange(widest + 1) <= sizes[:, None]].tobytes()


def _sliced(flat: NDArray[np.uint8], at: Places, sizes: NDArray[np.int64]) -> list[Any]:
    view = flat.data
    pairs = zip(at.at.tolist(), sizes.tolist(), strict=True)
    try:
        return [str(view[begin : begin + size], "utf-8") for begin, size in pairs]
    except UnicodeDecodeError:
        raise Irregular from None


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


def rows_into(
    flat: NDArray[np.uint8], at: Places, width: int, take: Callable[[int], NDArray[Any]]
) -> NDArray[np.uint8]:
    """The bytes from each position on, copied once: uint8[rows, width].

    Args:
        flat: the bytes that the rows lie in.
        at: where each stretch begins.
        width: bytes of each.
        take: gives a buffer of so many bytes.
    """
    count = len(at)
    if at.stride is None and width < _WIDE:
        return window(flat, at, width)  # a gather, which makes an array of its own
    out = take(count * width).reshape(count, width)
    copy_rows(flat, at, out)
    return out
