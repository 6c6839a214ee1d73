"""The fields of some rows as columns: found by walking all rows at once, or by decoding each."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar import codes
from atdata.shards.columnar.columns import numbers
from atdata.shards.columnar.texts import present
from atdata.shards.columnar.walk import Irregular, Span, walk
from atdata.shards.columnar.windows import Places

__all__ = ["Piece", "decoded_pieces", "walked_pieces"]

_DTYPES: Final[dict[str, Any]] = {
    "integer": np.int64,
    "float64": np.float64,
    "float32": np.float32,
    "boolean": np.bool_,
}
_CLASSES: Final = {int: "integer", float: "float64", bool: "boolean", str: "text"}
_DECODER: Final = msgspec.msgpack.Decoder(dict[str, Any])
_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1


class Piece(NamedTuple):
    """One field of some rows.

    Attributes:
        kind: as in the column file; `None` where no row has a value.
        values: [n], the numbers, 0 where there is none; of texts int64[n], their bytes.
        text: the texts in UTF-8, nothing between.
        valid: bool[n], which rows have a value.
    """

    kind: str | None
    values: NDArray[Any]
    text: bytes
    valid: NDArray[np.bool_]


def walked_pieces(
    flat: NDArray[np.uint8], rows: NDArray[np.int64], sizes: NDArray[np.int64]
) -> dict[str, Piece]:
    """The fields of rows that are laid out alike.

    Raises:
        Irregular: they are not.
    """
    spans = walk(flat, Places.of(rows), sizes, lambda name, payload: 0).spans
    found: dict[str, Piece] = {}
    for name, span in spans.items():
        piece = _piece(flat, span, len(rows))
        if piece is not None:
            found[name] = piece
    return found


def _piece(flat: NDArray[np.uint8], span: Span, count: int) -> Piece | None:
    missing = present(span, count)
    valid = np.ones(count, np.bool_) if missing is None else missing
    kind = _kind_of(span)
    if kind == "nothing":
        return Piece(None, np.zeros(count, np.int64), b"", valid)
    if kind is None:
        return None
    if kind == "text":
        return _texts(flat, span, valid)
    code = {"integer": codes.INT, "boolean": codes.BOOL}.get(kind, codes.FLOAT)
    try:
        values = numbers(flat, span, code, _DTYPES[kind])
    except Irregular:  # an integer above 2^63 - 1
        return None
    return Piece(kind, values, b"", valid)


def _kind_of(span: Span) -> str | None:
    """The kind that all values have, `"nothing"` where there is none, `None` where they differ."""
    found = np.unique(np.asarray(span.code))
    kinds = set(codes.KIND[found].tolist()) - {codes.NIL}
    if len(kinds) != 1:
        return None if kinds else "nothing"
    kind = kinds.pop()
    if kind == codes.FLOAT:
        widths = {0xCA: "float32", 0xCB: "float64"}
        wide = {widths[code] for code in found.tolist() if code in widths}
        return wide.pop() if len(wide) == 1 else None
    return {codes.INT: "integer", codes.BOOL: "boolean", codes.STR: "text"}.get(kind)


def _texts(flat: NDArray[np.uint8], span: Span, valid: NDArray[np.bool_]) -> Piece | None:
    count = len(valid)
    lengths = np.where(valid, np.broadcast_to(np.asarray(span.size, np.int64), (count,)), 0)
    ends = np.cumsum(lengths)
    total = int(ends[-1])
    # Where each byte of the result lies: the begin of its text, and how far it is into that.
    places = np.repeat(span.at.at - (ends - lengths), lengths) + np.arange(total)
    text = flat[places].tobytes()
    begins = flat[span.at.at[lengths > 0]]
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError:
            return None
        if ((begins & 0xC0) == 0x80).any():
            return None
    return Piece("text", lengths, text, valid)


def decoded_pieces(
    flat: NDArray[np.uint8], rows: NDArray[np.int64], sizes: NDArray[np.int64]
) -> dict[str, Piece]:
    """The fields of any rows; none where one of them is no sample."""
    decode = _DECODER.decode
    view = flat.data
    found: list[dict[str, Any]] = []
    for begin, size in zip(rows.tolist(), sizes.tolist(), strict=True):
        try:
            found.append(decode(view[begin : begin + size]))
        except (ValueError, RecursionError, MemoryError):  # msgspec's errors are ValueErrors
            return {}
    pieces: dict[str, Piece] = {}
    for name in found[0]:
        piece = _of_values([row.get(name, ...) for row in found])
        if piece is not None:
            pieces[name] = piece
    return pieces


def _of_values(values: list[Any]) -> Piece | None:
    """Decoded values as a column; a row without the field has `...`."""
    valid = np.fromiter((value is not None for value in values), np.bool_, len(values))
    classes = {type(value) for value in values} - {type(None)}
    if not classes:
        return Piece(None, np.zeros(len(values), np.int64), b"", valid)
    kind = _CLASSES.get(classes.pop())
    if classes or kind is None:
        return None
    if kind == "text":
        texts = [b"" if value is None else value.encode() for value in values]
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        return Piece(kind, lengths, b"".join(texts), valid)
    plain = [0 if value is None else value for value in values]
    if kind == "integer" and not _LOWEST <= min(plain) <= max(plain) <= _HIGHEST:
        return None
    return Piece(kind, np.array(plain, _DTYPES[kind]), b"", valid)
