"""The tables of an Index in PostgreSQL, by version, and the way from each version to the next.

All are called `atdata_*` and lie in the first schema of the search path, so that an Index may share a
database with others. `atdata_layout` has a row for each step that was taken. A step never changes the meaning
of a column that stays; each write looks at the version within its transaction, and a step waits for those.

1. The catalogue: schemas, entries, what is the latest of each name, labels, and what `search` looks at.
2. What keeps writers and collectors apart: the digests of shards, leases, claims, and what is condemned.
3. What these tables are called, at random, so that they are told from others.
4. Lenses.

Texts are compared byte by byte (`COLLATE "C"`): in the order of code points, whatever the server's locale.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, LiteralString, TypeAlias

from atdata.errors import ProviderError
from atdata.index.entry_json import decode_entry
from atdata.index.providers.refusals import newer_layout, replaced
from atdata.index.providers.rows import digests_of

if TYPE_CHECKING:
    from typing import Any

    import psycopg

__all__ = ["LAYOUT", "Connection", "bring_up", "check_layout", "upgrade"]

Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"

LAYOUT: Final = 4
"""The version of the layout that this release writes."""

_LOCK: Final = 0x617464617461
"""The advisory lock under which tables are made and changed."""

_CATALOGUE: Final[LiteralString] = """
CREATE TABLE atdata_schemas (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL,
    sort text COLLATE "C" NOT NULL,
    cid text COLLATE "C" NOT NULL,
    body json NOT NULL,
    UNIQUE (id, sort)
);
CREATE TABLE atdata_fields (
    field text COLLATE "C" NOT NULL,
    schema bigint NOT NULL REFERENCES atdata_schemas ON DELETE CASCADE,
    PRIMARY KEY (field, schema)
);
CREATE TABLE atdata_entries (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    sort text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    schema bigint NOT NULL REFERENCES atdata_schemas,
    created text COLLATE "C" NOT NULL,
    body json NOT NULL,
    UNIQUE (name, sort)
);
-- A row here stands for a name, and who changes what a name stands for locks it. Without an entry it is that
-- of a transaction that is not through.
CREATE TABLE atdata_datasets (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    entry bigint,
    sort text COLLATE "C",
    schema bigint,
    created text COLLATE "C",
    tags text[] COLLATE "C",
    words tsvector
);
CREATE INDEX atdata_datasets_words ON atdata_datasets USING gin (words);
CREATE INDEX atdata_datasets_tags ON atdata_datasets USING gin (tags);
CREATE TABLE atdata_labels (
    label text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    created text COLLATE "C" NOT NULL
);
CREATE INDEX atdata_labels_name ON atdata_labels (name);
"""

_COLLECTION: Final[LiteralString] = """
CREATE TABLE atdata_digests (
    digest text COLLATE "C" NOT NULL,
    entry bigint NOT NULL REFERENCES atdata_entries ON DELETE CASCADE,
    PRIMARY KEY (digest, entry)
);
CREATE INDEX atdata_digests_entry ON atdata_digests (entry);
CREATE TABLE atdata_leases (
    token text COLLATE "C" PRIMARY KEY,
    store text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    host text COLLATE "C" NOT NULL,
    pid bigint NOT NULL,
    renewed timestamptz NOT NULL
);
CREATE TABLE atdata_claims (
    digest text COLLATE "C" NOT NULL,
    token text COLLATE "C" NOT NULL REFERENCES atdata_leases ON DELETE CASCADE,
    PRIMARY KEY (digest, token)
);
CREATE INDEX atdata_claims_token ON atdata_claims (token);
CREATE TABLE atdata_condemned (
    digest text COLLATE "C" PRIMARY KEY,
    token text COLLATE "C" NOT NULL REFERENCES atdata_leases ON DELETE CASCADE
);
CREATE INDEX atdata_condemned_token ON atdata_condemned (token);
"""

_LENSES: Final[LiteralString] = """
CREATE TABLE atdata_lenses (
    name text COLLATE "C" PRIMARY KEY,
    cid text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    view text COLLATE "C" NOT NULL,
    body json NOT NULL
);
CREATE INDEX atdata_lenses_cid ON atdata_lenses (cid);
CREATE INDEX atdata_lenses_source ON atdata_lenses (source, view);
CREATE INDEX atdata_lenses_view ON atdata_lenses (view);
"""


def bring_up(connection: Connection) -> None:
    """Make the tables, or bring them to the layout of this release, where they have to be.

    Raises:
        ProviderError: they are of a newer release.
    """
    version = _version(connection)
    if version < LAYOUT:
        with connection.transaction():
            upgrade(connection)
    _refuse_newer(connection, version)


def check_layout(connection: Connection) -> None:
    """Look, within a transaction, whether the layout is still the one that this release writes.

    Raises:
        ProviderError: a newer release has changed it since, or the tables are gone.
    """
    # The read lock that this takes is held to the end of the transaction; `upgrade` waits for it.
    version = _read_version(connection)
    _refuse_newer(connection, version)
    if version != LAYOUT:
        raise replaced(_where(connection))


def upgrade(connection: Connection, layout: int = LAYOUT) -> None:
    """Bring the tables to a layout, within a transaction: one process does, and others find it done."""
    encoding = connection.execute("SHOW server_encoding").fetchone()
    if encoding != ("UTF8",):
        raise ProviderError(
            f"{_where(connection)}: the database holds no Unicode; make one with ENCODING 'UTF8'"
        )
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if _version(connection):
        connection.execute("LOCK TABLE atdata_layout IN ACCESS EXCLUSIVE MODE")
    else:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS atdata_layout "
            "(version integer PRIMARY KEY, taken timestamptz NOT NULL DEFAULT now())"
        )
    for version in range(_version(connection) + 1, layout + 1):
        _STEPS[version - 1](connection)
        connection.execute("INSERT INTO atdata_layout (version) VALUES (%s)", [version])


def _first(connection: Connection) -> None:
    connection.execute(_CATALOGUE)


def _second(connection: Connection) -> None:
    connection.execute(_COLLECTION)
    found = connection.execute("SELECT number, body::text FROM atdata_entries").fetchall()
    rows = [(digest, number) for number, body in found for digest in digests_of(decode_entry(body))]
    connection.cursor().executemany("INSERT INTO atdata_digests VALUES (%s, %s)", rows)


def _third(connection: Connection) -> None:
    connection.execute("CREATE TABLE atdata_identity (id text NOT NULL)")
    connection.execute("INSERT INTO atdata_identity VALUES (%s)", [secrets.token_hex(16)])


def _fourth(connection: Connection) -> None:
    connection.execute(_LENSES)


_STEPS: Final[tuple[Callable[[Connection], None], ...]] = (_first, _second, _third, _fourth)


def _version(connection: Connection) -> int:
    row = connection.execute("SELECT to_regclass('atdata_layout') IS NOT NULL").fetchone()
    return _read_version(connection) if row == (True,) else 0


def _read_version(connection: Connection) -> int:
    row = connection.execute("SELECT coalesce(max(version), 0) FROM atdata_layout").fetchone()
    assert row is not None
    return int(row[0])


def _refuse_newer(connection: Connection, version: int) -> None:
    if version > LAYOUT:
        raise newer_layout(_where(connection), version, LAYOUT)


def _where(connection: Connection) -> str:
    info = connection.info
    return f"postgresql://{info.host}:{info.port}/{info.dbname}"
