"""Where the samples of a grouped shard lie: the way of many headers at once, and the careful one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.grouped.scan import Group, Grouping
from atdata.shards.index.columns import Columns
from atdata.shards.index.scan import Headers, plain_headers
from atdata.shards.member_names import key_and_extension
from atdata.shards.scan import Member
from atdata.shards.tar import BLOCK

__all__ = ["groups_of"]

_NAME: Final = 100  # bytes of a name in a header
_ODD: Final = re.compile(r"[\x00-\x1f\x7f]|\.\.| /|/ ")  # names are joined by spaces


def groups_of(flat: NDArray[np.uint8]) -> Iterator[Group] | None:
    """Every sample of a mapped archive, as `scan_groups` finds them; `None` where the archive is not plain.

    Args:
        flat: uint8[bytes], the whole archive.

    Raises:
        TarFault: from the iterator: the members are no samples.
    """
    plain = plain_headers(flat, _read_names)
    return None if plain is None else _groups(plain)


def _groups(plain: Headers[list[str]]) -> Iterator[Group]:
    grouping = Grouping()
    names = (name for part in plain.names for name in part)
    offsets = ((plain.own + 1) * BLOCK).tolist()
    for name, offset, size in zip(names, offsets, plain.sizes.tolist(), strict=True):
        found = key_and_extension(name)
        done = None if found is None else grouping.add(Member(name, offset, size), *found)
        if done is not None:
            yield done
    last = grouping.last()
    if last is not None:
        yield last


def _read_names(rows: NDArray[np.uint8], table: Columns) -> list[str] | None:
    """The names in headers; `None` where one is more than printable ASCII, or of a file that is no sample's."""
    raw: list[bytes] = np.ascontiguousarray(rows[:, :_NAME]).view(f"S{_NAME}").ravel().tolist()
    try:
        text = b" ".join(raw).decode("ascii")
    except UnicodeDecodeError:
        return None
    # Folders, names that lead elsewhere, and notes named `__like_this__` go to the careful scanner.
    if _ODD.search(f" {text} ") or not all(raw) or b"__" in {name[:2] for name in raw}:
        return None
    return [name.decode("ascii") for name in raw]
