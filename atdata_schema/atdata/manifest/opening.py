"""The manifest beside a shard, if it is the shard's own.

A manifest is derived from its shard, so it is used only while it fits: it has to name the size, the samples and
the sha-256 of the shard, and where the description of the dataset names a manifest, it has to be this one. Its
rows have to have the digest that the manifest names, and the keys, places and sizes of the shard's own index.
What lies where is never taken from it.

Statistics are believed only of a manifest that the description names by its digest: without that, nothing tells
that they are those of the rows, and the rows are at hand.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Final

from atdata.manifest.beside import read_beside
from atdata.manifest.earlier import EarlierRows, is_earlier
from atdata.manifest.form import Manifest, ManifestFault
from atdata.manifest.form_json import decode
from atdata.manifest.query.columns import Column
from atdata.manifest.query.kinds import FieldKind
from atdata.manifest.query.spelling import Path
from atdata.manifest.row_reading import decode_rows
from atdata.manifest.statistics import FieldStatistics
from atdata.shards.index.blocks import Verify
from atdata.shards.reader import ShardFile, ShardIndex
from atdata.shards.sidecars import MANIFEST, MANIFEST_ROWS, sidecar_name

__all__ = ["Known", "open_manifest"]

_MOST: Final = 64 << 20  # bytes of a manifest
_MOST_ROWS: Final = 2 << 30  # bytes of its rows

Index = Callable[[], ShardIndex]


class Known(ABC):
    """What a manifest that fits its shard says."""

    @abstractmethod
    def paths(self) -> list[Path]:
        """The fields of which it says anything as a whole that can be believed."""

    @abstractmethod
    def statistics(self, path: Path) -> FieldStatistics | None:
        """What is known of a field as a whole, where it can be believed."""

    @abstractmethod
    def columns(self, wanted: Mapping[Path, FieldKind | None]) -> dict[Path, Column]:
        """The values of some fields, as far as there are columns of their kinds.

        Args:
            wanted: what each of them is; `None` is whatever it is found to be.

        Raises:
            ManifestFault: the rows cannot be used.
        """


def open_manifest(shard: ShardFile, index: Index, verify: Verify) -> Known:
    """The manifest of a shard.

    Args:
        shard: the shard.
        index: gives its index; called where the description of the dataset does not say enough, and for rows.
        verify: `"never"` leaves out the digest of the rows, `"always"` believes no statistics.

    Raises:
        ManifestFault: there is none that can be used; the message says why, after "its manifest".
        ShardError: the shard is damaged.
    """
    said = None if shard.entry is None else shard.entry.manifest
    if shard.digest is not None and said is None:
        raise ManifestFault("is not named by its record, so that nobody vouches for it")
    data = read_beside(shard, sidecar_name(shard.place.name, MANIFEST), _MOST)
    if data is None:
        raise ManifestFault("is missing")
    if is_earlier(data):
        return _Earlier(EarlierRows(shard, index))
    if said is not None and hashlib.sha256(data).hexdigest() != said:
        raise ManifestFault("is not the one that its dataset.json names")
    manifest = decode(data)
    _check_fits(manifest, shard, index)
    return _Own(shard, index, verify, manifest, said is not None and verify != "always")


def _check_fits(manifest: Manifest, shard: ShardFile, index: Index) -> None:
    entry = shard.entry
    sha256 = None if entry is None else entry.sha256
    if entry is not None and sha256 is not None:
        size, count = entry.bytes, entry.samples
    else:
        found = index()
        size, count = found.bytes, len(found.keys)
        sha256 = None if found.file is None else found.file.shard_sha256
    if sha256 is None:
        raise ManifestFault("cannot be held against the shard, whose sha-256 is not known")
    if (manifest.shard_bytes, manifest.samples, manifest.shard_sha256) != (size, count, sha256):
        raise ManifestFault("is that of another shard")


class _Own(Known):
    """A manifest of this format."""

    def __init__(
        self, shard: ShardFile, index: Index, verify: Verify, manifest: Manifest, believed: bool
    ) -> None:
        self._shard = shard
        self._index = index
        self._verify = verify
        self._believed = believed
        self._aligned = False
        self._rows = (manifest.rows_bytes, manifest.rows_sha256)
        self._fields = {field.path: field for field in manifest.fields}

    def paths(self) -> list[Path]:
        return list(self._fields) if self._believed else []

    def statistics(self, path: Path) -> FieldStatistics | None:
        field = self._fields.get(path)
        return field.statistics if self._believed and field is not None else None

    def columns(self, wanted: Mapping[Path, FieldKind | None]) -> dict[Path, Column]:
        named: dict[Path, tuple[str, FieldKind]] = {}
        for path, kind in wanted.items():
            field = self._fields.get(path)
            if field is not None and field.column is not None:
                known = field.statistics
                named[path] = field.column, kind or FieldKind(known.kind, known.items)
        if not named:
            return {}
        found = decode_rows(self._read(), self._index(), named, aligned=self._aligned)
        # Bytes of the same digest need not be held against the index again.
        self._aligned = self._verify != "never"
        return found

    def _read(self) -> bytes:
        size, sha256 = self._rows
        name = sidecar_name(self._shard.place.name, MANIFEST_ROWS)
        data = read_beside(self._shard, name, min(size, _MOST_ROWS))
        if data is None:
            raise ManifestFault("has no rows beside it")
        if len(data) != size:
            raise ManifestFault("has rows of another size than it says")
        if self._verify != "never" and hashlib.sha256(data).hexdigest() != sha256:
            raise ManifestFault("has rows with another digest than it says")
        return data


class _Earlier(Known):
    """A manifest of the earlier release."""

    def __init__(self, rows: EarlierRows) -> None:
        self._rows = rows

    def paths(self) -> list[Path]:
        return []

    def statistics(self, path: Path) -> None:
        """None: they are rounded, and nothing says that they are of these samples."""

    def columns(self, wanted: Mapping[Path, FieldKind | None]) -> dict[Path, Column]:
        return self._rows.columns(wanted)
