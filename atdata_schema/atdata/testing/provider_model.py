"""A provider in plain dicts: what every provider does, said in the fewest words, to hold others against."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from atdata.errors import EntryExists, EntryNotFound, LeaseLost, SchemaConflict
from atdata.index.entry import Entry
from atdata.index.providers.provider import Label, Lease, Provider, Search
from atdata.index.providers.rows import fields_of
from atdata.index.stored_lens import StoredLens
from atdata.index.stored_schema import StoredSchema
from atdata.index.versions import Version
from atdata.words import parts_of, words_of

__all__ = ["ModelProvider"]


class ModelProvider(Provider):
    """An Index that lasts as long as the object, for one thread."""

    def __init__(self) -> None:
        self.url = "model://"
        self._schemas: dict[tuple[str, str], StoredSchema] = {}
        self._entries: dict[str, dict[str, Entry]] = {}
        self._lenses: dict[str, StoredLens] = {}
        self._labels: dict[str, Label] = {}
        self._leases: dict[str, Lease] = {}
        self._claims: set[tuple[str, str]] = set()
        self._condemned: dict[str, str] = {}

    def identity(self) -> str:
        return f"model {id(self)}"

    # Schemas.

    def add_schema(self, schema: StoredSchema) -> None:
        stored = self._schemas.setdefault((schema.key.id, schema.key.version), schema)
        if stored.key.cid != schema.key.cid:
            raise SchemaConflict("another type")

    def schema(self, id: str, version: str | None = None) -> StoredSchema | None:
        found = {at: stored for (nsid, at), stored in self._schemas.items() if nsid == id}
        return found.get(version or _latest(found))

    def schemas(self) -> Iterator[StoredSchema]:
        for _, stored in sorted(
            self._schemas.items(), key=lambda item: (item[0][0], Version.of(item[0][1]))
        ):
            yield stored

    # Entries.

    def add_entries(
        self, items: Iterable[tuple[Entry, StoredSchema]], lease: str | None = None
    ) -> None:
        before = dict(self._schemas), {name: dict(of) for name, of in self._entries.items()}
        try:
            if lease is not None:
                self._hold(lease)
            self._add(list(items))
        except Exception:
            self._schemas, self._entries = before
            raise
        self._claims = {claim for claim in self._claims if claim[1] != lease}

    def _add(self, items: list[tuple[Entry, StoredSchema]]) -> None:
        needed = {digest for entry, _ in items for digest in _digests(entry, kept=True)}
        if needed & self._condemned.keys():
            raise LeaseLost("being deleted")
        for _, schema in items:
            self.add_schema(schema)
        for entry, _ in items:
            versions = self._entries.setdefault(entry.name, {})
            if entry.version in versions:
                raise EntryExists("there")
            versions[entry.version] = entry

    def entry(self, name: str, version: str | None = None) -> Entry | None:
        found = self._entries.get(name, {})
        return found.get(version or _latest(found))

    def versions(self, name: str) -> list[str]:
        return sorted(self._entries.get(name, {}), key=Version.of)

    def entries(self, *, latest: bool = True) -> Iterator[Entry]:
        for name, found in sorted(self._entries.items()):
            for version in [_latest(found)] if latest and found else self.versions(name):
                yield found[version]

    def delete(self, name: str, version: str | None = None) -> list[Entry]:
        found = self._entries.get(name, {})
        gone = [found.pop(at) for at in self.versions(name) if version in (None, at)]
        if not found:
            self._entries.pop(name, None)
        for label in list(self._labels.values()):
            if self.entry(label.name, label.version) is None:
                del self._labels[label.label]
        return gone

    def search(self, query: Search) -> list[Entry]:
        words = words_of(query.text)
        if query.text.strip() and not words:
            return []
        found: list[tuple[int, Entry]] = []
        for entry in self.entries():
            schema = self._schemas[entry.schema.id, entry.schema.version]
            place = _place(entry, schema, words)
            if (
                place is not None
                and set(query.tags) <= set(entry.tags)
                and (query.field is None or query.field in fields_of(schema.schema))
                and query.schema in (None, entry.schema.id)
            ):
                found.append((place, entry))
        found.sort(key=lambda item: item[1].name)
        found.sort(key=lambda item: item[1].created, reverse=True)
        found.sort(key=lambda item: item[0])
        return [entry for _, entry in found][: query.limit]

    # Lenses.

    def add_lens(self, lens: StoredLens) -> None:
        if self._lenses.setdefault(lens.name, lens).cid != lens.cid:
            raise EntryExists("another lens")

    def lens(self, name: str) -> StoredLens | None:
        return self._lenses.get(name)

    def lenses(
        self, *, source: str | None = None, view: str | None = None, cid: str | None = None
    ) -> Iterator[StoredLens]:
        for _, lens in sorted(self._lenses.items()):
            found = (lens.source["cid"], lens.view["cid"], lens.cid)
            asked = zip((source, view, cid), found, strict=True)
            if all(wanted in (None, given) for wanted, given in asked):
                yield lens

    def delete_lens(self, name: str) -> bool:
        return self._lenses.pop(name, None) is not None

    # Labels.

    def set_label(self, label: Label) -> None:
        if self.entry(label.name, label.version) is None:
            raise EntryNotFound("nothing there")
        self._labels[label.label] = label

    def label(self, label: str) -> Label | None:
        return self._labels.get(label)

    def labels(self, name: str | None = None) -> list[Label]:
        return [
            self._labels[at] for at in sorted(self._labels) if name in (None, self._labels[at].name)
        ]

    def delete_label(self, label: str) -> bool:
        return self._labels.pop(label, None) is not None

    # What keeps writers and collectors apart.

    def lease(self, lease: Lease) -> None:
        self._leases[lease.token] = replace(lease, renewed=time.time())

    def renew(self, token: str) -> bool:
        if token not in self._leases:
            return False
        self.lease(self._leases[token])
        return True

    def release(self, token: str) -> None:
        self._leases.pop(token, None)
        self._claims = {claim for claim in self._claims if claim[1] != token}
        self._condemned = {at: of for at, of in self._condemned.items() if of != token}

    def leases(self, store: str) -> list[tuple[Lease, float]]:
        now = time.time()
        return [(held, now - held.renewed) for held in self._leases.values() if held.store == store]

    def claim(self, token: str, digests: Iterable[str]) -> list[str]:
        self._hold(token)
        asked = sorted(set(digests))
        self._claims |= {(digest, token) for digest in asked if digest not in self._condemned}
        return [digest for digest in asked if digest in self._condemned]

    def condemn(self, token: str, digests: Iterable[str]) -> list[str]:
        self._hold(token)
        needed = {digest for digest, _ in self._claims}
        needed |= {digest for entry in self.entries(latest=False) for digest in _digests(entry)}
        asked = sorted(set(digests))
        for digest in asked:
            if digest not in needed:
                self._condemned.setdefault(digest, token)
        return [digest for digest in asked if self._condemned.get(digest) == token]

    def absolve(self, token: str, digests: Iterable[str]) -> None:
        for digest in set(digests):
            if self._condemned.get(digest) == token:
                del self._condemned[digest]

    def _hold(self, token: str) -> None:
        if token not in self._leases:
            raise LeaseLost("not there")

    # The database.

    def close(self) -> None:
        """Nothing is open."""


def _latest(versions: Iterable[str]) -> str:
    """The latest version: the last release, or the last pre-release where there is no release."""
    parsed = [Version.of(version) for version in versions]
    return str(max(parsed, key=lambda version: (not version.pre, version), default=""))


def _place(entry: Entry, schema: StoredSchema, words: list[str]) -> int | None:
    """How far one has to look to find all words: in the name, the tags, the type, all descriptions."""
    fields = fields_of(schema.schema)
    places: list[list[str]] = [
        [*parts_of(entry.name)],
        [word for tag in entry.tags for word in parts_of(tag)],
        [word for name in (entry.schema.id, *fields) for word in parts_of(name)],
        [word for text in (entry.description or "", *fields.values()) for word in words_of(text)],
    ]
    worst = 0
    for word in words:
        there = [at for at, known in enumerate(places) if any(k.startswith(word) for k in known)]
        if not there:
            return None
        worst = max(worst, there[0])
    return worst


def _digests(entry: Entry, *, kept: bool = False) -> set[str]:
    shards = (shard for shards in entry.splits.values() for shard in shards)
    return {s.sha256 for s in shards if s.sha256 and (s.key is not None or not kept)}
