"""The type bytes of msgpack as tables.

Source: the MessagePack specification, https://github.com/msgpack/msgpack/blob/master/spec.md.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BIN",
    "BOOL",
    "FLOAT",
    "HEAD",
    "INT",
    "KIND",
    "LENGTH",
    "NIL",
    "OTHER",
    "STR",
    "WIDTH",
    "are_short",
]

OTHER, NIL, BOOL, INT, FLOAT, STR, BIN = range(7)
"""What a type byte says of a value; `OTHER` is a list, a map or an extension."""

_ROWS: Final = (
    # first, last, kind, bytes of header, bytes of the length in it, bytes of a fixed payload
    (0x00, 0x7F, INT, 1, 0, 0),
    (0xA0, 0xBF, STR, 1, 0, 0),
    (0xC0, 0xC0, NIL, 1, 0, 0),
    (0xC2, 0xC3, BOOL, 1, 0, 0),
    (0xC4, 0xC4, BIN, 2, 1, 0),
    (0xC5, 0xC5, BIN, 3, 2, 0),
    (0xC6, 0xC6, BIN, 5, 4, 0),
    (0xCA, 0xCA, FLOAT, 1, 0, 4),
    (0xCB, 0xCB, FLOAT, 1, 0, 8),
    (0xCC, 0xCC, INT, 1, 0, 1),
    (0xCD, 0xCD, INT, 1, 0, 2),
    (0xCE, 0xCE, INT, 1, 0, 4),
    (0xCF, 0xCF, INT, 1, 0, 8),
    (0xD0, 0xD0, INT, 1, 0, 1),
    (0xD1, 0xD1, INT, 1, 0, 2),
    (0xD2, 0xD2, INT, 1, 0, 4),
    (0xD3, 0xD3, INT, 1, 0, 8),
    (0xD9, 0xD9, STR, 2, 1, 0),
    (0xDA, 0xDA, STR, 3, 2, 0),
    (0xDB, 0xDB, STR, 5, 4, 0),
    (0xE0, 0xFF, INT, 1, 0, 0),
)


def _table(column: int) -> NDArray[np.int64]:
    table = np.zeros(256, np.int64)
    for row in _ROWS:
        table[row[0] : row[1] + 1] = row[column]
    return table


KIND: Final = _table(2)
"""Kind of value, by type byte."""
HEAD: Final = _table(3)
"""Bytes from the type byte to the payload, by type byte."""
LENGTH: Final = _table(4)
"""Bytes of big-endian length behind the type byte, by type byte."""
WIDTH: Final = _table(5)
"""Bytes of payload where the type byte fixes them, by type byte; short texts have theirs in it."""
WIDTH[0xA0:0xC0] = np.arange(32)


def are_short(found: NDArray[np.uint8]) -> bool:
    """Whether all are type bytes of texts of at most 31 bytes, whose low five bits say how many."""
    return bool((found & 0xE0 == 0xA0).all())
