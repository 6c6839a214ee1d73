"""The tables of an Index in a PostgreSQL database, which machines share.

A write is one transaction at READ COMMITTED that locks what it decides about before it looks: each statement
sees what others had committed when it began, so what is looked at under a lock is what is there. A process
that is killed, or a server that goes away, leaves nothing of a transaction. Reading is one statement, so it
sees one moment, and no transaction is left open.

What concurrent writers and collectors could do to each other, and why they do not:

* Two add the same version: both lock the row of the name, and the second one finds the version.
* Two add versions of one name: the same lock decides which of them is the latest, and it is so indexed.
* One adds a version while another removes the name: the lock again; whoever comes second sees the other's.
* One moves a label to a version while another removes it: `set_label` locks the name before it looks.
* Two store one version of a schema with different types: the second one waits at the unique index and then
  sees what the first one stored.
* One claims a digest that another condemns: see `postgres_leases`; one of them is refused.

The server may end a transaction because two wait for each other, though the order of locks leaves no way to
it that we know; such a transaction is done again. So is one whose connection turns out to be dead before
its end, where the connection had been idle: the server was started anew meanwhile. Where the answer to COMMIT
is lost, nobody knows whether it was done, and the error says so.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, LiteralString, TypeVar

from atdata.errors import ProviderError
from atdata.index.entry import Entry
from atdata.index.entry_json import decode_entry, decode_lens, decode_schema
from atdata.index.providers import postgres_leases
from atdata.index.providers.checks import check_digests, check_lease, check_token, may_be_text
from atdata.index.providers.pool import Pool
from atdata.index.providers.postgres_entries import delete_entries, insert_entries, insert_schemas
from atdata.index.providers.postgres_errors import is_conflict, translated
from atdata.index.providers.postgres_layout import Connection, check_layout
from atdata.index.providers.postgres_lenses import PAGE, insert_lens
from atdata.index.providers.postgres_opening import (
    Session,
    Target,
    close_session,
    is_idle,
    open_session,
)
from atdata.index.providers.postgres_search import find
from atdata.index.providers.provider import Label, Lease, Provider, Search
from atdata.index.providers.refusals import no_target
from atdata.index.providers.rows import label_row, lens_row, rows_of, schema_row
from atdata.index.providers.wanted import wanted
from atdata.index.sort_keys import sort_key
from atdata.index.stored_lens import StoredLens
from atdata.index.stored_schema import StoredSchema

__all__ = ["PostgresProvider"]

T = TypeVar("T")

_PAGE: Final = 500
_ATTEMPTS: Final = 5

_LATEST: Final = (
    "SELECT d.name, '', e.body::text FROM atdata_datasets d JOIN atdata_entries e ON e.number = d.entry "
    "WHERE d.name > %s AND %s = '' ORDER BY d.name LIMIT %s"
)
_EVERY: Final = (
    "SELECT name, sort, body::text FROM atdata_entries WHERE (name, sort) > (%s, %s) "
    "ORDER BY name, sort LIMIT %s"
)


class PostgresProvider(Provider):
    """An Index in a PostgreSQL database, whose tables are made where they are not there.

    Args:
        url: `postgresql://user:password@host:port/database`, with what else libpq takes after `?`.

    Raises:
        ProviderError: it is no such URL.
        MissingExtra: psycopg is not installed.
    """

    def __init__(self, url: str) -> None:
        target = Target(url)
        self.url = target.url
        self._pool: Pool[Session] = Pool(
            lambda: open_session(target), close_session, is_idle, forks=True
        )

    def __repr__(self) -> str:
        return f"PostgresProvider({self.url!r})"

    def identity(self) -> str:
        # Tables that were restored from a dump have the same text and other numbers.
        (row,) = self._rows(
            "SELECT id, (SELECT oid FROM pg_database WHERE datname = current_database()), "
            "'atdata_identity'::regclass::oid FROM atdata_identity",
            [],
        )
        return "-".join(map(str, row))

    # Schemas.

    def add_schema(self, schema: StoredSchema) -> None:
        row = schema_row(schema)
        self._write(lambda connection: insert_schemas(connection, [row]))

    def schema(self, id: str, version: str | None = None) -> StoredSchema | None:
        if not may_be_text(id):
            return None
        sort = None if version is None else sort_key(version)
        rows = self._rows(
            "SELECT body::text FROM atdata_schemas WHERE id = %s AND (%s::text IS NULL OR sort = %s) "
            "ORDER BY right(sort, 1) = '~' DESC, sort DESC LIMIT 1",
            [id, sort, sort],
        )
        return decode_schema(rows[0][0]) if rows else None

    def schemas(self) -> Iterator[StoredSchema]:
        place: tuple[str, ...] = ("", "")
        while rows := self._rows(
            "SELECT id, sort, body::text FROM atdata_schemas WHERE (id, sort) > (%s, %s) "
            "ORDER BY id, sort LIMIT 100",
            place,
        ):
            yield from (decode_schema(row[2]) for row in rows)
            place = rows[-1][:2]

    # Entries.

    def add_entries(
        self, items: Iterable[tuple[Entry, StoredSchema]], lease: str | None = None
    ) -> None:
        rows = rows_of(items)
        token = None if lease is None else check_token(lease)

        def change(connection: Connection) -> None:
            postgres_leases.enter(connection, token)
            insert_entries(connection, rows)
            if token is not None:
                postgres_leases.end_claims(connection, token)

        self._write(change)

    def entry(self, name: str, version: str | None = None) -> Entry | None:
        if not may_be_text(name):
            return None
        if version is None:
            rows = self._rows(
                "SELECT e.body::text FROM atdata_datasets d JOIN atdata_entries e "
                "ON e.number = d.entry WHERE d.name = %s",
                [name],
            )
        else:
            rows = self._rows(
                "SELECT body::text FROM atdata_entries WHERE name = %s AND sort = %s",
                [name, sort_key(version)],
            )
        return decode_entry(rows[0][0]) if rows else None

    def versions(self, name: str) -> list[str]:
        if not may_be_text(name):
            return []
        rows = self._rows(
            "SELECT version FROM atdata_entries WHERE name = %s ORDER BY sort", [name]
        )
        return [version for (version,) in rows]

    def entries(self, *, latest: bool = True) -> Iterator[Entry]:
        place: tuple[str, ...] = ("", "")
        while rows := self._rows(_LATEST if latest else _EVERY, [*place, _PAGE]):
            yield from (decode_entry(row[2]) for row in rows)
            place = rows[-1][:2]

    def delete(self, name: str, version: str | None = None) -> list[Entry]:
        if not may_be_text(name):
            return []
        sort = None if version is None else sort_key(version)
        gone = self._write(lambda connection: delete_entries(connection, name, sort))
        return [decode_entry(body) for body in gone]

    def search(self, query: Search) -> list[Entry]:
        asked = wanted(query)
        if asked is None:
            return []
        return [
            decode_entry(body) for body in self._read(lambda connection: find(connection, asked))
        ]

    # Lenses.

    def add_lens(self, lens: StoredLens) -> None:
        row = lens_row(lens)
        self._write(lambda connection: insert_lens(connection, row))

    def lens(self, name: str) -> StoredLens | None:
        if not may_be_text(name):
            return None
        rows = self._rows("SELECT body::text FROM atdata_lenses WHERE name = %s", [name])
        return decode_lens(rows[0][0]) if rows else None

    def lenses(
        self, *, source: str | None = None, view: str | None = None, cid: str | None = None
    ) -> Iterator[StoredLens]:
        asked = [text for text in (source, view, cid) for _ in range(2)]
        if not all(text is None or may_be_text(text) for text in asked):
            return
        last = ""
        while rows := self._rows(PAGE, [last, *asked]):
            yield from (decode_lens(row[1]) for row in rows)
            last = rows[-1][0]

    def delete_lens(self, name: str) -> bool:
        if not may_be_text(name):
            return False
        statement: LiteralString = "DELETE FROM atdata_lenses WHERE name = %s"
        return self._write(lambda connection: connection.execute(statement, [name]).rowcount > 0)

    # Labels.

    def set_label(self, label: Label) -> None:
        row = label_row(label)
        sort = sort_key(label.version)

        def change(connection: Connection) -> None:
            # Nobody removes versions of a name whose row is locked.
            connection.execute(
                "SELECT 1 FROM atdata_datasets WHERE name = %s FOR SHARE", [label.name]
            )
            target = connection.execute(
                "SELECT 1 FROM atdata_entries WHERE name = %s AND sort = %s", [label.name, sort]
            ).fetchone()
            if target is None:
                raise no_target(label)
            connection.execute(
                "INSERT INTO atdata_labels VALUES (%s, %s, %s, %s) ON CONFLICT (label) DO UPDATE SET "
                "name = EXCLUDED.name, version = EXCLUDED.version, created = EXCLUDED.created",
                row,
            )

        self._write(change)

    def label(self, label: str) -> Label | None:
        if not may_be_text(label):
            return None
        rows = self._rows(
            "SELECT label, name, version, created FROM atdata_labels WHERE label = %s", [label]
        )
        return Label(*rows[0]) if rows else None

    def labels(self, name: str | None = None) -> list[Label]:
        if name is not None and not may_be_text(name):
            return []
        rows = self._rows(
            "SELECT label, name, version, created FROM atdata_labels "
            "WHERE %s::text IS NULL OR name = %s ORDER BY label",
            [name, name],
        )
        return [Label(*row) for row in rows]

    def delete_label(self, label: str) -> bool:
        if not may_be_text(label):
            return False
        statement: LiteralString = "DELETE FROM atdata_labels WHERE label = %s"
        return self._write(lambda connection: connection.execute(statement, [label]).rowcount > 0)

    # What keeps writers and collectors apart.

    def lease(self, lease: Lease) -> None:
        check_lease(lease)
        self._write(lambda connection: postgres_leases.take(connection, lease))

    def renew(self, token: str) -> bool:
        check_token(token)
        return self._write(lambda connection: postgres_leases.renew(connection, token))

    def release(self, token: str) -> None:
        check_token(token)
        self._write(lambda connection: postgres_leases.release(connection, token))

    def leases(self, store: str) -> list[tuple[Lease, float]]:
        if not may_be_text(store):
            return []
        return self._read(lambda connection: postgres_leases.leases(connection, store))

    def claim(self, token: str, digests: Iterable[str]) -> list[str]:
        check_token(token)
        checked = check_digests(digests)
        return self._write(lambda connection: postgres_leases.claim(connection, token, checked))

    def condemn(self, token: str, digests: Iterable[str]) -> list[str]:
        check_token(token)
        checked = check_digests(digests)
        return self._write(lambda connection: postgres_leases.condemn(connection, token, checked))

    def absolve(self, token: str, digests: Iterable[str]) -> None:
        check_token(token)
        checked = check_digests(digests)
        self._write(lambda connection: postgres_leases.absolve(connection, token, checked))

    # The database.

    def close(self) -> None:
        self._pool.clear()

    def _rows(self, statement: LiteralString, values: Sequence[object]) -> list[tuple[Any, ...]]:
        return self._read(lambda connection: connection.execute(statement, values).fetchall())

    def _read(self, ask: Callable[[Connection], T]) -> T:
        return self._patiently(ask)

    def _write(self, change: Callable[[Connection], T]) -> T:
        import psycopg

        def whole(connection: Connection) -> T:
            connection.execute("BEGIN")
            try:
                check_layout(connection)
                answer = change(connection)
            except BaseException:
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
                raise
            self._commit(connection)
            return answer

        return self._patiently(whole)

    def _commit(self, connection: Connection) -> None:
        import psycopg

        try:
            connection.execute("COMMIT")
        except psycopg.OperationalError as error:
            raise ProviderError(
                f"{self.url}: the server went away while it was storing; nobody knows whether it did: look "
                "whether it is there before you try again"
            ) from error

    def _patiently(self, act: Callable[[Connection], T]) -> T:
        """Do something, again where the server asks for that or a connection was dead from the start."""
        import psycopg

        with translated(self.url):
            for attempt in range(_ATTEMPTS):
                with self._pool.lent() as session:
                    used, session.used = session.used, True
                    try:
                        return act(session.connection)
                    except psycopg.Error as error:
                        dead = used and bool(session.connection.closed)
                        if attempt == _ATTEMPTS - 1 or not (dead or is_conflict(error)):
                            raise
                if dead:
                    self._pool.clear()
                else:
                    time.sleep(random.uniform(0.001, 0.02))
        raise AssertionError("the last attempt returns or raises")
