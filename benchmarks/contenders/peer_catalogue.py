"""The index of forecast-bio/atdata 0.7, in an environment of its own.

Datasets are added as its Index does it, an entry and its label, without what that does besides; they are
listed, found and searched for by its Index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from atdata.providers import create_provider

from atdata.index import Index, LocalDatasetEntry
from benchmarks.catalogue_tasks import Catalogue, Row

__all__ = ["PeerCatalogue"]


class PeerCatalogue(Catalogue):
    """Description and tags are what it calls metadata; it stores no schema here."""

    synchronous = "FULL"

    _provider: Any
    _index: Any
    _path: Path

    def empty(self, path: Path) -> None:
        self._path = path
        self.reopen()

    def reopen(self) -> None:
        self._use(create_provider("sqlite", path=self._path))

    def add_each(self, given: Sequence[Row]) -> None:
        for row in given:
            metadata = {"description": row.description, "tags": list(row.tags)}
            entry = LocalDatasetEntry(
                name=row.name,
                schema_ref="atdata://local/schema/Photograph@1.0.0",
                data_urls=[row.url],
                metadata=metadata,
            )
            self._provider.store_entry(entry)
            self._provider.store_label(row.name, entry.cid, "1.0.0")

    def add_all(self, given: Sequence[Row]) -> None:
        self.add_each(given)

    def list(self) -> int:
        return len(self._index.list_entries())

    def look_up(self, names: Iterable[str]) -> None:
        for name in names:
            self._index.get_entry_by_name(name)

    def search(self, texts: Iterable[str]) -> int:
        return sum(
            len(self._index.search(text, include_atmosphere=False, limit=50).items)
            for text in texts
        )

    def use_redis(self, url: str, given: Sequence[Row]) -> None:
        import redis

        self._use(create_provider("redis", redis=redis.Redis.from_url(f"{url}/1")))
        self.add_each(given)

    def _use(self, provider: Any) -> None:
        self._provider = provider
        self._index = Index(provider=provider, atmosphere=None)
