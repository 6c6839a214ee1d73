"""A dataset as its owner published it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.shards import BlobPlace, PublishedShard

__all__ = ["DatasetSize", "JsonObject", "PublishedDataset"]

JsonObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DatasetSize:
    """How large a dataset is in all; `None` is what the record does not tell."""

    shards: int | None = None
    samples: int | None = None
    bytes: int | None = None

    @classmethod
    def of(cls, shards: Collection[PublishedShard]) -> DatasetSize:
        """The sum over shards; a sum is told where every summand is.

        >>> from atdata.atmosphere.records.shards import HttpPlace
        >>> DatasetSize.of([PublishedShard(HttpPlace("https://example.org/a.tar"), samples=3)])
        DatasetSize(shards=1, samples=3, bytes=None)
        """
        return cls(
            len(shards),
            _sum(shard.samples for shard in shards),
            _sum(shard.bytes for shard in shards),
        )


@dataclass(frozen=True, slots=True)
class PublishedDataset:
    """A dataset as its owner published it.

    Attributes:
        name: its name.
        schema_uri: the record of its sample type.
        schema: the same, pinned; `None` in a record that does not pin it.
        version: its version, where the record tells one.
        splits: its shards by the names of the splits, in order; without shards while `shard_list` is not fetched.
        shard_list: the blob that lists the shards, where the record itself does not.
        created: when it was published: a datetime as the record has it.
        description: what it holds; empty where the record tells nothing.
        license: under which licence; empty where the record tells nothing.
        tags: words to find it by.
        metadata: whatever its author added.
        derived_from: the datasets that it was made from.
        size: how large it is in all.
    """

    name: str
    schema_uri: str
    splits: Mapping[str, tuple[PublishedShard, ...]]
    created: str
    schema: StrongRef | None = None
    version: str | None = None
    shard_list: BlobPlace | None = None
    description: str = ""
    license: str = ""
    tags: tuple[str, ...] = ()
    metadata: JsonObject = field(default_factory=dict[str, Any])
    derived_from: tuple[StrongRef, ...] = ()
    size: DatasetSize = DatasetSize()

    @property
    def shards(self) -> tuple[PublishedShard, ...]:
        """The shards of all splits, one split after the other."""
        return tuple(shard for shards in self.splits.values() for shard in shards)


def _sum(counts: Iterable[int | None]) -> int | None:
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total
