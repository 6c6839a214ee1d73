"""What SQLite says, as an error of ours that names the file, what is wrong with it, and the remedy."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from atdata.errors import ProviderError

__all__ = ["is_busy", "is_read_only", "refused"]

_MESSAGES: Final = {
    sqlite3.SQLITE_BUSY: "another process has kept it locked for too long; try again, or end that process",
    sqlite3.SQLITE_LOCKED: "another process has kept it locked for too long; try again, or end that process",
    sqlite3.SQLITE_READONLY: "it cannot be written: the file or its folder is read-only for this user",
    sqlite3.SQLITE_PERM: "it may not be opened by this user; give the right to read and write it",
    sqlite3.SQLITE_AUTH: "it may not be opened by this user; give the right to read and write it",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database; name another file, or move this one away",
    sqlite3.SQLITE_CORRUPT: "the database is damaged; restore it from a copy, or mend it with `sqlite3 FILE .recover`",
    sqlite3.SQLITE_FULL: "the disk is full; make room and try again",
    sqlite3.SQLITE_IOERR: "the disk reports an error; see whether it is full, away or broken",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
    sqlite3.SQLITE_TOOBIG: "an entry is larger than SQLite holds (1 GB); make several datasets of it",
}


def is_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else is at work on the database, so that waiting helps."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_read_only(error: sqlite3.Error, *, opening: bool = False) -> bool:
    """Whether something could not be written; `opening` says that not being opened may mean the same."""
    code = _code(error)
    return code == sqlite3.SQLITE_READONLY or (opening and code == sqlite3.SQLITE_CANTOPEN)


def refused(error: sqlite3.Error, path: Path) -> ProviderError:
    """An error of SQLite as one of ours."""
    return ProviderError(f"{path}: {_reason(error, path)}")


def _reason(error: sqlite3.Error, path: Path) -> str:
    code = _code(error)
    if code == sqlite3.SQLITE_CANTOPEN:
        return _why_not_opened(path)
    if code in _MESSAGES:
        return _MESSAGES[code]
    if isinstance(error, sqlite3.DataError):
        return _MESSAGES[sqlite3.SQLITE_TOOBIG]
    return f"SQLite {sqlite3.sqlite_version} reports: {error}"


def _why_not_opened(path: Path) -> str:
    if path.is_dir():
        return "this is a folder; name a file in it, such as index.db"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}; make it first"
    return "it cannot be opened: this user may not read it, or may not write into its folder"


def _code(error: sqlite3.Error) -> int:
    """The primary result code; the higher bits say more than we need."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
