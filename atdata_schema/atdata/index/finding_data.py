"""What is to be added to an Index: the shards of each split, and the type of their samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atdata.dataset import Dataset
from atdata.errors import LoadError, SplitError
from atdata.location import locate
from atdata.resolving import class_for
from atdata.shards.reader import ShardFile
from atdata.stored_schema import stored_schema, with_form
from atdata.views.whole import whole_shards
from atdata_schema.schema import Schema

__all__ = ["Found", "found_at", "found_in_dataset"]


@dataclass(frozen=True, slots=True)
class Found:
    """A dataset to be added.

    Attributes:
        splits: the shards of each split.
        schema: the type of the samples.
        sample_type: a class of that type.
    """

    splits: Mapping[str, Sequence[ShardFile]]
    schema: Schema
    sample_type: type[Any]

    @property
    def shards(self) -> list[ShardFile]:
        """All of them, in order."""
        return [shard for shards in self.splits.values() for shard in shards]

    @property
    def bytes(self) -> int | None:
        """How many bytes they have, where that is known before they are read."""
        sizes = [_size(shard) for shard in self.shards]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None


def found_in_dataset(dataset: Dataset[Any], split: str | None) -> Found | None:
    """The shards of a dataset; `None` where it is a view, whose samples are others than those of its shards.

    Raises:
        LoadError: its samples have no schema.
    """
    shards = whole_shards(dataset._plan)
    if shards is None or any(shard.grouped for shard in shards):
        return None
    name = split or dataset.split or "train"
    return Found({name: shards}, dataset.schema, dataset.sample_type)


def found_at(path: str | Path, split: str | None) -> Found:
    """The shards at a path or an address.

    Raises:
        DatasetNotFound: there is nothing.
        LoadError: it has no schema.
        SplitError: there is no such split, or nobody knows which splits there are.
    """
    located = with_form(locate(path))
    schema = stored_schema(located)
    if schema is None:
        raise LoadError(
            f"{path} has no dataset.json that says what its samples are: load it with a class, "
            "index.add(atdata.load_dataset(path, YourClass), ...)"
        )
    splits: dict[str, list[ShardFile]] = {}
    for item in located:
        if item.split is None:
            raise SplitError(f"{item.file.place}: its name says two splits: give split=")
        splits.setdefault(item.split, []).append(item.file)
    return Found(_chosen(splits, split, path), schema, class_for(schema))


def _chosen(
    splits: dict[str, list[ShardFile]], split: str | None, path: str | Path
) -> dict[str, list[ShardFile]]:
    if split is None:
        return splits
    if split in splits:
        return {split: splits[split]}
    if len(splits) == 1:
        return {split: next(iter(splits.values()))}
    raise SplitError(f"{path} has no split {split!r}; it has {', '.join(splits)}")


def _size(shard: ShardFile) -> int | None:
    if shard.entry is not None:
        return shard.entry.bytes
    place = shard.place
    return place.stat().st_size if isinstance(place, Path) and place.exists() else None
