"""Our Index's tables, in SQLite and in Redis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from atdata.index.entry import Entry, SchemaKey, ShardRecord
from atdata.index.providers.opening import open_provider
from atdata.index.providers.provider import Lease, Provider, Search
from atdata.index.providers.sqlite import SqliteProvider
from atdata.index.stored_schema import StoredSchema
from benchmarks.catalogue_tasks import Catalogue, Row

__all__ = ["OurCatalogue"]

_KEY: Final = SchemaKey("org.example.photograph", "1.0.0", "bafyrei" + "a" * 52)
_FIELDS: Final = {
    "image": {"type": "bytes", "description": "RGB pixels, channels last."},
    "name": {"type": "string", "description": "Name of the photograph's file."},
}
_DOCUMENT: Final = {
    "lexicon": 1,
    "id": _KEY.id,
    "defs": {"main": {"type": "object", "properties": _FIELDS}},
}
_SCHEMA: Final = StoredSchema(
    _KEY,
    {"id": _KEY.id, "cid": _KEY.cid, "documents": {_KEY.id: _DOCUMENT}},
    "2026-01-31T12:00:00.000000Z",
)


class OurCatalogue(Catalogue):
    """Entries with their schema, and all that `search` needs."""

    synchronous = "NORMAL"

    _provider: Provider
    _path: Path

    def empty(self, path: Path) -> None:
        self._path = path
        self.reopen()
        self._provider.entry("none")

    def reopen(self) -> None:
        self._provider = SqliteProvider(self._path)

    def add_each(self, given: Sequence[Row]) -> None:
        for entry in map(_entry, given):
            self._provider.add_entry(entry, _SCHEMA)

    def add_synced(self, given: Sequence[Row]) -> None:
        lease = Lease("0" * 32, "file:///data/store", "write", "here", 1, 0.0)
        self._provider.lease(lease)
        for entry in map(_entry, given):
            self._provider.add_entry(entry, _SCHEMA, lease.token)

    def add_all(self, given: Sequence[Row]) -> None:
        self._provider.add_entries((_entry(row), _SCHEMA) for row in given)

    def list(self) -> int:
        return sum(bool(entry.name and entry.version) for entry in self._provider.entries())

    def look_up(self, names: Iterable[str]) -> None:
        for name in names:
            if self._provider.entry(name) is None:
                raise KeyError(name)

    def search(self, texts: Iterable[str]) -> int:
        return sum(len(self._provider.search(Search(text, limit=50))) for text in texts)

    def use_redis(self, url: str, given: Sequence[Row]) -> None:
        self._provider = open_provider(f"{url}/0")
        self.add_all(given)


def _entry(row: Row) -> Entry:
    digest = row.url[-68:-4]
    shard = ShardRecord(
        f"file://{row.url}", 30_166_528, 50, digest, digest, key=f"shards/{digest}.tar"
    )
    return Entry(
        row.name,
        "1.0.0",
        _KEY,
        {"train": (shard,)},
        "2026-01-31T12:00:00.000000Z",
        "file:///data/store",
        row.description,
        "CC-BY-4.0",
        row.tags,
    )
