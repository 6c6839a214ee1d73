"""What was seen of accounts: the latest state of each repository, and whose each handle was.

`home()/atmosphere/seen.db`, an SQLite file that any number of processes may use at the same time. A home that takes no
files does not keep anybody from reading; what would be noticed next time is then not, and a warning says so.
"""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from atdata.atmosphere.proofs.revisions import Seen, notice
from atdata.atmosphere.proofs.verification import VerifiedRecord
from atdata.errors import IdentityError, LoadError, ProofError
from atdata.home import home
from atdata_schema.errors import InvalidSyntax

__all__ = ["SeenStates"]

_PATIENCE: Final = 30.0  # seconds for which other processes are waited for
_COLUMNS: Final = {
    "repositories": "did TEXT PRIMARY KEY, rev TEXT NOT NULL, data TEXT NOT NULL",
    "handles": "handle TEXT PRIMARY KEY, did TEXT NOT NULL, first TEXT NOT NULL",
}


class SeenStates:
    """What was seen of accounts.

    Args:
        path: the file; without it, the one in the user's home for atdata.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = home() / "atmosphere" / "seen.db" if path is None else path

    def notice(self, record: VerifiedRecord, now: datetime) -> None:
        """Keep the state of a repository that a signed record is of, if it can follow what was seen before.

        Raises:
            RolledBack: an earlier state than was seen, or another one of the same revision.
            ProofError: its revision lies in the future.
            LoadError: the file is damaged.
        """
        did = record.commit.did
        with self._opened() as (database, writable):
            row = database.execute(
                "SELECT rev, data FROM repositories WHERE did = ?", (did,)
            ).fetchone()
            try:
                before = {} if row is None else {did: Seen(*row)}
            except InvalidSyntax as error:
                raise self._damaged(error) from None
            try:
                after = notice(before, record.commit, now)[did]
            except ProofError as error:  # among them that it was rolled back
                raise type(error)(f"{record.uri}: {error}") from None
            if writable and before.get(did) != after:
                database.execute(
                    "INSERT OR REPLACE INTO repositories VALUES (?, ?, ?)",
                    (did, after.rev, after.data),
                )

    def check_handle(self, handle: str, did: str) -> None:
        """Keep whose a handle is; refuse it where it was another account's before.

        Raises:
            IdentityError: it was. The message names both.
            LoadError: the file is damaged.
        """
        name = handle.removeprefix("@").lower()
        with self._opened() as (database, writable):
            row = database.execute(
                "SELECT did, first FROM handles WHERE handle = ?", (name,)
            ).fetchone()
            if row is None:
                if writable:
                    now = datetime.now(UTC).isoformat(timespec="seconds")
                    database.execute("INSERT INTO handles VALUES (?, ?, ?)", (name, did, now))
            elif row[0] != did:
                raise IdentityError(
                    f"{name} was the handle of {row[0]} when it was first read, on {row[1][:10]}, and is that of "
                    f"{did} now: it was given to another account, or taken from it. Whoever is meant, name the "
                    f"account by its DID: @{row[0]}/name or @{did}/name"
                )

    @contextmanager
    def _opened(self) -> Iterator[tuple[sqlite3.Connection, bool]]:
        """The database in a transaction of its own, and whether it can be written."""
        try:
            with closing(self._connected()) as database:
                writable = self._begun(database)
                yield database, writable
                if writable:
                    database.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._damaged(error) from None

    def _connected(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)
        except (OSError, sqlite3.OperationalError):
            if self._path.is_file():
                uri = f"{self._path.absolute().as_uri()}?mode=ro"
                return sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)
            return sqlite3.connect(":memory:", isolation_level=None)

    def _begun(self, database: sqlite3.Connection) -> bool:
        kept = bool(database.execute("PRAGMA database_list").fetchone()[2])
        try:
            # Held from the first look on, so that no other process writes between looking and writing.
            database.execute("BEGIN IMMEDIATE")
            for table, columns in _COLUMNS.items():
                database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns}) WITHOUT ROWID")
        except sqlite3.OperationalError as error:
            if "readonly" not in str(error):
                raise
            kept = False
        if not kept:
            warnings.warn(
                f"{self._path} cannot be written, so that a server that shows an earlier state later is not noticed: "
                "name a folder that takes files in ATDATA_HOME",
                stacklevel=2,
            )
        return kept

    def _damaged(self, error: Exception) -> LoadError:
        return LoadError(
            f"{self._path}, which keeps what was seen of accounts, cannot be used ({error}): "
            "remove it if it is damaged; what was seen is then forgotten"
        )
