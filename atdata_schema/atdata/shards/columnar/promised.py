"""Rows whose bytes are to be had when they are asked for, or are being fetched already."""

from __future__ import annotations

from collections.abc import Callable

from atdata.shards.columnar.rows import Held, Located

__all__ = ["Promised"]


class Promised:
    """Rows, and what holds them.

    Args:
        rows: the rows.
        hold: gives their bytes, or raises what keeps them from being had.
    """

    __slots__ = ("_hold", "rows")

    def __init__(self, rows: Located, hold: Callable[[], Held]) -> None:
        self.rows = rows
        self._hold = hold

    def held(self) -> Held:
        """The bytes of the rows.

        Raises:
            ShardError, SourceError, DatasetNotFound: as `Contents.hold`.
        """
        return self._hold()
