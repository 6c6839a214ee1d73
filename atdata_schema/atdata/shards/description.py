"""`<stem>.dataset.json`: what a dataset owns, and whether it is complete.

    {
      "format": 1,
      "complete": true,
      "schema": {"id": "org.example.imageSample", "cid": "bafyrei...", "documents": {"org.example.imageSample": {...}}},
      "splits": {
        "train": [
          {"file": "data-000000.tar", "bytes": 30166528, "samples": 50, "sha256": "9f86d0...", "index": null, "manifest": null}
        ]
      },
      "replaces": []
    }

`file` is a name in the folder of the description, never a path. `sha256` is the digest of the file, or null
where the dataset was written without digests. `index` is the sha-256 of the shard's
`.idx`, `manifest` that of its `.manifest.json`, where there is one. `replaces` is empty in a complete description; in an incomplete one it names the
shards of the dataset that is being replaced. Keys that are not listed here are ignored, so that later
formats can say more; what is listed is read strictly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = ["FORMAT", "Description", "JsonObject", "ShardEntry", "SUFFIX"]

FORMAT = 1
"""The number of the format described here."""

SUFFIX = ".dataset.json"
"""What follows the stem in a description's name."""

JsonObject: TypeAlias = dict[str, Any]
"""An object of a JSON document, its values unread."""


@dataclass(frozen=True, slots=True)
class ShardEntry:
    """One shard of a dataset.

    Attributes:
        file: its name, in the folder of the description.
        bytes: the size of the file.
        samples: how many it holds.
        sha256: the digest of the file, in hexadecimal digits, where it was computed.
        index: the digest of its index file, where there is one.
        manifest: the digest of its manifest, where one was written with it.
        url: where it lies, in the description of a version in a store, where that is not in the store.
    """

    file: str
    bytes: int
    samples: int
    sha256: str | None
    index: str | None = None
    manifest: str | None = None
    url: str | None = None

    def to_json(self) -> JsonObject:
        """The entry as it stands in the file."""
        return {
            "file": self.file,
            "bytes": self.bytes,
            "samples": self.samples,
            "sha256": self.sha256,
            "index": self.index,
            "manifest": self.manifest,
        }


@dataclass(frozen=True, slots=True)
class Description:
    """A dataset, as its `dataset.json` has it.

    Attributes:
        schema: `{"id", "cid", "documents"}` of the sample type.
        splits: the shards of each split, in order.
        complete: whether writing came to its end; an incomplete dataset is not read.
        replaces: while it is being written over another dataset, the shards of that one.
    """

    schema: JsonObject
    splits: Mapping[str, tuple[ShardEntry, ...]]
    complete: bool
    replaces: tuple[str, ...] = field(default=())

    @property
    def files(self) -> frozenset[str]:
        """Every shard that the dataset owns, by file name."""
        listed = (entry.file for entries in self.splits.values() for entry in entries)
        return frozenset((*listed, *self.replaces))

    def entry(self, file: str) -> tuple[str, ShardEntry] | None:
        """The split and the entry of a shard, where it is one of ours."""
        for split, entries in self.splits.items():
            for item in entries:
                if item.file == file:
                    return split, item
        return None

    def to_json(self) -> JsonObject:
        """The description as it stands in the file."""
        return {
            "format": FORMAT,
            "complete": self.complete,
            "schema": self.schema,
            "splits": {
                name: [entry.to_json() for entry in entries]
                for name, entries in self.splits.items()
            },
            "replaces": list(self.replaces),
        }
