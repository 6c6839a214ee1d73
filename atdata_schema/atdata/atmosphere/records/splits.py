"""The splits of a dataset: what a record tells of each shard beside its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from atdata.atmosphere.records.published_dataset import DatasetSize
from atdata.atmosphere.records.shards import BlobPlace, PublishedShard
from atdata.atmosphere.records.steps import at
from atdata.atmosphere.records.storage import Listed, blob_place, blob_record
from atdata.atmosphere.records.texts import check_digest, check_split
from atdata.errors import ValidationError

__all__ = [
    "Splits",
    "check_size",
    "split_names",
    "splits_from_record",
    "splits_to_record",
    "undescribed",
]

Splits: TypeAlias = dict[str, tuple[PublishedShard, ...]]
"""Shards by the names of the splits, in order."""


_COUNTED: Final = ("shards", "samples", "bytes")


def splits_from_record(splits: Sequence[Mapping[str, Any]], listed: Sequence[Listed]) -> Splits:
    """The splits of a record, with the places of its storage.

    Args:
        splits: `atdata.splits`, or those of a list, as their lexicon allows.
        listed: what the storage lists.

    Raises:
        AtdataError: they do not fit each other, or something in them is wrong.
    """
    names = split_names(splits)
    count = sum(len(split["shards"]) for split in splits)
    if count != len(listed):
        raise ValidationError(
            f"the splits have {count} shards, and the storage lists {len(listed)}", ["splits"]
        )
    found: Splits = {}
    places = iter(listed)
    for number, (name, split) in enumerate(zip(names, splits, strict=True)):
        shards: list[PublishedShard] = []
        for index, told in enumerate(split["shards"]):
            with at("splits", number, "shards", index):
                shards.append(_shard(told, next(places)))
        found[name] = tuple(shards)
    return found


def split_names(splits: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the splits of a record, each once.

    Raises:
        ValidationError: one cannot be a name, or occurs twice.
    """
    names: list[str] = []
    for number, split in enumerate(splits):
        with at("splits", number):
            name = check_split(split["name"])
            if name in names:
                raise ValidationError(f"two splits are called {name!r}", ["name"])
        names.append(name)
    return names


def _shard(told: Mapping[str, Any], listed: Listed) -> PublishedShard:
    place, sha256 = listed
    if isinstance(place, BlobPlace) and place.size != told["bytes"]:
        raise ValidationError(
            f"{told['bytes']} bytes are told, and its blob has {place.size}", ["bytes"]
        )
    index, blob = told.get("index"), None
    if index is not None and "blob" in index:
        with at("index"):
            blob = blob_place(index["blob"], "blob")
    with at("index"):
        digest = None if index is None else check_digest(index["digest"])
    return PublishedShard(place, sha256, told["bytes"], told["samples"], digest, blob)


def undescribed(listed: Sequence[Listed], split: str) -> Splits:
    """The one split of a record that tells nothing of its shards but where they are."""
    return {
        split: tuple(
            PublishedShard(place, sha256, place.size if isinstance(place, BlobPlace) else None)
            for place, sha256 in listed
        )
    }


def splits_to_record(splits: Mapping[str, Sequence[PublishedShard]]) -> list[dict[str, Any]]:
    """The splits of a dataset as a record has them.

    Raises:
        ValidationError: a shard lacks its size or the number of its samples, or a name cannot be one.
    """
    return [
        {"name": check_split(name), "shards": [_told(name, shard) for shard in shards]}
        for name, shards in splits.items()
    ]


def _told(split: str, shard: PublishedShard) -> dict[str, Any]:
    if shard.samples is None or shard.bytes is None:
        raise ValidationError(
            f"a shard of the split {split} lacks its size or the number of its samples", ["splits"]
        )
    told: dict[str, Any] = {"samples": shard.samples, "bytes": shard.bytes}
    if shard.index is None:
        return told
    index: dict[str, Any] = {"digest": shard.index}
    if shard.index_blob is not None:
        index["blob"] = blob_record(shard.index_blob)
    return {**told, "index": index}


def check_size(told: DatasetSize, found: DatasetSize) -> DatasetSize:
    """The size of a dataset: what its record tells, held against the sums over its shards.

    Raises:
        ValidationError: they differ.
    """
    pairs = {name: (getattr(told, name), getattr(found, name)) for name in _COUNTED}
    for name, (one, other) in pairs.items():
        if one is not None and other is not None and one != other:
            raise ValidationError(f"{one} are told, and the shards have {other}", ["size", name])
    return DatasetSize(*(other if one is None else one for one, other in pairs.values()))
