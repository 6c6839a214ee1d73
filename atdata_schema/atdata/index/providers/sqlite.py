"""The tables of an Index in one SQLite file, which any number of processes of one machine may share.

The file is in WAL mode, so reading goes on while somebody writes; one process writes at a time, the others
wait. A write is one transaction begun with `BEGIN IMMEDIATE`: it holds the right to write before it looks,
so what it sees cannot change before it is through, and none ever has to begin again. A process that is
killed leaves nothing behind that the next one does not roll back.

What a write with a lease adds is on the disk when the call returns, and so are labels, schemas, and that something
is gone: the files of a shard are deleted after that alone. Whatever else commits is not waited for: it outlives
every process, but a power failure may take what came last. So of entries that are registered where their data
lies, the last ones may have to be registered again; those before any of the others are on the disk with it. Of
leases, claims and marks nothing is lost, for there is nobody left whose work they protect.

What concurrent writers and collectors could do to each other, and why they do not:

* Two add the same version: the second one, in the order of their transactions, finds it there (`EntryExists`).
* One adds a version while another removes the name: either it stays, or it was there and is removed.
* One moves a label to a version while another removes it: either the label went with it, or `EntryNotFound`.
* One claims a digest that another condemns: see `sqlite_leases`; one of them is refused.
* One adds an entry whose lease was ended by others: the lease is looked for in the same transaction.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from atdata.errors import ProviderError
from atdata.index.entry import Entry
from atdata.index.entry_json import decode_entry, decode_lens, decode_schema
from atdata.index.providers import sqlite_leases
from atdata.index.providers.checks import check_digests, check_lease, check_token, may_be_text
from atdata.index.providers.pool import Pool
from atdata.index.providers.provider import Label, Lease, Provider, Search
from atdata.index.providers.refusals import no_target
from atdata.index.providers.rows import label_row, lens_row, rows_of, schema_row
from atdata.index.providers.sqlite_entries import delete_entries, insert_entries, insert_schema
from atdata.index.providers.sqlite_layout import check_layout
from atdata.index.providers.sqlite_lenses import insert_lens, lens_page
from atdata.index.providers.sqlite_listing import Listing, Page, Place, page
from atdata.index.providers.sqlite_opening import (
    Database,
    close_database,
    is_unchanged,
    is_usable,
    open_database,
    patiently,
    write,
)
from atdata.index.providers.sqlite_search import find
from atdata.index.providers.sqlite_waiting import LATEST_OF, Recent
from atdata.index.providers.wanted import wanted
from atdata.index.sort_keys import sort_key
from atdata.index.stored_lens import StoredLens
from atdata.index.stored_schema import StoredSchema
from atdata.sqlite_errors import is_busy, refused
from atdata.sqlite_states import of_one_state
from atdata_schema.syntax.quoting import quoted

__all__ = ["SqliteProvider"]

T = TypeVar("T")

_LATEST: Final = f"SELECT body FROM entries WHERE number = {LATEST_OF.format('?1')}"


class SqliteProvider(Provider):
    """An Index in a SQLite file, made with its folder where it is not there.

    Args:
        path: the file.
        timeout: seconds to wait while other processes write.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     provider = SqliteProvider(Path(folder) / "index.db")
    ...     print(provider.entry("mnist"), list(provider.entries()))
    ...     provider.close()
    None []
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 30.0) -> None:
        self.path = _file(os.fsdecode(path))
        self.url = f"sqlite:///{quote(os.fsencode(self.path.as_posix()), safe='/:')}"
        self.timeout = timeout
        self._listings = (Listing(), Listing())  # of every entry, of the latest ones
        self._recent: Recent = {}
        self._pool: Pool[Database] = Pool(self._open, close_database, is_usable, forks=False)

    def __repr__(self) -> str:
        return f"SqliteProvider({str(self.path)!r})"

    def __reduce__(self) -> tuple[Callable[..., SqliteProvider], tuple[str, float]]:
        return _again, (str(self.path), self.timeout)

    def identity(self) -> str:
        # A file is copied with its tables, and each of the two goes its own way.
        row = self._row("SELECT id FROM identity")
        return f"{row[0] if row else ''} {self.url}"

    # Schemas.

    def add_schema(self, schema: StoredSchema) -> None:
        row = schema_row(schema)
        self._write(lambda db: insert_schema(db, row))

    def schema(self, id: str, version: str | None = None) -> StoredSchema | None:
        if not may_be_text(id):
            return None
        where, parameters = (
            ("", [id]) if version is None else ("AND sort = ?", [id, sort_key(version)])
        )
        row = self._row(
            f"SELECT body FROM schemas WHERE id = ? {where} "
            "ORDER BY substr(sort, -1) = '~' DESC, sort DESC LIMIT 1",
            parameters,
        )
        return None if row is None else decode_schema(row[0])

    def schemas(self) -> Iterator[StoredSchema]:
        last: tuple[str, ...] = ("", "")
        while rows := self._rows(
            "SELECT id, sort, body FROM schemas WHERE (id, sort) > (?, ?) ORDER BY id, sort LIMIT 100",
            last,
        ):
            yield from (decode_schema(row[2]) for row in rows)
            last = rows[-1][:2]

    # Entries.

    def add_entries(
        self, items: Iterable[tuple[Entry, StoredSchema]], lease: str | None = None
    ) -> None:
        rows = rows_of(items)
        token = None if lease is None else check_token(lease)

        def change(db: Database) -> None:
            if token is not None:
                sqlite_leases.end_claims(db, token)
            insert_entries(db, rows, self._recent)

        self._write(change, durable=token is not None)

    def entry(self, name: str, version: str | None = None) -> Entry | None:
        if not may_be_text(name):
            return None
        if version is None:
            row = self._row(_LATEST, (name,))
        else:
            row = self._row(
                "SELECT body FROM entries WHERE name = ? AND sort = ?", (name, sort_key(version))
            )
        return None if row is None else decode_entry(row[0])

    def versions(self, name: str) -> list[str]:
        if not may_be_text(name):
            return []
        rows = self._rows("SELECT version FROM entries WHERE name = ? ORDER BY sort", (name,))
        return [version for (version,) in rows]

    def entries(self, *, latest: bool = True) -> Iterator[Entry]:
        def ask(place: Place, known: bytes) -> Page:
            return self._snapshot(lambda db: page(db, place, known, latest=latest))

        return self._listings[latest].entries(ask)

    def delete(self, name: str, version: str | None = None) -> list[Entry]:
        if not may_be_text(name):
            return []
        sort = None if version is None else sort_key(version)
        gone = self._write(lambda db: delete_entries(db, name, sort))
        return [decode_entry(body) for body in gone]

    def search(self, query: Search) -> list[Entry]:
        asked = wanted(query)
        if asked is None:
            return []
        found = self._snapshot(lambda db: find(db, asked, self._recent))
        return [decode_entry(body) for body in found]

    # Lenses.

    def add_lens(self, lens: StoredLens) -> None:
        row = lens_row(lens)
        self._write(lambda db: insert_lens(db, row))

    def lens(self, name: str) -> StoredLens | None:
        if not may_be_text(name):
            return None
        row = self._row("SELECT body FROM lenses WHERE name = ?", (name,))
        return None if row is None else decode_lens(row[0])

    def lenses(
        self, *, source: str | None = None, view: str | None = None, cid: str | None = None
    ) -> Iterator[StoredLens]:
        asked = {"source": source, "view": view, "cid": cid}
        columns = {column: text for column, text in asked.items() if text is not None}
        last = ""
        while rows := self._read(partial(lens_page, after=last, count=100, wanted=columns)):
            yield from (decode_lens(body) for _, body in rows)
            last = rows[-1][0]

    def delete_lens(self, name: str) -> bool:
        if not may_be_text(name):
            return False
        statement = "DELETE FROM lenses WHERE name = ?"
        return self._write(lambda db: db.execute(statement, (name,)).rowcount > 0)

    # Labels.

    def set_label(self, label: Label) -> None:
        row = label_row(label)
        target = (label.name, sort_key(label.version))

        def change(db: Database) -> None:
            found = db.execute("SELECT 1 FROM entries WHERE name = ? AND sort = ?", target)
            if found.fetchone() is None:
                raise no_target(label)
            db.execute("INSERT OR REPLACE INTO labels VALUES (?, ?, ?, ?)", row)

        self._write(change)

    def label(self, label: str) -> Label | None:
        if not may_be_text(label):
            return None
        row = self._row(
            "SELECT label, name, version, created FROM labels WHERE label = ?", (label,)
        )
        return None if row is None else Label(*row)

    def labels(self, name: str | None = None) -> list[Label]:
        if name is not None and not may_be_text(name):
            return []
        where, parameters = ("", ()) if name is None else ("WHERE name = ?", (name,))
        rows = self._rows(
            f"SELECT label, name, version, created FROM labels {where} ORDER BY label", parameters
        )
        return [Label(*row) for row in rows]

    def delete_label(self, label: str) -> bool:
        if not may_be_text(label):
            return False
        statement = "DELETE FROM labels WHERE label = ?"
        return self._write(lambda db: db.execute(statement, (label,)).rowcount > 0)

    # What keeps writers and collectors apart.

    def lease(self, lease: Lease) -> None:
        check_lease(lease)
        self._write(lambda db: sqlite_leases.take(db, lease), durable=False)

    def renew(self, token: str) -> bool:
        check_token(token)
        return self._write(lambda db: sqlite_leases.renew(db, token), durable=False)

    def release(self, token: str) -> None:
        check_token(token)
        self._write(lambda db: sqlite_leases.release(db, token), durable=False)

    def leases(self, store: str) -> list[tuple[Lease, float]]:
        if not may_be_text(store):
            return []
        return self._read(lambda db: sqlite_leases.leases(db, store))

    def claim(self, token: str, digests: Iterable[str]) -> list[str]:
        check_token(token)
        checked = check_digests(digests)
        return self._write(lambda db: sqlite_leases.claim(db, token, checked), durable=False)

    def condemn(self, token: str, digests: Iterable[str]) -> list[str]:
        check_token(token)
        checked = check_digests(digests)
        return self._write(lambda db: sqlite_leases.condemn(db, token, checked), durable=False)

    def absolve(self, token: str, digests: Iterable[str]) -> None:
        check_token(token)
        checked = check_digests(digests)
        self._write(lambda db: sqlite_leases.absolve(db, token, checked), durable=False)

    # The database.

    def close(self) -> None:
        self._pool.clear()

    def _open(self) -> Database:
        # Many programs are started at once on a new machine: they all make the folder.
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProviderError(
                f"{self.path}: its folder cannot be made: {error.strerror}; name another file"
            ) from error
        return open_database(self.path, self.timeout)

    def _write(self, change: Callable[[Database], T], *, durable: bool = True) -> T:
        def checked(db: Database) -> T:
            check_layout(db)
            return change(db)

        # Without contexts, here and where it is read, which would take as long as looking up an entry.
        try:
            db, age = self._pool.take()
            try:
                return write(db, checked, self.timeout, durable=durable)
            finally:
                self._pool.give_back(db, age)
        except sqlite3.Error as error:
            raise refused(error, self.path) from error

    def _read(self, ask: Callable[[Database], T]) -> T:
        try:
            while True:
                db, age = self._pool.take()
                try:
                    answer = ask(db)
                except sqlite3.OperationalError as error:
                    if not is_busy(error):
                        raise
                    answer = patiently(partial(ask, db), self.timeout)
                finally:
                    self._pool.give_back(db, age)
                if db.seen is None or is_unchanged(db):
                    return answer
        except sqlite3.Error as error:
            raise refused(error, self.path) from error

    def _snapshot(self, ask: Callable[[Database], T]) -> T:
        """Ask several questions of the same state."""
        return self._read(partial(of_one_state, ask=ask))

    def _row(self, statement: str, parameters: Sequence[object] = ()) -> tuple[Any, ...] | None:
        def ask(db: Database) -> tuple[Any, ...] | None:
            row: tuple[Any, ...] | None = db.execute(statement, parameters).fetchone()
            return row

        return self._read(ask)

    def _rows(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._read(lambda db: db.execute(statement, parameters).fetchall())


def _file(text: str) -> Path:
    """The file that a path names, wherever the process goes later."""
    if text and "\0" not in text and text != ":memory:":
        # A home that nobody knows is no home.
        with suppress(RuntimeError):
            return Path(text).expanduser().absolute()
    raise ProviderError(
        f"{quoted(text)} is no file that an Index can lie in: processes share it by its path; name one, such "
        "as index.db"
    )


def _again(path: str, timeout: float) -> SqliteProvider:
    return SqliteProvider(path, timeout=timeout)
