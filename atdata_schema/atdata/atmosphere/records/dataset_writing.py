"""From a dataset to the record that publishes it."""

from __future__ import annotations

from typing import Any

from atdata.atmosphere.records.checking import finished, refusals
from atdata.atmosphere.records.collections import ENTRY
from atdata.atmosphere.records.dataset_reading import dataset_from_record
from atdata.atmosphere.records.metadata import metadata_to_bytes
from atdata.atmosphere.records.published_dataset import DatasetSize, PublishedDataset
from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.shard_list import LONGEST_INLINE, needs_shard_list
from atdata.atmosphere.records.splits import check_size, splits_to_record
from atdata.atmosphere.records.storage import SHARD_LIST, blob_record, storage_of
from atdata.atmosphere.records.texts import check_record_uri, check_version
from atdata.errors import ValidationError
from atdata_schema.syntax.quoting import quoted

__all__ = ["dataset_to_record"]


def dataset_to_record(dataset: PublishedDataset, *, local: bool = False) -> dict[str, Any]:
    """The record that publishes a dataset, as JSON.

    What it gives was held against its lexicon and read back by the rules for strangers' records.

    Args:
        dataset: the dataset, with digest, size and count of every shard. Where `needs_shard_list` says so, with the
            blob of `shard_list_to_bytes` as its `shard_list`; then its shards may also be left out, if `size` is told.
        local: take http and hosts of this machine and private networks too, for experiments and tests.

    Raises:
        RecordError: it cannot be published so: something is missing, too long, private or secret.
    """
    where = f"the dataset {quoted(dataset.name)}"
    with refusals(where):
        record = finished(_record(dataset, local))
    dataset_from_record(record, where, local=local)
    return record


def _record(dataset: PublishedDataset, local: bool) -> dict[str, Any]:
    if dataset.schema is None or dataset.schema.uri != dataset.schema_uri:
        raise ValidationError("missing: its sample type, pinned by a CID", ["schema"])
    shards = dataset.shards
    counted = shards or dataset.shard_list is None
    size = check_size(dataset.size, DatasetSize.of(shards)) if counted else dataset.size
    listed = dataset.shard_list is not None
    details: dict[str, Any] = {
        "schema": _pinned(dataset.schema),
        "splits": splits_to_record(dict.fromkeys(dataset.splits, ()) if listed else dataset.splits),
    }
    if dataset.version is not None:
        details["version"] = check_version(dataset.version, ours=True)
    if dataset.derived_from:
        details["derivedFrom"] = [_pinned(ref) for ref in dataset.derived_from]
    told = {"samples": size.samples, "bytes": size.bytes, "shards": size.shards}
    return {
        "$type": ENTRY,
        "name": dataset.name,
        "schemaRef": dataset.schema_uri,
        "storage": _storage(dataset, size, local),
        "createdAt": dataset.created,
        "size": {key: value for key, value in told.items() if value is not None},
        "atdata": details,
        **_said(dataset),
    }


def _storage(dataset: PublishedDataset, size: DatasetSize, local: bool) -> dict[str, Any]:
    if dataset.shard_list is None:
        if needs_shard_list(dataset):
            raise ValidationError(
                f"the list of its shards is longer than {LONGEST_INLINE} bytes: it goes into a blob",
                ["storage"],
            )
        return storage_of(dataset.shards, local=local)
    if size.shards is None:
        raise ValidationError("missing: the number of shards in the list", ["size", "shards"])
    return {"$type": SHARD_LIST, "list": blob_record(dataset.shard_list), "shards": size.shards}


def _said(dataset: PublishedDataset) -> dict[str, Any]:
    said: dict[str, Any] = {
        "description": dataset.description,
        "license": dataset.license,
        "tags": list(dataset.tags),
        "metadata": metadata_to_bytes(dataset.metadata) if dataset.metadata else b"",
    }
    return {key: value for key, value in said.items() if value}


def _pinned(ref: StrongRef) -> dict[str, str]:
    return {"uri": check_record_uri(ref.uri, "uri", pinned=True), "cid": ref.cid}
