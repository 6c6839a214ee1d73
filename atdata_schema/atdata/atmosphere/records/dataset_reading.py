"""From a record of a dataset to the dataset: ours, and those of others who publish in the same collection."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from atdata.atmosphere.records.checking import checked, refusals
from atdata.atmosphere.records.collections import ENTRY, SCHEMA
from atdata.atmosphere.records.metadata import metadata_from_record
from atdata.atmosphere.records.published_dataset import DatasetSize, PublishedDataset
from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.shards import BlobPlace
from atdata.atmosphere.records.splits import (
    Splits,
    check_size,
    split_names,
    splits_from_record,
    undescribed,
)
from atdata.atmosphere.records.steps import at
from atdata.atmosphere.records.storage import SHARD_LIST, blob_place, listed_in
from atdata.atmosphere.records.texts import (
    check_line,
    check_name,
    check_record_cid,
    check_record_uri,
    check_split,
    check_version,
)
from atdata.errors import ValidationError

__all__ = ["dataset_from_record"]

_DEFAULT_SPLIT: Final = "train"


def dataset_from_record(
    value: Mapping[str, Any], where: str, *, local: bool = False
) -> PublishedDataset:
    """The dataset that a record of `science.alt.dataset.entry` publishes, ours or another's.

    A record without `atdata` tells neither splits nor counts: its shards are the split that its metadata names, or
    `train`.

    Args:
        value: the record, as JSON or as values of the data model.
        where: what the record is called in messages: its AT-URI.
        local: take http and hosts of this machine and private networks too, for experiments and tests.

    Raises:
        RecordError: something in it is wrong; the message names the record and the property.
    """
    with refusals(where):
        record = checked(value, ENTRY, unchecked=("metadata",))
        metadata = metadata_from_record(record.get("metadata"))
        splits, shard_list, size = _shards(record, metadata, local)
        return PublishedDataset(
            name=check_name(record["name"]),
            schema_uri=check_record_uri(record["schemaRef"], "schemaRef", SCHEMA),
            splits=splits,
            created=record["createdAt"],
            shard_list=shard_list,
            description=record.get("description", ""),
            license=check_line(record.get("license", ""), "license"),
            tags=tuple(check_line(tag, "tags") for tag in record.get("tags", ())),
            metadata=metadata,
            size=size,
            **_details(record, metadata),
        )


def _shards(
    record: Mapping[str, Any], metadata: Mapping[str, Any], local: bool
) -> tuple[Splits, BlobPlace | None, DatasetSize]:
    storage, details = record["storage"], record.get("atdata")
    size = record.get("size", {})
    told = DatasetSize(size.get("shards"), size.get("samples"), size.get("bytes"))
    if storage["$type"] == SHARD_LIST:
        with at("storage"):
            blob = blob_place(storage["list"], "list")
        with at("atdata"):
            splits = _unlisted(details)
        return splits, blob, check_size(told, DatasetSize(shards=storage["shards"]))
    with at("storage"):
        listed = listed_in(storage, local=local)
    if details is None:
        splits = undescribed(listed, _split_told(metadata))
    else:
        with at("atdata"):
            splits = splits_from_record(details["splits"], listed)
    every = [shard for shards in splits.values() for shard in shards]
    return splits, None, check_size(told, DatasetSize.of(every))


def _unlisted(details: Mapping[str, Any] | None) -> Splits:
    """The splits of a record whose shards are in a list."""
    if details is None:
        raise ValidationError("missing: a record with a list of shards names its splits")
    for number, split in enumerate(details["splits"]):
        if split["shards"]:
            raise ValidationError("its shards are in the list", ["splits", number, "shards"])
    return dict.fromkeys(split_names(details["splits"]), ())


def _details(record: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What `atdata` tells beside the splits; of others, the version that their metadata name."""
    details = record.get("atdata")
    if details is None:
        return {"version": _version_told(metadata)}
    with at("atdata"):
        with at("schema"):
            schema = _strong(details["schema"], SCHEMA)
            if schema.uri != record["schemaRef"]:
                raise ValidationError("it is another record than schemaRef names", ["uri"])
        with at("derivedFrom"):
            sources = tuple(_strong(ref, ENTRY) for ref in details.get("derivedFrom", ()))
        version = details.get("version")
        return {
            "schema": schema,
            "version": None if version is None else check_version(version),
            "derived_from": sources,
        }


def _strong(ref: Mapping[str, Any], collection: str) -> StrongRef:
    return check_record_cid(
        StrongRef(check_record_uri(ref["uri"], "uri", collection), ref["cid"]), "cid"
    )


def _version_told(metadata: Mapping[str, Any]) -> str | None:
    told = metadata.get("version")
    with suppress(ValidationError):
        return check_version(told) if isinstance(told, str) else None
    return None


def _split_told(metadata: Mapping[str, Any]) -> str:
    told = metadata.get("split")
    with suppress(ValidationError):
        return check_split(told) if isinstance(told, str) else _DEFAULT_SPLIT
    return _DEFAULT_SPLIT
