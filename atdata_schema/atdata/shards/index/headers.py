"""Many tar headers verified at once.

What is not of the plain form that tar writers give to regular files is left to the careful scanner; nothing
is refused here.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.index.columns import Columns, Numbers

__all__ = ["PAX", "octal", "read_sizes"]

PAX: Final = ord("x")
"""The kind of a header whose content describes the next member."""

_MAGIC: Final = b"ustar"
_SIZE: Final = (124, 136)
_SUM: Final = (148, 156)
_FRONT: Final = 345  # the front part of a long path


def read_sizes(table: Columns, kinds: bytes) -> Numbers | None:
    """The sizes in headers, after a look at kind, magic and checksum; `None` where one is not plain."""
    sizes, said = octal(table, *_SIZE, 11), octal(table, *_SUM, 6)
    if sizes is None or said is None:
        return None
    # The checksum counts its own eight bytes as spaces.
    sums = table.sums(slice(0, _SUM[0])) + table.sums(slice(_SUM[1], 512)) + 8 * 32
    plain = (
        table.first[257:262] == _MAGIC
        and not table.differ(257, 262)
        and table.first[156] in kinds
        and not table.differ(156, 157)
        and table.greatest[_FRONT] == 0
        and np.all(sums == said)
    )
    return sizes if plain else None


def octal(table: Columns, begin: int, end: int, count: int) -> Numbers | None:
    """Numbers of exactly `count` octal digits, closed by spaces or zero bytes; `None` for any other form."""
    ends = range(begin + count, end)
    if any(table.first[place] not in b"\0 " or place in table.places for place in ends):
        return None
    return table.number(begin, begin + count, 8)


def as_array(numbers: Numbers, count: int) -> NDArray[np.int64]:
    """Numbers of rows, also where all are equal."""
    return np.full(count, numbers, np.int64) if isinstance(numbers, int) else numbers
