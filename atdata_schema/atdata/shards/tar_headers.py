"""The headers of many samples at once, byte for byte those of `tar.write_header`.

Digits are copied from tables, three at a time.

>>> from atdata.shards.tar import write_header
>>> names = named(["000000007"])
>>> write_headers(names, np.array([31])) == [write_header("000000007.msgpack", 31)]
True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from atdata.shards.keys import SUFFIX, counter, name_of
from atdata.shards.tar import BLOCK, write_header

__all__ = ["Names", "counted", "named", "write_headers"]

_NAME: Final = 100
_SIZE: Final = 124
_SUM: Final = 148
_WIDTH: Final = 9  # digits of a counter


class Names(NamedTuple):
    """The names of members as headers hold them.

    Attributes:
        cells: uint8[n, width], ASCII, filled up with zeros, at most 100 wide.
        sums: int64[n], what each adds to the checksum.
    """

    cells: NDArray[np.uint8]
    sums: NDArray[np.int64]

    def cut(self, begin: int, end: int) -> Names:
        """Those from one position to another."""
        return Names(self.cells[begin:end], self.sums[begin:end])


def _table(count: int, form: str) -> NDArray[np.uint8]:
    text = "".join([format(number, form) for number in range(count)])
    return np.frombuffer(text.encode("ascii"), np.uint8).reshape(count, -1)


_DECIMAL: Final = _table(1000, "03d")
_OCTAL: Final = _table(512, "03o")
_DECIMAL_SUMS: Final = _DECIMAL.sum(1, np.int64)
_OCTAL_SUMS: Final = _OCTAL.sum(1, np.int64)
_SUFFIX: Final = np.frombuffer(SUFFIX.encode("ascii"), np.uint8)
_EMPTY: Final = np.frombuffer(write_header("", 0), np.uint8)
# All bytes but the eight of the checksum, which count as spaces, and the eleven digits of the size.
_BASE: Final = int(_EMPTY.sum()) - int(_EMPTY[_SUM : _SUM + 8].sum()) + 8 * 32 - 11 * ord("0")


def named(keys: Sequence[str]) -> Names:
    """The names of samples. Keys are ASCII and at most 92 characters long."""
    names = [name_of(key).encode("ascii") for key in keys]
    width = max(map(len, names))
    cells = np.array(names, f"S{width}").view(np.uint8).reshape(len(keys), width)
    return Names(cells, cells.sum(1, np.int64))


def counted(first: int, count: int) -> Names:
    """The names of samples that are numbered."""
    if first + count > 10**_WIDTH:
        return named([counter(number) for number in range(first, first + count)])
    cells = np.empty((count, _WIDTH + len(SUFFIX)), np.uint8)
    cells[:, _WIDTH:] = _SUFFIX
    thousands, ones = np.divmod(np.arange(first, first + count, dtype=np.int64), 1000)
    millions, middle = np.divmod(thousands, 1000)
    sums = np.full(count, int(_SUFFIX.sum()))
    for column, digits in ((0, millions), (3, middle), (6, ones)):
        cells[:, column : column + 3] = _DECIMAL[digits]
        sums += _DECIMAL_SUMS[digits]
    return Names(cells, sums)


def write_headers(names: Names, sizes: NDArray[np.int64]) -> list[bytes]:
    """The header block of each sample.

    Args:
        names: of their members.
        sizes: int64[n], bytes of each payload: at most `LARGEST_MEMBER`.
    """
    blocks = np.empty((len(sizes), BLOCK), np.uint8)
    blocks[:] = _EMPTY
    blocks[:, : names.cells.shape[1]] = names.cells
    sums = names.sums + _BASE
    low, high = int(sizes.min()), int(sizes.max())
    if low == high:
        digits = np.frombuffer(b"%011o" % high, np.uint8)
        blocks[:, _SIZE : _SIZE + 11] = digits
        sums += int(digits.sum())
    else:
        _write_sizes(blocks, sums, sizes, high)
    blocks[:, _SUM : _SUM + 3] = _OCTAL[sums >> 9]
    blocks[:, _SUM + 3 : _SUM + 6] = _OCTAL[sums & 511]
    headers: list[bytes] = blocks.view(f"V{BLOCK}").ravel().tolist()
    return headers


def _write_sizes(
    blocks: NDArray[np.uint8], sums: NDArray[np.int64], sizes: NDArray[np.int64], high: int
) -> None:
    """Three octal digits at a time from the right; those that no size reaches are zeros already."""
    sums += 11 * ord("0")
    for column, shift in ((8, 0), (5, 9), (2, 18), (-1, 27)):
        if high >> shift:
            digits = sizes >> shift & 511
            skipped = max(0, -column)  # the field has eleven digits, not twelve
            begin = _SIZE + column + skipped
            blocks[:, begin : _SIZE + column + 3] = _OCTAL[digits][:, skipped:]
            sums += _OCTAL_SUMS[digits] - 3 * ord("0")
