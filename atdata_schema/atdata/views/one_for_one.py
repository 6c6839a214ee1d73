"""Plans whose samples are made of another's, one for one."""

from __future__ import annotations

from atdata.order import Places
from atdata.shards.index.blocks import Verify
from atdata.shards.reader import ShardFile
from atdata.views.plan import Numbers, Plan

__all__ = ["OneForOne"]


class OneForOne(Plan):
    """A sample for each of another plan, under its number and key: all but the samples is the other's."""

    def __init__(self, base: Plan) -> None:
        self._base = base

    def count(self) -> int:
        return self._base.count()

    def known_count(self) -> int | None:
        return self._base.known_count()

    def is_empty(self) -> bool:
        return self._base.is_empty()

    def find(self, key: str) -> int:
        return self._base.find(key)

    def key_list(self) -> list[str]:
        return self._base.key_list()

    def places(self) -> Places:
        return self._base.places()

    def files(self) -> tuple[ShardFile, ...]:
        return self._base.files()

    @property
    def verify(self) -> Verify:
        return self._base.verify

    def check_random(self) -> None:
        self._base.check_random()

    def flat(self) -> tuple[Plan, Numbers | None]:
        return self._base.flat()
