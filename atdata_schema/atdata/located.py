"""A shard that was found, with what is known of it before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from atdata.shards.description import JsonObject
from atdata.shards.reader import ShardFile

__all__ = ["Located"]


@dataclass(frozen=True, slots=True)
class Located:
    """A shard that was found.

    Attributes:
        file: the shard.
        split: the split that it belongs to; `None` where the name of a single file says two.
        schema: the stored schema of its dataset, where it has a `dataset.json`.
        origin: the description or folder that it was found by.
    """

    file: ShardFile
    split: str | None
    schema: JsonObject | None
    origin: Path
