"""Fields out of the column file of a shard, for whoever asks a condition."""

from __future__ import annotations

from collections.abc import Mapping

from atdata.manifest.arrow_columns import as_instants
from atdata.manifest.query.columns import Column, Numbers, coded
from atdata.manifest.query.kinds import FieldKind
from atdata.manifest.query.spelling import Path
from atdata.shards.columnar.sidecar import SUFFIX, ColumnFile
from atdata.shards.columnar.sidecar import Column as Stored
from atdata.shards.columnar.stored_column import StoredColumn
from atdata.shards.shard_set import ShardSet

__all__ = ["small_columns"]


def small_columns(
    shards: ShardSet, place: int, wanted: Mapping[Path, FieldKind | None]
) -> dict[Path, Column]:
    """Some fields of all samples of a shard, as far as its column file has them.

    Raises:
        ShardError: the shard is damaged, or not the one that is described.
    """
    file = _column_file(shards, place)
    if file is None:
        return {}
    found: dict[Path, Column] = {}
    for path, kind in wanted.items():
        stored = file.column(path[0]) if len(path) == 1 else None
        column = None if stored is None else _column(stored, kind)
        if column is not None:
            found[path] = column
    return found


def _column_file(shards: ShardSet, place: int) -> ColumnFile | None:
    file = shards.files[place]
    if not file.is_local:
        return None  # those are read by paths
    path = file.path.with_name(file.path.name + SUFFIX)
    if not path.exists():
        return None
    index = shards.index(place)
    sha256 = None if file.entry is None else file.entry.sha256
    if sha256 is None and index.file is not None:
        sha256 = index.file.shard_sha256
    return None if sha256 is None else ColumnFile.open(path, sha256, len(index.keys))


def _column(stored: Stored, kind: FieldKind | None) -> Column | None:
    """A column, if it is of the kind that it should be."""
    wanted = stored.kind if kind is None else kind.kind
    if stored.kind != "text":
        return Numbers(wanted, stored.values, stored.valid) if stored.kind == wanted else None
    if wanted not in ("text", "datetime"):
        return None
    count = len(stored.values) - 1
    texts: list[str | None] = []
    texts += StoredColumn([stored]).texts(slice(0, count)) if count else []
    if stored.valid is not None:
        texts = [
            text if valid else None
            for text, valid in zip(texts, stored.valid.tolist(), strict=True)
        ]
    found = coded(texts)
    return found if wanted == "text" else as_instants(found)
