"""The tables of an Index in a Redis or Valkey database, which machines share.

All that is done is one run of one script, the files of `redis_lua` one after the other, and the server runs one at a time; so no two writers
or collectors ever see each other half-way, and each of the cases that `postgres` and `sqlite` speak of comes
down to who was first. A client that is killed has either sent its command or not. A server that is killed
finds, when it starts again, what it was configured to keep: with `appendonly yes` whole runs of the script,
with snapshots what was there when the last one was made. An Index is worth `appendonly yes`.

The answer to a command may be lost with the connection. Reading is then done again; writing is not, for
nobody knows whether it was done, and the error says so.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from atdata.index.entry import Entry
from atdata.index.entry_json import decode_entry, decode_lens, decode_schema
from atdata.index.providers.checks import check_digests, check_lease, check_token, may_be_text
from atdata.index.providers.pool import Pool
from atdata.index.providers.provider import Label, Lease, Provider, Search
from atdata.index.providers.redis_errors import translated
from atdata.index.providers.redis_opening import Target, connect
from atdata.index.providers.refusals import (
    being_collected,
    entry_exists,
    lease_lost,
    lens_exists,
    newer_layout,
    no_target,
    schema_conflict,
)
from atdata.index.providers.rows import (
    EntryRow,
    SchemaRow,
    label_row,
    lens_row,
    rows_of,
    schema_row,
    value,
)
from atdata.index.providers.wanted import wanted
from atdata.index.sort_keys import sort_key, version_of
from atdata.index.stored_lens import StoredLens
from atdata.index.stored_schema import StoredSchema

if TYPE_CHECKING:
    import redis

__all__ = ["RedisProvider"]

Reply: TypeAlias = list[Any]

_PARTS: Final = ("tables", "entries", "lenses", "searching", "leases", "running")
_SCRIPT: Final = "\n".join(
    Path(__file__).with_name("redis_lua").joinpath(f"{part}.lua").read_text("utf-8")
    for part in _PARTS
)
_SHA: Final = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
_PAGE: Final = 500
_NO_LIMIT: Final = 1 << 31


class RedisProvider(Provider):
    """An Index in a Redis or Valkey database.

    Args:
        url: `redis://user:password@host:port/database`, or with `rediss` over TLS; `?prefix=lab:` says what
            all keys begin with, so that several Indexes and other programs may share the database.

    Raises:
        ProviderError: it is no such URL.
        MissingExtra: redis is not installed.
    """

    def __init__(self, url: str) -> None:
        target = Target(url)
        self.url = target.url
        self._prefix = target.prefix
        self._pool: Pool[redis.Redis] = Pool(
            lambda: connect(target), lambda client: client.close(), lambda _: True, forks=True
        )

    def __repr__(self) -> str:
        return f"RedisProvider({self.url!r})"

    def identity(self) -> str:
        found = self._one("identity")
        return "" if found is None else found.decode()

    # Schemas.

    def add_schema(self, schema: StoredSchema) -> None:
        rows = [schema_row(schema)]
        self._refuse(self._write("add-schema", *_schemas(rows)), None, [], rows)

    def schema(self, id: str, version: str | None = None) -> StoredSchema | None:
        if not may_be_text(id):
            return None
        body = self._one("schema", id, "" if version is None else sort_key(version))
        return None if body is None else decode_schema(body)

    def schemas(self) -> Iterator[StoredSchema]:
        for body in self._pages("schemas", 100):
            yield decode_schema(body)

    # Entries.

    def add_entries(
        self, items: Iterable[tuple[Entry, StoredSchema]], lease: str | None = None
    ) -> None:
        rows = rows_of(items)
        entries = [entry for entry, _ in rows]
        schemas = list({row.key: row for _, row in rows}.values())
        token = "" if lease is None else check_token(lease)
        reply = self._write("add", token, *_schemas(schemas), *_entries(rows))
        self._refuse(reply, token, entries, schemas)

    def entry(self, name: str, version: str | None = None) -> Entry | None:
        if not may_be_text(name):
            return None
        body = self._one("entry", name, "" if version is None else sort_key(version))
        return None if body is None else decode_entry(body)

    def versions(self, name: str) -> list[str]:
        if not may_be_text(name):
            return []
        skipped = len(name.encode("utf-8")) + 1
        _, found = self._read("versions", name)
        return [version_of(member[skipped:].decode()) for member in found]

    def entries(self, *, latest: bool = True) -> Iterator[Entry]:
        for body in self._pages("latest-entries" if latest else "every-entry", _PAGE):
            yield decode_entry(body)

    def delete(self, name: str, version: str | None = None) -> list[Entry]:
        if not may_be_text(name):
            return []
        _, gone = self._write("delete", name, "" if version is None else sort_key(version))
        return [decode_entry(body) for body in gone]

    def search(self, query: Search) -> list[Entry]:
        asked = wanted(query)
        if asked is None:
            return []
        exact = [f"t{tag}" for tag in asked.tags]
        if asked.field is not None:
            exact.append(f"f{asked.field}")
        if asked.schema is not None:
            exact.append(f"s{value(asked.schema)}")
        limit = _NO_LIMIT if asked.limit is None else asked.limit
        _, found = self._read("search", limit, len(asked.words), *asked.words, *exact)
        return [decode_entry(body) for body in found]

    # Lenses.

    def add_lens(self, lens: StoredLens) -> None:
        row = lens_row(lens)
        reply = self._write("add-lens", row.name, row.cid, row.source, row.view, row.body)
        if reply[0] == b"lens":
            raise lens_exists(row.name, reply[1].decode("utf-8"), row.cid)

    def lens(self, name: str) -> StoredLens | None:
        body = self._one("lens", name) if may_be_text(name) else None
        return None if body is None else decode_lens(body)

    def lenses(
        self, *, source: str | None = None, view: str | None = None, cid: str | None = None
    ) -> Iterator[StoredLens]:
        asked = (source, view, cid)
        if not all(text is None or may_be_text(text) for text in asked):
            return
        last: bytes | str = ""
        while True:
            _, last, found = self._read("lenses", last, 100, *(text or "" for text in asked))
            yield from map(decode_lens, found)
            if not last:
                return

    def delete_lens(self, name: str) -> bool:
        return may_be_text(name) and bool(self._write("delete-lens", name)[1])

    # Labels.

    def set_label(self, label: Label) -> None:
        name, of, version, created = label_row(label)
        reply = self._write("set-label", name, of, sort_key(version), version, created)
        if reply[0] == b"target":
            raise no_target(label)

    def label(self, label: str) -> Label | None:
        if not may_be_text(label):
            return None
        body = self._one("label", label)
        return None if body is None else _label(label.encode("utf-8"), body)

    def labels(self, name: str | None = None) -> list[Label]:
        if name is None:
            _, found = self._read("labels")
        elif may_be_text(name):
            _, found = self._read("labels-of", name)
        else:
            return []
        return sorted(map(_label, found[::2], found[1::2]), key=lambda label: label.label)

    def delete_label(self, label: str) -> bool:
        return may_be_text(label) and bool(self._write("delete-label", label)[1])

    # What keeps writers and collectors apart.

    def lease(self, lease: Lease) -> None:
        check_lease(lease)
        value = "\0".join((lease.store, lease.kind, lease.host, str(lease.pid)))
        self._write("lease", lease.token, value)

    def renew(self, token: str) -> bool:
        return bool(self._write("renew", check_token(token))[1])

    def release(self, token: str) -> None:
        self._write("release", check_token(token))

    def leases(self, store: str) -> list[tuple[Lease, float]]:
        _, now, held, renewed = self._read("leases")
        times = dict(zip(renewed[::2], map(float, renewed[1::2]), strict=True))
        found: list[tuple[Lease, float]] = []
        for token, text in sorted(zip(held[::2], held[1::2], strict=True)):
            of, kind, host, pid = text.decode("utf-8").split("\0")
            if of == store:
                lease = Lease(token.decode(), of, kind, host, int(pid), times[token])
                found.append((lease, max(0.0, float(now) - lease.renewed)))
        return found

    def claim(self, token: str, digests: Iterable[str]) -> list[str]:
        return self._marked("claim", token, digests)

    def condemn(self, token: str, digests: Iterable[str]) -> list[str]:
        return self._marked("condemn", token, digests)

    def absolve(self, token: str, digests: Iterable[str]) -> None:
        self._write("absolve", check_token(token), *check_digests(digests))

    # The database.

    def close(self) -> None:
        self._pool.clear()

    def _marked(self, command: str, token: str, digests: Iterable[str]) -> list[str]:
        check_token(token)
        reply = self._write(command, token, *check_digests(digests))
        self._refuse(reply, token, [], [])
        return [digest.decode() for digest in reply[1]]

    def _refuse(
        self,
        reply: Reply,
        token: str | None,
        entries: Sequence[EntryRow],
        schemas: Sequence[SchemaRow],
    ) -> None:
        """Raise the error that an answer means, if it means one."""
        match reply:
            case [b"lease"]:
                raise lease_lost(token or "")
            case [b"condemned", number, digest]:
                raise being_collected(entries[number - 1].name, digest.decode())
            case [b"conflict", number, cid]:
                raise schema_conflict(schemas[number - 1].key, cid.decode("utf-8"))
            case [b"exists", number]:
                raise entry_exists(entries[number - 1].name, entries[number - 1].version)
            case _:
                return

    def _one(self, command: str, *arguments: str) -> bytes | None:
        reply = self._read(command, *arguments)
        return reply[1] if len(reply) > 1 else None

    def _pages(self, command: str, count: int) -> Iterator[bytes]:
        last: str | bytes = ""
        while True:
            _, last, found = self._read(command, last, count)
            yield from found
            if len(found) < count:
                return

    def _read(self, command: str, *arguments: str | bytes | int) -> Reply:
        import redis

        with translated(self.url, writing=False):
            try:
                return self._run(command, arguments)
            except (redis.ConnectionError, redis.TimeoutError):
                return self._run(command, arguments)

    def _write(self, command: str, *arguments: str | bytes | int) -> Reply:
        with translated(self.url, writing=True):
            return self._run(command, arguments)

    def _run(self, command: str, arguments: Sequence[str | bytes | int]) -> Reply:
        reply = self._evaluate(command, arguments)
        if reply[0] != b"layout":
            return reply
        _, found, known = reply
        if found > known:
            raise newer_layout(self.url, found, known)
        self._evaluate("upgrade", (secrets.token_hex(16),))
        return self._evaluate(command, arguments)

    def _evaluate(self, command: str, arguments: Sequence[str | bytes | int]) -> Reply:
        from redis.exceptions import NoScriptError

        with self._pool.lent() as client:
            try:
                reply = client.evalsha(_SHA, 1, self._prefix, command, *arguments)
            except NoScriptError:
                reply = client.eval(_SCRIPT, 1, self._prefix, command, *arguments)
        assert isinstance(reply, list)
        return reply


def _schemas(rows: Sequence[SchemaRow]) -> list[str | int]:
    """Schemas as arguments of the script."""
    flat = (text for row in rows for text in (row.key.id, row.sort, row.key.cid, row.body))
    return [len(rows), *flat]


def _entries(rows: Sequence[tuple[EntryRow, SchemaRow]]) -> list[str | int]:
    """Entries as arguments of the script."""
    flat = (
        text
        for row, schema in rows
        for text in (row.name, row.sort, row.body, _facts(row, schema), "\n".join(row.kept))
    )
    return [len(rows), *flat]


def _facts(row: EntryRow, schema: SchemaRow) -> str:
    """When an entry was made, what it is found by, and what it needs."""
    postings = [
        f"{letter}{word}" for letter, words in zip("ABCD", row.words, strict=True) for word in words
    ]
    postings += [f"t{tag}" for tag in row.tags]
    postings += [f"f{field}" for field in schema.fields]
    postings.append(f"s{value(schema.key.id)}")
    digits = re.sub("[^0-9]", "", row.created)
    return "\0".join((digits, "\n".join(postings), "\n".join(row.digests)))


def _label(label: bytes, body: bytes) -> Label:
    name, _, version, created = body.decode("utf-8").split("\0")
    return Label(label.decode("utf-8"), name, version, created)
