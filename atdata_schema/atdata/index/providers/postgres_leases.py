"""Leases, claims and what is condemned, in PostgreSQL: each function works within a transaction of its caller.

A transaction does not see what another one has not committed. A claim and a mark of one digest, made at the
same time, would therefore not see each other, so they pass a gate: an advisory lock of the database that
those who claim or add entries hold together, and who condemns holds alone. It is taken before anything is
looked at and held until what was written is visible, so either the claim is seen by `condemn`, or the mark
by `claim` and `add_entries`. All of these are short.

A lease that is used is locked against its end (`FOR KEY SHARE`; renewing it goes on), so `release` comes
before, and is seen, or after the transaction as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from atdata.index.providers.postgres_layout import Connection
from atdata.index.providers.provider import Lease
from atdata.index.providers.refusals import lease_lost

__all__ = [
    "absolve",
    "claim",
    "condemn",
    "end_claims",
    "enter",
    "leases",
    "release",
    "renew",
    "take",
]

_GATE: Final = 0x617464617462
"""The advisory lock between those who claim and those who condemn."""


def take(connection: Connection, lease: Lease) -> None:
    """Begin a lease."""
    connection.execute(
        "INSERT INTO atdata_leases VALUES (%s, %s, %s, %s, %s, clock_timestamp()) "
        "ON CONFLICT (token) DO UPDATE SET store = EXCLUDED.store, kind = EXCLUDED.kind, "
        "host = EXCLUDED.host, pid = EXCLUDED.pid, renewed = EXCLUDED.renewed",
        [lease.token, lease.store, lease.kind, lease.host, lease.pid],
    )


def renew(connection: Connection, token: str) -> bool:
    """Say that it lives."""
    done = connection.execute(
        "UPDATE atdata_leases SET renewed = clock_timestamp() WHERE token = %s", [token]
    )
    return done.rowcount > 0


def release(connection: Connection, token: str) -> None:
    """End a lease, and with it all that is marked for it."""
    connection.execute("DELETE FROM atdata_leases WHERE token = %s", [token])


def leases(connection: Connection, store: str) -> list[tuple[Lease, float]]:
    """The leases on a store, with their age."""
    found = connection.execute(
        "SELECT token, store, kind, host, pid, extract(epoch FROM renewed)::float8, "
        "greatest(0, extract(epoch FROM clock_timestamp() - renewed))::float8 "
        "FROM atdata_leases WHERE store = %s ORDER BY token",
        [store],
    )
    return [(Lease(*row[:6]), row[6]) for row in found]


def enter(connection: Connection, token: str | None = None) -> None:
    """Pass the gate together with all who claim and add entries.

    Raises:
        LeaseLost: there is no such lease.
    """
    if token is not None:
        _hold(connection, token)
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_GATE])


def claim(connection: Connection, token: str, digests: Sequence[str]) -> list[str]:
    """Claim what is not condemned; what is.

    Raises:
        LeaseLost: there is no such lease.
    """
    enter(connection, token)
    connection.execute(
        "INSERT INTO atdata_claims SELECT digest, %s FROM unnest(%s::text[]) AS asked (digest) "
        "WHERE NOT EXISTS (SELECT FROM atdata_condemned c WHERE c.digest = asked.digest) "
        "ON CONFLICT DO NOTHING",
        [token, list(digests)],
    )
    # What was claimed is asked for, not what is condemned: a mark may be taken away between the two statements.
    refused = connection.execute(
        "SELECT digest FROM unnest(%s::text[]) AS asked (digest) WHERE NOT EXISTS "
        "(SELECT FROM atdata_claims c WHERE c.token = %s AND c.digest = asked.digest)",
        [list(digests), token],
    )
    return sorted(digest for (digest,) in refused)


def end_claims(connection: Connection, token: str) -> None:
    """Forget what a lease claimed."""
    connection.execute("DELETE FROM atdata_claims WHERE token = %s", [token])


def condemn(connection: Connection, token: str, digests: Sequence[str]) -> list[str]:
    """Mark what nothing needs and nobody else deletes; what is marked for this lease.

    Raises:
        LeaseLost: there is no such lease.
    """
    _hold(connection, token)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_GATE])
    connection.execute(
        "INSERT INTO atdata_condemned SELECT digest, %s FROM unnest(%s::text[]) AS asked (digest) "
        "WHERE NOT EXISTS (SELECT FROM atdata_digests d WHERE d.digest = asked.digest) "
        "AND NOT EXISTS (SELECT FROM atdata_claims c WHERE c.digest = asked.digest) "
        "ON CONFLICT DO NOTHING",
        [token, list(digests)],
    )
    mine = connection.execute(
        "SELECT digest FROM atdata_condemned WHERE token = %s AND digest = ANY(%s)",
        [token, list(digests)],
    )
    return sorted(digest for (digest,) in mine)


def absolve(connection: Connection, token: str, digests: Sequence[str]) -> None:
    """Take the marks of a lease away."""
    connection.execute(
        "DELETE FROM atdata_condemned WHERE token = %s AND digest = ANY(%s)",
        [token, list(digests)],
    )


def _hold(connection: Connection, token: str) -> None:
    found = connection.execute(
        "SELECT 1 FROM atdata_leases WHERE token = %s FOR KEY SHARE", [token]
    ).fetchone()
    if found is None:
        raise lease_lost(token)
