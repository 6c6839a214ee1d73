"""Leases, claims and what is condemned, in SQLite: each function works within a transaction of its caller.

One process writes at a time, and each of these looks and marks within one transaction. So either a claim
comes first, and `condemn` sees it, or the mark comes first, and `claim` sees that; never both pass.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from atdata.index.providers.provider import Lease
from atdata.index.providers.refusals import lease_lost
from atdata.index.providers.sqlite_waiting import index_waiting

__all__ = ["absolve", "claim", "condemn", "end_claims", "leases", "release", "renew", "take"]


def take(db: sqlite3.Connection, lease: Lease) -> None:
    """Begin a lease."""
    db.execute(
        "INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?, ?)",
        (lease.token, lease.store, lease.kind, lease.host, lease.pid, time.time()),
    )


def renew(db: sqlite3.Connection, token: str) -> bool:
    """Say that it lives."""
    done = db.execute("UPDATE leases SET renewed = ? WHERE token = ?", (time.time(), token))
    return done.rowcount > 0


def release(db: sqlite3.Connection, token: str) -> None:
    """End a lease with all that is marked for it."""
    for table in ("leases", "claims", "condemned"):
        db.execute(f"DELETE FROM {table} WHERE token = ?", (token,))


def leases(db: sqlite3.Connection, store: str) -> list[tuple[Lease, float]]:
    """The leases on a store, with their age."""
    rows = db.execute(
        "SELECT token, store, kind, host, pid, renewed FROM leases WHERE store = ? ORDER BY token",
        (store,),
    ).fetchall()
    now = time.time()
    return [(Lease(*row), max(0.0, now - row[-1])) for row in rows]


def claim(db: sqlite3.Connection, token: str, digests: Sequence[str]) -> list[str]:
    """Claim what is not condemned; what is.

    Raises:
        LeaseLost: there is no such lease.
    """
    _hold(db, token)
    refused: list[str] = []
    for digest in digests:
        if db.execute("SELECT 1 FROM condemned WHERE digest = ?", (digest,)).fetchone():
            refused.append(digest)
        else:
            db.execute("INSERT OR IGNORE INTO claims VALUES (?, ?)", (digest, token))
    return refused


def end_claims(db: sqlite3.Connection, token: str) -> None:
    """Forget what a lease claimed.

    Raises:
        LeaseLost: there is no such lease.
    """
    _hold(db, token)
    db.execute("DELETE FROM claims WHERE token = ?", (token,))


def condemn(db: sqlite3.Connection, token: str, digests: Sequence[str]) -> list[str]:
    """Mark what nothing needs and nobody else deletes; what is marked for this lease.

    Raises:
        LeaseLost: there is no such lease.
    """
    _hold(db, token)
    index_waiting(db, {})  # so that all digests are where they are looked for
    for digest in digests:
        db.execute(
            "INSERT OR IGNORE INTO condemned SELECT ?1, ?2 "
            "WHERE NOT EXISTS (SELECT 1 FROM digests WHERE digest = ?1) "
            "AND NOT EXISTS (SELECT 1 FROM claims WHERE digest = ?1)",
            (digest, token),
        )
    mine = {
        digest for (digest,) in db.execute("SELECT digest FROM condemned WHERE token = ?", (token,))
    }
    return [digest for digest in digests if digest in mine]


def absolve(db: sqlite3.Connection, token: str, digests: Sequence[str]) -> None:
    """Take the marks of a lease away."""
    db.executemany(
        "DELETE FROM condemned WHERE digest = ? AND token = ?",
        [(digest, token) for digest in digests],
    )


def _hold(db: sqlite3.Connection, token: str) -> None:
    if db.execute("SELECT 1 FROM leases WHERE token = ?", (token,)).fetchone() is None:
        raise lease_lost(token)
