"""What the next version of a dataset is: its number, and what it has from the version before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from atdata.index.changes import check_step, compared, schema_version
from atdata.index.entry import Entry, SchemaKey, ShardRecord
from atdata.index.providers.provider import Provider, StoredSchema
from atdata.index.said import NOTHING, Said
from atdata.index.store_names import is_same
from atdata.index.versions import FIRST, Version
from atdata_schema.compare import Comparison, compare
from atdata_schema.schema import Schema

__all__ = ["Draft", "Next", "next_version"]

Splits = Mapping[str, tuple[ShardRecord, ...]]


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author makes a new version of.

    Attributes:
        name: the dataset.
        schema: the type of the samples.
        splits: the shards of each split that is written.
        version: the version it is to have; without one the next.
        schema_version: the version that its schema is to have.
        store: the URL of the store that owns the shards, where one does.
        said: what its author says about it.
    """

    name: str
    schema: Schema
    splits: Splits
    version: str | None = None
    schema_version: str | None = None
    store: str | None = None
    said: Said = NOTHING


@dataclass(frozen=True, slots=True)
class Next:
    """A version that may be added.

    Attributes:
        entry: the version.
        schema: its schema.
        base: the version before, whose other splits it has.
        carried: the splits that it has from there.
    """

    entry: Entry
    schema: StoredSchema
    base: Entry | None
    carried: Splits


def next_version(provider: Provider, draft: Draft) -> Next:
    """The version that a draft becomes, as the Index stands now.

    The splits that the draft does not write come from the version before, unless the new type does not read
    their samples: such a version begins with what is written.

    Raises:
        SchemaConflict: a version that does not announce a breaking change.
    """
    base = _base(provider, draft)
    before = None if base is None else provider.schema(base.schema.id, base.schema.version)
    change = None if before is None else compared(before, draft.schema)
    version = _version(provider, draft, base, change)
    carried = _carried(draft, base, change)
    key = _schema_key(provider, draft, before)
    said = draft.said.after(base)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    entry = Entry(
        name=draft.name,
        version=version,
        schema=key,
        splits={**carried, **draft.splits},
        created=now,
        store=_store(draft, base, carried),
        description=said.description,
        license=said.license,
        tags=said.tags or (),
        metadata=said.metadata or {},
    )
    return Next(entry, StoredSchema(key, draft.schema.to_json(), now), base, carried)


def _base(provider: Provider, draft: Draft) -> Entry | None:
    """The version before: the latest one, or the highest below the version that is given."""
    if draft.version is None:
        return provider.entry(draft.name)
    below = _around(provider, draft.name, Version.of(draft.version))[0]
    found = (provider.entry(draft.name, version) for version in reversed(below))
    return next((entry for entry in found if entry is not None), None)


def _around(provider: Provider, name: str, version: Version) -> tuple[list[str], list[str]]:
    """The versions below one, and those above it."""
    numbers = {text: Version.of(text) for text in provider.versions(name)}
    below = [text for text, number in numbers.items() if number < version]
    return below, [text for text, number in numbers.items() if number > version]


def _version(
    provider: Provider, draft: Draft, base: Entry | None, change: Comparison | None
) -> str:
    what = f"the dataset {draft.name}"
    if draft.version is not None:
        version = Version.of(draft.version)
        if base is not None:
            check_step(what, Version.of(base.version), version, change)
        _check_above(provider, draft, what, version)
        return draft.version
    if base is None:
        return str(FIRST)
    number = Version.of(base.version)
    breaking = change is not None and change.breaking
    return str(number.next_major if breaking else number.next_minor)


def _check_above(provider: Provider, draft: Draft, what: str, version: Version) -> None:
    """A version that is put between others is not to break the one above it either."""
    above = _around(provider, draft.name, version)[1]
    entry = provider.entry(draft.name, above[0]) if above else None
    stored = entry and provider.schema(entry.schema.id, entry.schema.version)
    if stored and compared(stored, draft.schema) is not None:
        change = compare(draft.schema.model, Schema.from_json(stored.schema).model)
        check_step(what, version, Version.of(above[0]), change)


def _carried(draft: Draft, base: Entry | None, change: Comparison | None) -> Splits:
    if base is None or not (change is None or change.new_reads_old):
        return {}
    # A key is one of the store that the entry names: what another store owns is carried by its URL.
    owned = draft.store is None or is_same(draft.store, base.store)
    return {
        name: shards if owned else tuple(replace(shard, key=None) for shard in shards)
        for name, shards in base.splits.items()
        if name not in draft.splits
    }


def _store(draft: Draft, base: Entry | None, carried: Splits) -> str | None:
    if draft.store is not None or base is None:
        return draft.store
    keys = [shard.key for shards in carried.values() for shard in shards]
    return base.store if any(key is not None for key in keys) else None


def _schema_key(provider: Provider, draft: Draft, before: StoredSchema | None) -> SchemaKey:
    schema = draft.schema
    # What the version before has is known without looking through all schemas.
    if (
        before is not None
        and (before.key.id, before.key.cid) == (schema.id, schema.cid)
        and draft.schema_version in (None, before.key.version)
    ):
        return before.key
    return SchemaKey(schema.id, schema_version(provider, schema, draft.schema_version), schema.cid)
