"""A shard that was found, with what is known of it before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from atdata.errors import DatasetIncomplete, DescriptionError
from atdata.shards.description import Description, JsonObject
from atdata.shards.reader import ShardFile
from atdata.shards.sources.place import Place

__all__ = ["ENDINGS", "Located", "check_complete", "is_shard"]

ENDINGS: Final = (".tar", ".tar.gz", ".tgz", ".tar.zst")
"""What the names of shards end in."""


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
    origin: Place


def is_shard(path: str) -> bool:
    """Whether a file is a shard by its name.

    >>> is_shard("out/data-000000.tar.gz"), is_shard("data.tar.idx"), is_shard(".data.tar")
    (True, False, False)
    """
    name = path.rpartition("/")[2]
    return name.endswith(ENDINGS) and not name.startswith(".")


def check_complete(description: Description, path: object) -> Description:
    """A description of a dataset that can be read.

    Raises:
        DatasetIncomplete: its writing never came to its end.
        DescriptionError: it lists no shard.
    """
    if not description.complete:
        raise DatasetIncomplete(
            f"{path}: the dataset is incomplete: it is still being written, or its writer was stopped; "
            "writing it again replaces it"
        )
    if not description.files:
        raise DescriptionError(f"{path}: lists no shard")
    return description
