"""Making the manifest of a shard that was just written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath

from atdata.manifest.form import Manifest, ManifestField
from atdata.manifest.form_json import encode
from atdata.manifest.gathering import gathered
from atdata.manifest.query.kinds import FieldKind, leaf_kinds
from atdata.manifest.query.spelling import Path
from atdata.manifest.rows import Array, array_of, column_name, encode_rows, need_pyarrow
from atdata.manifest.statistics import statistics_of
from atdata.shards.columnar.sidecar import Column
from atdata.shards.files import part_of
from atdata.shards.writer import Written
from atdata_schema.schema import Schema

__all__ = ["ManifestMaker"]


class ManifestMaker:
    """Makes the manifests of the shards of one dataset.

    Args:
        schema: the type of the samples.
        portable: leave out what two equal shards may differ in, their names and the names of their types, so that
            equal shards have equal manifests.

    Raises:
        MissingExtra: the extra `parquet` is not installed.
    """

    def __init__(self, schema: Schema, *, portable: bool = False) -> None:
        need_pyarrow("a manifest (manifest=True)")
        self._fields = leaf_kinds(schema.model)
        self._schema = None if portable else (schema.id, schema.cid)
        self._portable = portable

    def __call__(
        self, shard: FilePath, written: Written, columns: Sequence[Column]
    ) -> tuple[bytes, bytes]:
        """The manifest of a shard and the rows of it, as bytes.

        Args:
            shard: its place; the file still has its unfinished name.
            written: what lies in it.
            columns: its small fields, as a column file has them.
        """
        contents, digests = written.contents, written.digests
        assert digests is not None  # the caller wants digests with manifests
        arrays = self._arrays(part_of(shard), written, {column.name: column for column in columns})
        rows = encode_rows(contents.keys, contents.offsets, contents.sizes, arrays)
        manifest = Manifest(
            shard_file=None if self._portable else shard.name,
            shard_bytes=written.bytes,
            shard_sha256=digests.sha256,
            samples=len(contents.sizes),
            keys=contents.keys.digest,
            schema=self._schema,
            rows_bytes=len(rows),
            rows_sha256=hashlib.sha256(rows).hexdigest(),
            fields=tuple(
                ManifestField(path, column_name(path), statistics_of(array, self._fields[path]))
                for path, array in arrays.items()
            ),
        )
        return encode(manifest), rows

    def _arrays(
        self, file: FilePath, written: Written, columns: Mapping[str, Column]
    ) -> dict[Path, Array]:
        """The fields that are short enough, in the order of the type."""
        found: dict[Path, Array] = {}
        rest: dict[Path, FieldKind] = {}
        for path, kind in self._fields.items():
            column = columns.get(path[0]) if len(path) == 1 else None
            if column is not None and column.kind == _STORED.get(kind.kind):
                found[path] = array_of(column, kind)
            else:
                rest[path] = kind
        if rest:
            contents = written.contents
            values = gathered(file, contents.offsets, contents.sizes, rest)
            found |= {path: array_of(values[path], rest[path]) for path in values}
        return {path: found[path] for path in self._fields if path in found}


_STORED: dict[str, str] = {
    "integer": "integer",
    "float64": "float64",
    "float32": "float32",
    "boolean": "boolean",
    "text": "text",
    "datetime": "text",
}
