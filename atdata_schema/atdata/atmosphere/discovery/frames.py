"""Messages of a firehose: two values of DAG-CBOR in one binary frame, a header and a body.

Source: the event-stream page of the AT Protocol specification.
"""

from __future__ import annotations

from typing import Final

from atdata.errors import SourceError
from atdata_schema.data import Value, from_cbor
from atdata_schema.errors import DataError
from atdata_schema.syntax.quoting import quoted

__all__ = ["LARGEST_FRAME", "StreamRefused", "read_frame"]

LARGEST_FRAME: Final = 5 << 20
"""Bytes of a frame, by the protocol."""

_LONGEST_HEADER: Final = 4096
_MOST_ITEMS: Final = 64
_WIDTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}


class StreamRefused(SourceError):
    """A server that does not go on, and says why: `name` is what it calls that."""

    def __init__(self, message: str, name: str | None = None) -> None:
        super().__init__(message)
        self.name = name


def read_frame(data: bytes) -> tuple[str, dict[str, Value]]:
    """The kind of a message, such as `#commit`, and its body.

    Raises:
        DataError: it is no frame.
        StreamRefused: the server says that it does not go on.

    >>> from atdata_schema.data import to_cbor
    >>> read_frame(to_cbor({"op": 1, "t": "#info"}) + to_cbor({"name": "OutdatedCursor"}))
    ('#info', {'name': 'OutdatedCursor'})
    """
    if len(data) > LARGEST_FRAME:
        raise DataError(f"a frame has at most {LARGEST_FRAME} bytes, not {len(data)}")
    end = _end(data)
    header, body = from_cbor(data[:end]), from_cbor(data[end:])
    if not isinstance(header, dict) or not isinstance(body, dict):
        raise DataError("a frame is a header and a body, both maps")
    if header.get("op") == -1:
        name, text = body.get("error"), body.get("message")
        said = quoted(text) if isinstance(text, str) else "no reason"
        raise StreamRefused(
            f"the server ends the stream: {quoted(str(name))}, {said}",
            name if isinstance(name, str) else None,
        )
    kind = header.get("t")
    if header.get("op") != 1 or not isinstance(kind, str):
        raise DataError("the header of a frame has 'op' 1 and a kind 't', or 'op' -1")
    return kind, body


def _end(data: bytes) -> int:
    """Where the first value ends. Lengths are not believed: what is skipped has to be there."""
    at, items, left = 0, 0, 1
    while left:
        items += 1
        if items > _MOST_ITEMS or at >= min(len(data), _LONGEST_HEADER):
            raise DataError("a frame begins with a header, and this one does not")
        major, info = data[at] >> 5, data[at] & 0x1F
        at += 1
        number = info
        if info in _WIDTHS:
            number = int.from_bytes(data[at : at + _WIDTHS[info]], "big")
            at += _WIDTHS[info]
        elif info > 27:
            raise DataError("the lengths in the header of a frame are definite")
        left -= 1
        if major in (2, 3):
            at += number
        elif major in (4, 5, 6):
            left += {4: number, 5: 2 * number, 6: 1}[major]
    if at > min(len(data), _LONGEST_HEADER):
        raise DataError("the header of a frame is longer than it may be")
    return at
