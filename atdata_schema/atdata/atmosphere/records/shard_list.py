"""The list of shards as a file, for datasets whose list is too long for a record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from atdata.atmosphere.records.checking import check_part, refusals
from atdata.atmosphere.records.published_dataset import DatasetSize, PublishedDataset
from atdata.atmosphere.records.shards import BlobPlace
from atdata.atmosphere.records.splits import check_size, splits_from_record, splits_to_record
from atdata.atmosphere.records.steps import at
from atdata.atmosphere.records.storage import HTTP, S3, listed_in, storage_of
from atdata.errors import ValidationError
from atdata_schema.data import cid_of_bytes, parse_json
from atdata_schema.syntax.quoting import quoted

__all__ = [
    "LONGEST",
    "LONGEST_INLINE",
    "needs_shard_list",
    "shard_list_from_bytes",
    "shard_list_to_bytes",
]

LONGEST_INLINE: Final = 128 * 1024
"""Bytes of JSON that the list of shards may have in a record."""

LONGEST: Final = 52_428_800
"""Bytes of a list that is a blob; the lexicon has the same limit. Some hundred thousand shards are before it."""


_MOST_SPLITS: Final = 1000
_SHORTEST: Final = 100  # a digest of 64 characters, and the keys around it
_SPLIT: Final = "dev.atdata.defs#split"


def needs_shard_list(dataset: PublishedDataset) -> bool:
    """Whether the list of shards is too long for the record, so that it goes into a blob.

    Shards that are blobs stand in the record however many they are: a server keeps the blobs that a record names, and no
    others.

    Raises:
        RecordError: the shards cannot be published: one lacks its digest, size or count.
    """
    shards = dataset.shards
    if not shards or any(isinstance(shard.place, BlobPlace) for shard in shards):
        return False
    # Even the shortest list of so many is too long; there is no need to write it.
    if len(shards) > LONGEST_INLINE // _SHORTEST:
        return True
    with refusals(f"the dataset {quoted(dataset.name)}"):
        return len(_text(dataset, local=True)) > LONGEST_INLINE


def shard_list_to_bytes(dataset: PublishedDataset, *, local: bool = False) -> bytes:
    """The content of the blob that lists the shards of a dataset; the same for the same shards.

    Args:
        dataset: the dataset, with digest, size and count of every shard.
        local: take http and hosts of this machine and private networks too, for experiments and tests.

    Raises:
        RecordError: the shards cannot be published so.
    """
    where = f"the dataset {quoted(dataset.name)}"
    with refusals(where):
        if any(isinstance(shard.place, BlobPlace) for shard in dataset.shards):
            raise ValidationError("shards that are blobs stand in the record itself", ["splits"])
        text = _text(dataset, local=local)
        # Whoever reads it has the same limits.
        _ = _listed(text)
    return text


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
    with refusals(f"{where}, its list of shards"):
        blob = dataset.shard_list
        if blob is None:
            raise ValidationError("the record has no list of shards")
        if len(data) != blob.size or cid_of_bytes(data) != blob.cid:
            raise ValidationError(f"{len(data)} bytes that are not the blob {blob.cid}")
        content = _listed(data)
        with at("storage"):
            listed = listed_in(content["storage"], local=local)
        splits = splits_from_record(content["splits"], listed)
        if list(splits) != list(dataset.splits):
            raise ValidationError("it has other splits than the record", ["splits"])
        every = [shard for shards in splits.values() for shard in shards]
        size = check_size(dataset.size, DatasetSize.of(every))
    return replace(dataset, splits=splits, size=size)


def _text(dataset: PublishedDataset, *, local: bool) -> bytes:
    content = {
        "storage": storage_of(dataset.shards, local=local),
        "splits": splits_to_record(dataset.splits),
    }
    return json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def _listed(data: bytes) -> Mapping[str, Any]:
    content = parse_json(data, max_bytes=LONGEST)
    if content.keys() != {"storage", "splits"}:
        raise ValidationError("a list of shards has the keys storage and splits, and no others")
    storage, splits = content["storage"], content["splits"]
    if not isinstance(storage, dict) or storage.get("$type") not in (HTTP, S3):
        raise ValidationError(f"it is {HTTP} or {S3}", ["storage"])
    if not isinstance(splits, list) or not 1 <= len(splits) <= _MOST_SPLITS:
        raise ValidationError(f"it is a list of 1 to {_MOST_SPLITS} splits", ["splits"])
    with at("storage"):
        check_part(storage, str(storage["$type"]))
    for number, split in enumerate(splits):
        with at("splits", number):
            check_part(split, _SPLIT)
    return {"storage": storage, "splits": splits}
