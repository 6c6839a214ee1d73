"""What providers refuse in the same words, whatever database holds the tables."""

from __future__ import annotations

from atdata.errors import EntryExists, EntryNotFound, LeaseLost, ProviderError, SchemaConflict
from atdata.index.entry import SchemaKey
from atdata.index.providers.provider import Label
from atdata_schema.syntax.quoting import quoted

__all__ = [
    "being_collected",
    "entry_exists",
    "lease_lost",
    "lens_exists",
    "newer_layout",
    "no_target",
    "replaced",
    "schema_conflict",
]


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


def lens_exists(name: str, stored: str, given: str) -> EntryExists:
    """A name under which another lens is stored."""
    return EntryExists(
        f"{quoted(name)} is the lens {stored} in this Index, not {given}; give another name, or delete that one "
        "first"
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


def newer_layout(where: str, found: int, known: int) -> ProviderError:
    """Tables that a newer release has made or changed."""
    return ProviderError(
        f"{where}: its tables have layout {found}, and this release of atdata knows layouts up to {known}; "
        "upgrade atdata"
    )


def replaced(where: str) -> ProviderError:
    """Tables that were of this release when they were opened, and are not now."""
    return ProviderError(
        f"{where}: its tables were replaced by older ones; close the Index and open it again"
    )
