"""The rows of a manifest, read with care: they may come from anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from atdata.manifest.arrow_columns import column_of, is_text, scalars_of, whole
from atdata.manifest.form import ManifestFault
from atdata.manifest.query.columns import Column, Numbers
from atdata.manifest.query.kinds import FieldKind
from atdata.manifest.query.spelling import Path
from atdata.manifest.rows import KEY, OFFSET, SIZE, key_array, need_pyarrow
from atdata.shards.index.keys import Keys, keys_of
from atdata.shards.reader import ShardIndex

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["decode_rows", "open_table"]

_LONGEST: Final = 1 << 16  # bytes that the texts or lists of one sample claim on average, at most


def decode_rows(
    data: bytes,
    index: ShardIndex,
    wanted: Mapping[Path, tuple[str, FieldKind]],
    *,
    aligned: bool = False,
) -> dict[Path, Column]:
    """Some fields of all samples; a field whose column is not of its kind is left out.

    Args:
        data: the bytes of the file.
        index: where the samples of the shard lie: the rows are to be about these very samples.
        wanted: for each field its column and what it is.
        aligned: whether the rows of these very bytes were held against the index before.

    Raises:
        ManifestFault: the file cannot be read, or its rows are not those of the shard.
    """
    texts = [name for name, kind in wanted.values() if kind.kind in ("text", "datetime")]
    names = [name for name, _ in wanted.values()]
    first = [] if aligned else [KEY, OFFSET, SIZE]
    table = open_table(data, len(index.keys), [*first, *names], texts)
    if not aligned and not _are_rows_of(table, index):
        raise ManifestFault("has rows of other samples than its shard")
    found: dict[Path, Column] = {}
    for path, (name, kind) in wanted.items():
        column = column_of(table.column(name), kind) if name in table.column_names else None
        if column is not None:
            found[path] = column
    return found


def open_table(data: bytes, count: int, names: Sequence[str], texts: Sequence[str]) -> pa.Table:
    """Some columns of a Parquet file from elsewhere.

    Args:
        data: its bytes.
        count: the rows that it is to have.
        names: the columns; those that are not there are left out.
        texts: which of them are read with each text once, so that what is read stays as small as the file is.

    Raises:
        ManifestFault: it cannot be read, or has other rows.
        MissingExtra: the extra `parquet` is not installed.
    """
    need_pyarrow("reading a manifest")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pa.BufferReader(data)
        file = pq.ParquetFile(source, pre_buffer=False)
        schema = file.schema_arrow
        if file.metadata.num_rows != count or len(set(schema.names)) != len(schema.names):
            raise ManifestFault(f"has {file.metadata.num_rows} rows, where its shard has {count}")
        read = [name for name in dict.fromkeys(names) if name in schema.names]
        _check_claims(file.metadata, count, set(read))
        once = [name for name in read if name in texts and is_text(schema.field(name).type)]
        if once:
            file = pq.ParquetFile(
                source, metadata=file.metadata, read_dictionary=once, pre_buffer=False
            )
        # Several files are read at a time: threads for the columns of one would stand in each other's way.
        table = file.read(columns=read, use_threads=False)
        table.validate(full=True)
        return table
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise ManifestFault(f"cannot be read: {_first_line(error)}") from None


def _check_claims(metadata: pq.FileMetaData, count: int, names: set[str]) -> None:
    """Refuse columns that would unpack to much more than columns of so many rows can have."""
    most = _LONGEST * (count + 1)
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            column = metadata.row_group(group).column(place)
            top = column.path_in_schema
            if any(top == name or top.startswith(f"{name}.") for name in names) and (
                column.total_uncompressed_size > most
            ):
                raise ManifestFault(f"claims {column.total_uncompressed_size} bytes for one column")


def _are_rows_of(table: pa.Table, index: ShardIndex) -> bool:
    """Whether rows have the keys, the places and the sizes of the samples, in their order."""
    import pyarrow as pa

    if not {KEY, OFFSET, SIZE} <= set(table.column_names):
        return False
    keys = index.keys if isinstance(index.keys, Keys) else keys_of(index.keys)
    wanted, given = key_array(keys), whole(table.column(KEY))
    if given.type not in (pa.string(), pa.large_string()):
        return False
    if not given.cast(wanted.type).equals(wanted):
        return False
    places = {OFFSET: index.offsets, SIZE: index.sizes}
    found = {name: scalars_of(table.column(name), "integer") for name in places}
    return all(
        isinstance(column, Numbers) and np.array_equal(column.values, places[name])
        for name, column in found.items()
    )


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200] or type(error).__name__
