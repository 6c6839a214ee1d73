"""The tables of an index of the earlier release: a SQLite file, read and never written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgpack

from atdata.errors import CatalogError
from atdata_schema.syntax.quoting import quoted

__all__ = ["EarlierEntry", "EarlierIndex", "EarlierLabel", "read_index"]

_LARGEST: Final = 64 << 20  # bytes of one value: a million URLs
_TABLES: Final = {"dataset_entries", "schemas"}

_ENTRIES: Final = """
    SELECT cid, name, schema_ref, data_urls, metadata, created_at FROM dataset_entries ORDER BY created_at, rowid
"""
_SCHEMAS: Final = "SELECT name, version, schema_json FROM schemas"
_LABELS: Final = "SELECT name, cid, version FROM labels ORDER BY created_at, rowid"
_LENSES: Final = "SELECT count(*) FROM lenses"


@dataclass(frozen=True, slots=True)
class EarlierEntry:
    """A dataset of the earlier release.

    Attributes:
        cid: its key there, which hashes the reference to its schema and the URLs.
        name: what it was called; several may be called the same.
        schema: the reference to its schema.
        urls: where its shards are.
        metadata: what its author said, and `checksums`.
        created: when it was made, as it says itself.
        fault: why it cannot be read, where it cannot.
    """

    cid: str
    name: str
    schema: str
    urls: tuple[str, ...]
    metadata: dict[str, Any]
    created: str = ""
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class EarlierLabel:
    """A name for an entry; each entry has its own name as a label too."""

    name: str
    cid: str
    version: str


@dataclass(frozen=True, slots=True)
class EarlierIndex:
    """All of one index.

    Attributes:
        entries: in the order in which they were made.
        schemas: by name and version, as JSON objects, or texts that are none.
        labels: the newest last.
        lenses: how many lenses it holds.
    """

    entries: tuple[EarlierEntry, ...]
    schemas: dict[tuple[str, str], Any]
    labels: tuple[EarlierLabel, ...]
    lenses: int


def read_index(path: Path) -> EarlierIndex:
    """Read the file.

    Args:
        path: the file, or the folder that holds `index.db`.

    Raises:
        CatalogError: there is none, or it is no such index.
    """
    file = path / "index.db" if path.is_dir() else path
    if not file.is_file():
        raise CatalogError(
            f"{file}: there is no such file; an index of the earlier release is a SQLite file, by default "
            "~/.atdata/index.db"
        )
    try:
        with _opened(file) as database:
            return _read(database, file)
    except sqlite3.Error as error:
        raise CatalogError(f"{file}: cannot be read as a SQLite file: {error}") from None


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    uri = file.absolute().as_uri()
    try:
        database = sqlite3.connect(f"{uri}?mode=ro", uri=True)
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # A folder that may not be written cannot hold what SQLite keeps beside a file in WAL mode.
        database = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True)
    with closing(database):
        yield database


def _read(database: sqlite3.Connection, file: Path) -> EarlierIndex:
    database.text_factory = _text
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if not tables >= _TABLES:
        raise CatalogError(
            f"{file}: is no index of the earlier release: it has no table {min(_TABLES - tables)}"
        )
    return EarlierIndex(
        entries=tuple(_entry(*row) for row in database.execute(_ENTRIES)),
        schemas={(str(a), str(b)): _json(text) for a, b, text in database.execute(_SCHEMAS)},
        labels=tuple(
            EarlierLabel(str(name), str(cid), str(version or ""))
            for name, cid, version in (database.execute(_LABELS) if "labels" in tables else ())
        ),
        lenses=int(database.execute(_LENSES).fetchone()[0]) if "lenses" in tables else 0,
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _entry(
    cid: object, name: object, schema: object, urls: object, metadata: object, created: object
) -> EarlierEntry:
    known = EarlierEntry(str(cid), str(name), str(schema), (), {}, str(created or ""))
    try:
        listed, said = _unpacked(urls), {} if metadata is None else _unpacked(metadata)
    except ValueError as error:
        return replace(known, fault=str(error))
    if not isinstance(listed, list) or not all(isinstance(url, str) for url in listed):
        return replace(known, fault="its data_urls are no list of texts")
    if not isinstance(said, dict):
        return replace(known, fault="its metadata is no map")
    return replace(known, urls=tuple(listed), metadata=said)


def _unpacked(data: object) -> Any:
    """A msgpack value.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(data, bytes) or len(data) > _LARGEST:
        raise ValueError("a column that should hold msgpack holds something else, or too much")
    try:
        return msgpack.unpackb(data, strict_map_key=False)
    except Exception as error:  # msgpack raises many kinds, some of them bare
        raise ValueError(f"a column holds no msgpack: {quoted(str(error))}") from None


def _json(text: object) -> Any:
    try:
        return json.loads(str(text))
    except (ValueError, RecursionError):
        return str(text)
