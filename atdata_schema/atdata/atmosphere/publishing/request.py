"""What is to be published, before anything of it is looked at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from atdata.atmosphere.records.refs import StrongRef
from atdata.index.entry import JsonObject, ShardRecord
from atdata.shards.sources.place import Place
from atdata_schema.schema import Schema

__all__ = ["Request", "SourceShard"]


@dataclass(frozen=True, slots=True)
class SourceShard:
    """A shard as it lies now.

    Attributes:
        place: how it is reached from here; it may hold what nobody else is to know.
        record: what an Index knows of it.
        store: the URL of the store that it lies in, where it does.
    """

    place: Place = field(repr=False)
    record: ShardRecord
    store: str | None = None

    @property
    def sha256(self) -> str:
        """Its digest."""
        assert self.record.sha256 is not None  # computed before it comes here
        return self.record.sha256


@dataclass(frozen=True)
class Request:
    """A version of a dataset that is to be published.

    Attributes:
        name: what it is called.
        version: semver.
        schema: the type of its samples, with an NSID that can be published.
        schema_version: the version of that.
        splits: the shards of each split, in order.
        flat: whether no field of the samples holds others.
        local_name: what the type is called on this machine, where that is another name.
        description: what it is, for people.
        license: an SPDX identifier or another text.
        tags: words to find it by.
        metadata: what else its author says.
        derived_from: the entries that it was made from.
    """

    name: str
    version: str
    schema: Schema
    schema_version: str
    splits: Mapping[str, tuple[SourceShard, ...]]
    flat: bool = False
    local_name: str | None = None
    description: str | None = None
    license: str | None = None
    tags: tuple[str, ...] = ()
    metadata: JsonObject = field(default_factory=dict)
    derived_from: tuple[StrongRef, ...] = ()

    @property
    def shards(self) -> list[SourceShard]:
        """All of them, in order."""
        return [shard for shards in self.splits.values() for shard in shards]

    @cached_property
    def digest(self) -> str:
        """The sha-256 of all that makes two publications the same, wherever their shards lie."""
        said = {
            "name": self.name,
            "version": self.version,
            "schema": [self.schema.id, self.schema.cid, self.schema_version],
            "splits": [
                [split, [[shard.sha256, shard.record.samples] for shard in shards]]
                for split, shards in self.splits.items()
            ],
            "said": [self.description, self.license, list(self.tags), self.metadata],
            "derived": [[ref.uri, ref.cid] for ref in self.derived_from],
        }
        text = json.dumps(said, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()
