"""What was done for publications, kept on this machine, so that one that broke off goes on where it stopped.

It is a note and no truth: whether a record is there is asked of the server, and a blob that the server has lost is sent
again. Losing the file costs time alone.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from atdata.atmosphere.publishing.cutting import Piece
from atdata.errors import PublishError
from atdata.home import home

__all__ = ["Journal", "Noted", "Part"]

_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS blobs (
    did TEXT NOT NULL, sha256 TEXT NOT NULL, mime_type TEXT NOT NULL, sent REAL NOT NULL, PRIMARY KEY (did, sha256)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parts (
    shard TEXT NOT NULL, size_limit INTEGER NOT NULL, parts TEXT NOT NULL, PRIMARY KEY (shard, size_limit)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS limits (service TEXT PRIMARY KEY, size_limit INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS publications (
    did TEXT NOT NULL, digest TEXT NOT NULL, entry TEXT NOT NULL, label TEXT NOT NULL, created TEXT NOT NULL,
    PRIMARY KEY (did, digest)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One blob that a shard becomes.

    Attributes:
        begin: where its bytes begin in the shard.
        end: where they end.
        first: the number of its first sample.
        last: the number behind its last one.
        ended: whether its bytes have the end of the archive in them.
        sha256: the digest of its file.
        index: the digest of its `.idx`.
        index_bytes: the size of that.
    """

    begin: int
    end: int
    first: int
    last: int
    ended: bool
    sha256: str
    index: str
    index_bytes: int

    @classmethod
    def of(cls, piece: Piece, sha256: str, index: str, index_bytes: int) -> Part:
        """The part that a piece of a shard is."""
        places = piece.begin, piece.end, piece.first, piece.last, piece.ended
        return cls(*places, sha256, index, index_bytes)

    @property
    def piece(self) -> Piece:
        """Where it lies in the shard."""
        return Piece(self.begin, self.end, self.first, self.last, self.ended)

    @property
    def bytes(self) -> int:
        """Its size."""
        return self.piece.bytes

    @property
    def samples(self) -> int:
        """How many samples it holds."""
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Noted:
    """A publication that was begun, and perhaps ended.

    Attributes:
        entry: the record key of its entry.
        label: the record key of its label.
        created: when it was begun, as its records say it.
    """

    entry: str
    label: str
    created: str


class Journal:
    """The notes of one user. Processes and threads may share the file.

    Args:
        path: the file; without it `atmosphere/publishing.db` in `ATDATA_HOME`.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = home() / "atmosphere" / "publishing.db" if path is None else path

    def blobs(self, did: str) -> dict[str, str]:
        """What was sent to an account: the type of each blob by its sha-256."""
        with self._open() as db:
            found = db.execute("SELECT sha256, mime_type FROM blobs WHERE did = ?", (did,))
            return {str(sha256): str(mime_type) for sha256, mime_type in found}

    def note_blob(self, did: str, sha256: str, mime_type: str) -> None:
        """A blob arrived."""
        with self._open() as db:
            row = did, sha256, mime_type, time.time()
            db.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?)", row)

    def forget_blobs(self, did: str, sha256s: Iterable[str]) -> None:
        """The server has lost some, and with them whatever was sent no later than they were."""
        with self._open() as db:
            for sha256 in sha256s:
                db.execute(
                    "DELETE FROM blobs WHERE did = ? AND sent <= "
                    "(SELECT sent FROM blobs WHERE did = ? AND sha256 = ?)",
                    (did, did, sha256),
                )

    def forget_all_blobs(self, did: str) -> None:
        """Nobody knows what the server still has."""
        with self._open() as db:
            db.execute("DELETE FROM blobs WHERE did = ?", (did,))

    def parts(self, shard: str, limit: int) -> list[Part] | None:
        """How a shard was cut for blobs of a size, where it was."""
        with self._open() as db:
            row = db.execute(
                "SELECT parts FROM parts WHERE shard = ? AND size_limit = ?", (shard, limit)
            ).fetchone()
        return None if row is None else [Part(**part) for part in json.loads(row[0])]

    def note_parts(self, shard: str, limit: int, parts: Iterable[Part]) -> None:
        """A shard was read, and would be cut so."""
        text = json.dumps([asdict(part) for part in parts])
        with self._open() as db:
            db.execute("INSERT OR REPLACE INTO parts VALUES (?, ?, ?)", (shard, limit, text))

    def limit(self, service: str) -> int | None:
        """The size of a blob that a server took at last, where it had refused larger ones."""
        with self._open() as db:
            row = db.execute(
                "SELECT size_limit FROM limits WHERE service = ?", (service,)
            ).fetchone()
        return None if row is None else int(row[0])

    def note_limit(self, service: str, limit: int) -> None:
        """A server refused a blob that was larger."""
        with self._open() as db:
            db.execute("INSERT OR REPLACE INTO limits VALUES (?, ?)", (service, limit))

    def begin(self, did: str, digest: str, wanted: Noted) -> Noted:
        """Note what the records of a publication will be called, unless it was begun before; what they are called."""
        with self._open() as db:
            row = did, digest, wanted.entry, wanted.label, wanted.created
            db.execute("INSERT OR IGNORE INTO publications VALUES (?, ?, ?, ?, ?)", row)
            found = db.execute(
                "SELECT entry, label, created FROM publications WHERE did = ? AND digest = ?",
                (did, digest),
            ).fetchone()
        return Noted(*map(str, found))

    def begun(self, did: str, digest: str) -> Noted | None:
        """What is noted of a publication."""
        with self._open() as db:
            found = db.execute(
                "SELECT entry, label, created FROM publications WHERE did = ? AND digest = ?",
                (did, digest),
            ).fetchone()
        return None if found is None else Noted(*map(str, found))

    def forget(self, did: str, entry: str) -> None:
        """An entry is no more: publishing it again is another one."""
        with self._open() as db:
            db.execute("DELETE FROM publications WHERE did = ? AND entry = ?", (did, entry))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # A connection for each note: they are few, and none has to live on after a fork.
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=30.0)) as db:
                (version,) = db.execute("PRAGMA user_version").fetchone()
                if version > _VERSION:
                    raise PublishError(
                        f"{self.path}: a newer version of atdata keeps its notes there: use that one, or move the file"
                    )
                if version < _VERSION:
                    db.executescript(f"{_TABLES}PRAGMA user_version = {_VERSION};")
                with db:
                    yield db
        except (OSError, sqlite3.Error) as error:
            raise PublishError(
                f"{self.path}: publications are noted there, which cannot be done ({error}): free or move the file, "
                "or give another folder as ATDATA_HOME"
            ) from error
