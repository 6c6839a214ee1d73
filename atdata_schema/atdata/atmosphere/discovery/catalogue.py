"""What is known of others' records: a SQLite file that any number of processes share.

The file is in WAL mode, so that searching goes on while somebody fills it. A connection lives as long as one question or one
change: nothing is open in between, so forks and threads need no care. A change is one transaction that holds the right to write
before it looks.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

from atdata.atmosphere.discovery.layout import bring_up, is_current
from atdata.errors import CatalogError
from atdata.home import home
from atdata.sqlite_errors import is_read_only, refused
from atdata.sqlite_states import of_one_state

__all__ = ["Catalogue"]

T = TypeVar("T")

_PATIENCE: Final = 30.0
"""Seconds to wait for other processes that write."""


class Catalogue:
    """A catalogue in a file, made with its folder where it is not there.

    Args:
        path: the file; `atmosphere/catalogue.db` in `ATDATA_HOME` without it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     catalogue = Catalogue(Path(folder) / "catalogue.db")
    ...     catalogue.ask(lambda db: db.execute("SELECT count(*) FROM entries").fetchone())
    (0,)
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = (
            home() / "atmosphere" / "catalogue.db" if path is None else Path(path).absolute()
        )

    def __repr__(self) -> str:
        return f"Catalogue({str(self.path)!r})"

    def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Ask several things of one state.

        Raises:
            CatalogError: it is another program's, or of a newer release.
            ProviderError: it cannot be read.
        """
        with self._open() as db:
            return of_one_state(db, question)

    def change(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Make a change, whole or not at all.

        Raises:
            CatalogError: as for `ask`; or it was replaced by a newer release meanwhile.
            ProviderError: it cannot be written.
        """
        with self._open() as db:
            return _changed(db, change)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        except OSError as error:
            raise CatalogError(
                f"{self.path}: its folder cannot be made: {error.strerror}; ATDATA_HOME names another"
            ) from error
        except sqlite3.Error as error:
            raise refused(error, self.path) from error
        try:
            # A database from elsewhere runs nothing by triggers and views of its own.
            db.execute("PRAGMA trusted_schema = OFF")
            # What a power failure takes is fetched again.
            db.execute("PRAGMA synchronous = NORMAL")
            if not of_one_state(db, is_current):
                _make(db)
            yield db
        except sqlite3.Error as error:
            raise refused(error, self.path) from error
        finally:
            with suppress(sqlite3.Error):
                db.close()


def _make(db: sqlite3.Connection) -> None:
    with suppress(sqlite3.OperationalError):  # some file systems cannot have it
        db.execute("PRAGMA journal_mode = WAL")

    def make(db: sqlite3.Connection) -> None:
        if not is_current(db):
            bring_up(db)

    try:
        _transaction(db, make)
    except sqlite3.OperationalError as error:
        if is_read_only(error):
            raise CatalogError(
                "the catalogue has to be made, and its folder is read-only for this user"
            ) from error
        raise


def _changed(db: sqlite3.Connection, change: Callable[[sqlite3.Connection], T]) -> T:
    def checked(db: sqlite3.Connection) -> T:
        if not is_current(db):
            raise CatalogError("the catalogue was replaced by another release of atdata; try again")
        return change(db)

    return _transaction(db, checked)


def _transaction(db: sqlite3.Connection, change: Callable[[sqlite3.Connection], T]) -> T:
    db.execute("BEGIN IMMEDIATE")
    try:
        answer = change(db)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        raise
    return answer
