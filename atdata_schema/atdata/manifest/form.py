"""What a manifest says; `form_json` says how it stands in its file (docs/FORMATS.md, section 3)."""

from __future__ import annotations

from dataclasses import dataclass

from atdata.manifest.query.spelling import Path
from atdata.manifest.statistics import FieldStatistics

__all__ = ["Manifest", "ManifestFault", "ManifestField"]


class ManifestFault(Exception):
    """Why a file is no manifest that can be used; callers say so and do without it."""


@dataclass(frozen=True, slots=True)
class ManifestField:
    """One field.

    Attributes:
        path: its name; of a field inside an object the names on the way to it.
        column: its column among the rows; `None` where it has none.
        statistics: what is known of it as a whole.
    """

    path: Path
    column: str | None
    statistics: FieldStatistics


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says.

    Attributes:
        shard_file: the name of the shard, where it is said.
        shard_bytes: the size of the shard.
        shard_sha256: its digest.
        samples: how many it holds.
        keys: the sha-256 of their keys in order, each followed by a newline.
        schema: `id` and type CID of the samples, where they are said.
        rows_bytes: the size of the rows beside it.
        rows_sha256: their digest.
        fields: each field that is known.
    """

    shard_file: str | None
    shard_bytes: int
    shard_sha256: str
    samples: int
    keys: str
    schema: tuple[str, str] | None
    rows_bytes: int
    rows_sha256: str
    fields: tuple[ManifestField, ...]
