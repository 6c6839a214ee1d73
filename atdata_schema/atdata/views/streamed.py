"""The samples of some shards, read once through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NoReturn

from atdata.errors import OnlyStreamed
from atdata.order import Places
from atdata.views.plan import Entry, Numbers
from atdata.views.rows import Rows
from atdata.views.stored import Stored

__all__ = ["Streamed"]


class Streamed(Stored):
    """Every sample of some shards, one shard after the other; nothing is found out ahead of reading.

    How many samples there are is known where a `dataset.json` says it of every shard. Where each lies is not,
    so what asks for that is refused.
    """

    @cached_property
    def fingerprint(self) -> str:
        return self._refuse("a fingerprint, and with it a state or an order,")

    def count(self) -> int:
        known = self.known_count()
        return self._refuse("a length") if known is None else known

    def entries(self, blocks: Iterable[Numbers]) -> Iterator[Entry]:
        return self._read_on(blocks)

    def find(self, key: str) -> int:
        return self._refuse("a sample by its key")

    def key_list(self) -> list[str]:
        return self._refuse("the list of keys")

    def places(self) -> Places:
        return self._refuse("a shuffled order")

    def check_random(self) -> None:
        self._refuse("a sample by its position, or a shuffled order,")

    def rows(self) -> Rows | None:
        return None

    def rows_in_order(self) -> Rows | None:
        return super().rows()

    def _refuse(self, what: str) -> NoReturn:
        raise OnlyStreamed(
            f"{what} needs the index of every shard, which a dataset loaded with streaming=True does not "
            "make: load it without"
        )
