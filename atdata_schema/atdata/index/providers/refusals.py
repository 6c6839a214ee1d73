"""What providers refuse in the same words, whatever database holds the tables."""

from __future__ import annotations

from atdata.errors import EntryExists, EntryNotFound, LeaseLost, SchemaConflict
from atdata.index.entry import SchemaKey
from atdata.index.providers.provider import Label
from atdata_schema.syntax.quoting import quoted

__all__ = ["being_collected", "entry_exists", "lease_lost", "no_target", "schema_conflict"]


def entry_exists(name: str, version: str) -> EntryExists:
    """A version that is added a second time."""
    return EntryExists(
        f"{quoted(name)} has a version {version} already, and versions do not change; give another one"
    )


def schema_conflict(key: SchemaKey, stored: str) -> SchemaConflict:
    """A version of a schema that names another type."""
    return SchemaConflict(
        f"{quoted(key.id)} {key.version} is the type {stored} in this Index, not {key.cid}; a version, once "
        "used, never names another type: give the schema another version"
    )


def lease_lost(token: str) -> LeaseLost:
    """A lease that ended before its holder was through."""
    return LeaseLost(
        f"the lease {token} is not there any more: its process was taken for dead, and what it had written may "
        "have been collected; begin again"
    )


def being_collected(name: str, digest: str) -> LeaseLost:
    """An entry one of whose shards is about to go."""
    return LeaseLost(
        f"{quoted(name)}: its shard {digest} is being deleted from its store just now, since nothing claimed it; "
        "write it again"
    )


def no_target(label: Label) -> EntryNotFound:
    """A label that would point to nothing."""
    return EntryNotFound(
        f"the label {quoted(label.label)} cannot be set: there is no {quoted(label.name)} {label.version}; "
        "name a version that is there"
    )
