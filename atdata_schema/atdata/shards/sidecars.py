"""The files beside a shard that are derived from it: its index, its columns, and its manifest with its rows.

They are written with the shard, under unfinished names, and put in place right behind it. A crash between
the two leaves an old one beside a new shard; each says which shard it belongs to, and is made anew where
it is not this one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

import numpy as np

from atdata.shards.columnar.sidecar import SUFFIX as COLUMNS
from atdata.shards.columnar.sidecar import Column, encode_file
from atdata.shards.columnar.sidecar_building import columns_of
from atdata.shards.files import part_of
from atdata.shards.index.file import SUFFIX as INDEX
from atdata.shards.index.file import encode_index
from atdata.shards.writer import Written

__all__ = [
    "MANIFEST",
    "MANIFEST_ROWS",
    "SIDECARS",
    "Beside",
    "MakeManifest",
    "Sidecars",
    "is_sidecar",
    "sidecar_name",
    "sidecar_path",
]

MANIFEST: Final = ".manifest.json"
MANIFEST_ROWS: Final = ".manifest.parquet"
SIDECARS: Final = (INDEX, COLUMNS, MANIFEST_ROWS, MANIFEST)
"""What follows a shard's name in the names of the files beside it; of manifests, its name without `.tar`."""

MakeManifest: TypeAlias = Callable[[Path, Written, Sequence[Column]], tuple[bytes, bytes]]
"""Gives the manifest of a shard and its rows, as bytes: of its place, of what lies in it, and of its columns."""

_MAGIC: Final = (b"atdidx", b"atdcol")
_MARK: Final = b"atdata.manifest"
_HEAD: Final = 128  # bytes of a manifest among which its format stands
_PARQUET: Final = b"PAR1"


@dataclass(frozen=True, slots=True)
class Beside:
    """The sha-256 of files beside a shard.

    Attributes:
        index: of its index.
        manifest: of its manifest, where there is one.
    """

    index: str
    manifest: str | None


def sidecar_name(shard: str, suffix: str) -> str:
    """What a file beside a shard is called.

    >>> sidecar_name("data.v1.tar", ".idx"), sidecar_name("data.v1.tar", ".manifest.json")
    ('data.v1.tar.idx', 'data.v1.manifest.json')
    """
    return (shard.removesuffix(".tar") if suffix in (MANIFEST, MANIFEST_ROWS) else shard) + suffix


def sidecar_path(shard: Path, suffix: str) -> Path:
    """Where a file beside a shard stands.

    >>> sidecar_path(Path("out/data.tar"), ".idx").name
    'data.tar.idx'
    """
    return shard.with_name(sidecar_name(shard.name, suffix))


def is_sidecar(path: Path) -> bool:
    """Whether a file is one of ours, of any version, and so may be replaced."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if path.name.endswith(MANIFEST):
            return _MARK in head
        if path.name.endswith(MANIFEST_ROWS):
            return head.startswith(_PARQUET) and _MARK in _footer(file)
        return head[:6] in _MAGIC


def _footer(file: BinaryIO) -> bytes:
    """What a Parquet file says about itself, at its end; empty where there is none."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - 8, 0))
    length, mark = int.from_bytes(file.read(4), "little"), file.read(4)
    if mark != _PARQUET or length > size - 8:
        return b""
    file.seek(size - 8 - length)
    return file.read(length)


class Sidecars:
    """Writes the files beside the shards of one dataset.

    Args:
        type_cid: the type of its samples; `None` leaves it out, so that equal shards have equal files.
        columns: whether there are column files.
        manifest: makes the manifests, where there are any.
        flat: whether no field holds others, so that rows differ in lengths alone.
    """

    def __init__(
        self,
        type_cid: str | None,
        *,
        columns: bool,
        manifest: MakeManifest | None = None,
        flat: bool = False,
    ) -> None:
        self._type_cid = type_cid
        self._columns = columns
        self._manifest = manifest
        self._varied = "B" if flat else "C"

    def write(self, shard: Path, written: Written) -> Beside:
        """Write the files of a shard under unfinished names.

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
            layout="A" if (contents.sizes == contents.sizes[0]).all() else self._varied,
            blocks=None if digests is None else np.frombuffer(digests.blocks, np.uint8),
        )
        part_of(sidecar_path(shard, INDEX)).write_bytes(index)
        manifest = None
        if digests is not None and (self._columns or self._manifest is not None):
            columns = columns_of(part_of(shard), contents.offsets, contents.sizes)
            if self._columns:
                data = encode_file(columns, len(contents.sizes), digests.sha256, self._type_cid)
                part_of(sidecar_path(shard, COLUMNS)).write_bytes(data)
            if self._manifest is not None:
                said, rows = self._manifest(shard, written, columns)
                part_of(sidecar_path(shard, MANIFEST_ROWS)).write_bytes(rows)
                part_of(sidecar_path(shard, MANIFEST)).write_bytes(said)
                manifest = hashlib.sha256(said).hexdigest()
        return Beside(hashlib.sha256(index).hexdigest(), manifest)

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
