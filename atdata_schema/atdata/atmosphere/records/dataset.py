"""A dataset as its owner published it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.shards import BlobPlace, PublishedShard

__all__ = [
    "DatasetSize",
    "JsonObject",
    "PublishedDataset",
    "dataset_from_record",
    "dataset_to_record",
    "needs_shard_list",
    "shard_list_from_bytes",
    "shard_list_to_bytes",
]

JsonObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DatasetSize:
    """How large a dataset is in all; `None` is what the record does not tell."""

    shards: int | None = None
    samples: int | None = None
    bytes: int | None = None


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


def dataset_from_record(
    value: Mapping[str, Any], where: str, *, local: bool = False
) -> PublishedDataset:
    """The dataset that a record of `science.alt.dataset.entry` publishes, ours or the peer's.

    Args:
        value: the record, as JSON or as values of the data model.
        where: what the record is called in messages: its AT-URI.
        local: take http and hosts of this machine and private networks too, for experiments and tests.

    Raises:
        RecordError: something in it is wrong; the message names the record and the property.
    """
    raise NotImplementedError


def dataset_to_record(dataset: PublishedDataset, *, local: bool = False) -> dict[str, Any]:
    """The record that publishes a dataset, as JSON.

    Args:
        dataset: the dataset, with digest, size and count of every shard. Where `needs_shard_list` says so, with the
            blob of `shard_list_to_bytes` as its `shard_list`.
        local: as in `dataset_from_record`.

    Raises:
        RecordError: it cannot be published so: something is missing, too long, private or secret.
    """
    raise NotImplementedError


def needs_shard_list(dataset: PublishedDataset) -> bool:
    """Whether the list of shards is too long for the record, so that it goes into a blob."""
    raise NotImplementedError


def shard_list_to_bytes(dataset: PublishedDataset, *, local: bool = False) -> bytes:
    """The content of the blob that lists the shards of a dataset; the same for the same shards.

    Raises:
        RecordError: the shards cannot be published so.
    """
    raise NotImplementedError


def shard_list_from_bytes(
    data: bytes, dataset: PublishedDataset, where: str, *, local: bool = False
) -> PublishedDataset:
    """A dataset with the shards that its list names.

    Args:
        data: the content of the blob `dataset.shard_list`.
        dataset: the dataset as its record has it.
        where: what the record is called in messages.
        local: as in `dataset_from_record`.

    Raises:
        RecordError: the list is wrong, or does not fit the record.
    """
    raise NotImplementedError
