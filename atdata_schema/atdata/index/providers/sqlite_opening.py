"""Opening an Index in SQLite: a new file or an old one, one that others write, and one that is read-only.

A database in WAL mode needs two files beside it. Where they cannot be made, for its folder is read-only, the
database is read as it stands (`immutable`); such a connection is used only while the file has not changed.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from atdata.errors import ProviderError
from atdata.index.providers.sqlite_layout import LAYOUT, is_current, upgrade
from atdata.sqlite_errors import is_busy, is_read_only
from atdata.sqlite_states import of_one_state

__all__ = [
    "Database",
    "close_database",
    "is_unchanged",
    "is_usable",
    "open_database",
    "patiently",
    "write",
]

T = TypeVar("T")

_STEP: Final = 0.1
"""Seconds that SQLite waits by itself; between them Python sees an interrupt."""

_LONG: Final = 4000
"""Pages in the WAL (16 MB) before they go into the file, for which the one who wrote last waits twice for the disk."""

_Stamp: TypeAlias = tuple[int, int, int, int]


class Database(sqlite3.Connection):
    """A connection.

    Attributes:
        path: the file.
        seen: what the file looked like when it was opened as one that does not change, else `None`.
        durable: whether commits wait for the disk.
    """

    path: Path
    seen: _Stamp | None = None
    durable = True


def open_database(path: Path, timeout: float) -> Database:
    """A connection to a database, which is made or brought to the present layout where it has to be.

    Raises:
        ProviderError: it is of a newer release, or another program's.
        sqlite3.Error: it cannot be opened.
    """
    try:
        return _opened(path, "mode=rwc", timeout)
    except sqlite3.OperationalError as error:
        if not _may_stand_still(path, error):
            raise
    seen = _stamp(path)
    db = _opened(path, "mode=ro&immutable=1", timeout)
    db.seen = seen
    return db


def close_database(db: Database) -> None:
    """End a connection."""
    with suppress(sqlite3.Error):
        db.close()


def is_usable(db: Database) -> bool:
    """Whether a connection may be used again."""
    return not db.in_transaction and (db.seen is None or is_unchanged(db))


def is_unchanged(db: Database) -> bool:
    """Whether a database that was opened as one that does not change has not."""
    return db.seen is None or db.seen == _stamp(db.path)


def write(db: Database, change: Callable[[Database], T], timeout: float, *, durable: bool) -> T:
    """Make a change in one transaction: whole or not at all.

    Args:
        db: the connection.
        change: makes it.
        timeout: seconds to wait for other processes that write.
        durable: whether it has to outlive a power failure, which takes the disk a moment.
    """
    if durable != db.durable:
        db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        db.durable = durable
    _execute(db, "BEGIN IMMEDIATE", timeout)
    try:
        answer = change(db)
        _execute(db, "COMMIT", timeout)
    except BaseException:
        if db.in_transaction:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        raise
    return answer


def _execute(db: Database, statement: str, timeout: float) -> None:
    try:
        db.execute(statement)
    except sqlite3.OperationalError as error:
        if not is_busy(error):
            raise
        patiently(partial(db.execute, statement), timeout)


def patiently(call: Callable[[], T], timeout: float) -> T:
    """Call again as long as somebody else is at work on the database.

    Raises:
        sqlite3.OperationalError: that takes longer than the timeout, or it is something else.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            return call()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() >= deadline:
                raise
        time.sleep(0.002)


def _opened(path: Path, mode: str, timeout: float) -> Database:
    db = sqlite3.connect(
        f"{path.as_uri()}?{mode}",
        uri=True,
        timeout=min(_STEP, timeout),
        isolation_level=None,
        check_same_thread=False,
        factory=Database,
    )
    db.path = path
    try:
        # A database from elsewhere runs nothing by triggers and views of its own.
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA wal_autocheckpoint = {_LONG}")
        patiently(lambda: _bring_up(db, timeout), timeout)
    except BaseException:
        close_database(db)
        raise
    return db


def _bring_up(db: Database, timeout: float) -> None:
    if not of_one_state(db, is_current):
        _upgrade(db, timeout)
    (mode,) = db.execute("PRAGMA journal_mode").fetchone()
    if mode == "delete":
        # Some file systems cannot have it, and then it stays as it is; some users cannot write.
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not is_read_only(error):
                raise


def _upgrade(db: Database, timeout: float) -> None:
    def change(db: Database) -> None:
        if not is_current(db):
            upgrade(db)

    try:
        write(db, change, timeout, durable=True)
    except sqlite3.OperationalError as error:
        if is_read_only(error):
            raise ProviderError(
                f"{db.path}: it has to be brought to layout {LAYOUT} and is read-only for this user; open it "
                "once where it may be written"
            ) from error
        raise


def _may_stand_still(path: Path, error: sqlite3.OperationalError) -> bool:
    """Whether a database could not be opened only because its folder is read-only, and nobody writes it."""
    wal = path.with_name(path.name + "-wal")
    try:
        left = wal.stat().st_size if wal.exists() else 0
        return path.is_file() and is_read_only(error, opening=True) and left == 0
    except OSError:
        return False


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
