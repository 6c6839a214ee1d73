"""Samples as another class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from atdata.order import Places
from atdata.shards.reader import ShardFile
from atdata.views.faces import Face, Renamed, Reread
from atdata.views.plan import Entry, Numbers, Plan
from atdata.views.rows import Rows

__all__ = ["Shown"]


class Shown(Plan):
    """The samples of a plan, each made one of another class."""

    def __init__(self, base: Plan, face: Face) -> None:
        self._base = base
        self._face = face
        self.calls = base.calls

    @property
    def sample_type(self) -> type[Any]:
        return self._face.cls

    def count(self) -> int:
        return self._base.count()

    def known_count(self) -> int | None:
        return self._base.known_count()

    def is_empty(self) -> bool:
        return self._base.is_empty()

    def stream(self) -> Iterator[Entry]:
        show = self._face.sample
        return ((key, show(sample)) for key, sample in self._base.stream())

    def entries(self, blocks: Iterable[Numbers]) -> Iterator[Entry]:
        show = self._face.sample
        return ((key, show(sample)) for key, sample in self._base.entries(blocks))

    def sample(self, number: int) -> Any:
        return self._face.sample(self._base.sample(number))

    def find(self, key: str) -> int:
        return self._base.find(key)

    def key_list(self) -> list[str]:
        return self._base.key_list()

    def places(self) -> Places:
        return self._base.places()

    def files(self) -> tuple[ShardFile, ...]:
        return self._base.files()

    def steps(self) -> tuple[str, ...]:
        return (*self._base.steps(), *filter(None, [str(self._face)]))

    def check_random(self) -> None:
        self._base.check_random()

    def rows(self) -> Rows | None:
        rows = self._base.rows()
        return None if rows is None else rows.shown(self._face)

    def flat(self) -> tuple[Plan, Numbers | None]:
        return self._base.flat()

    def as_class(self, cls: type[Any]) -> Plan:
        face = self._face
        if isinstance(face, Renamed) and (narrower := face.narrowed(cls)) is not None:
            return Shown(self._base, narrower)
        return Shown(self, Reread(cls))
