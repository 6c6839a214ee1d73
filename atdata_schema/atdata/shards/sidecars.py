"""The files beside a shard that are derived from it: its index, and its columns.

They are written with the shard, under unfinished names, and put in place right behind it. A crash between
the two leaves an old one beside a new shard; each says which shard it belongs to, and is made anew where
it is not this one.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from atdata.shards.columnar.sidecar import SUFFIX as COLUMNS
from atdata.shards.columnar.sidecar_building import encode_columns
from atdata.shards.files import part_of
from atdata.shards.index.file import SUFFIX as INDEX
from atdata.shards.index.file import encode_index
from atdata.shards.writer import Written

__all__ = ["SIDECARS", "Sidecars", "is_sidecar", "sidecar_path"]

SIDECARS: Final = (INDEX, COLUMNS)
"""What follows a shard's name in the names of the files beside it."""

_MAGIC: Final = (b"atdidx", b"atdcol")


def sidecar_path(shard: Path, suffix: str) -> Path:
    """Where a file beside a shard stands.

    >>> sidecar_path(Path("out/data.tar"), ".idx").name
    'data.tar.idx'
    """
    return shard.with_name(shard.name + suffix)


def is_sidecar(path: Path) -> bool:
    """Whether a file is one of ours, of any version, and so may be replaced."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(6) in _MAGIC


class Sidecars:
    """Writes the files beside the shards of one dataset.

    Args:
        type_cid: the type of its samples; `None` leaves it out, so that equal shards have equal files.
        columns: whether there are column files.
    """

    def __init__(self, type_cid: str | None, *, columns: bool) -> None:
        self._type_cid = type_cid
        self._columns = columns

    def write(self, shard: Path, written: Written) -> str:
        """Write the files of a shard under unfinished names; the sha-256 of its index.

        Raises:
            OSError: the disk is full, or another of its reasons.
        """
        contents, digests = written.contents, written.digests
        index = encode_index(
            offsets=contents.offsets,
            sizes=contents.sizes,
            keys=contents.keys,
            shard_bytes=written.bytes,
            shard_sha256=None if digests is None else digests.sha256,
            type_cid=self._type_cid,
            layout="A" if (contents.sizes == contents.sizes[0]).all() else "C",
            blocks=None if digests is None else np.frombuffer(digests.blocks, np.uint8),
        )
        part_of(sidecar_path(shard, INDEX)).write_bytes(index)
        if self._columns and digests is not None:
            columns = encode_columns(
                part_of(shard),
                contents.offsets,
                contents.sizes,
                shard_sha256=digests.sha256,
                type_cid=self._type_cid,
            )
            part_of(sidecar_path(shard, COLUMNS)).write_bytes(columns)
        return hashlib.sha256(index).hexdigest()

    def place(self, shard: Path) -> None:
        """Give the files of a shard their names, and remove what an earlier shard of this name left."""
        for suffix in SIDECARS:
            path = sidecar_path(shard, suffix)
            part = part_of(path)
            if part.exists():
                part.replace(path)
            else:
                path.unlink(missing_ok=True)

    def remove(self, shard: Path) -> None:
        """Remove the files beside a shard that is removed."""
        for suffix in SIDECARS:
            path = sidecar_path(shard, suffix)
            if is_sidecar(path):
                path.unlink(missing_ok=True)

    def written(self, shard: Path) -> dict[str, Path]:
        """What was written for a shard, under unfinished names: by what follows the shard's name."""
        parts = {suffix: part_of(sidecar_path(shard, suffix)) for suffix in SIDECARS}
        return {suffix: part for suffix, part in parts.items() if part.exists()}

    def discard(self, shard: Path) -> None:
        """Remove what was written under unfinished names."""
        for suffix in SIDECARS:
            with suppress(OSError):
                part_of(sidecar_path(shard, suffix)).unlink(missing_ok=True)
