"""Columns out of the rows of a manifest, for whoever asks a condition."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.manifest.form import ManifestFault
from atdata.manifest.query.checking import instant_of
from atdata.manifest.query.columns import Column, Lists, Numbers, Present, Texts, coded
from atdata.manifest.query.kinds import FieldKind, Kind
from atdata.manifest.query.spelling import Path
from atdata.manifest.rows import KEY, OFFSET, SIZE, key_array, need_pyarrow
from atdata.shards.index.keys import Keys, keys_of
from atdata.shards.reader import ShardIndex
from atdata_schema.errors import DecodeError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["as_instants", "decode_rows", "open_table", "scalars_of"]

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
        column = _column(table.column(name), kind) if name in table.column_names else None
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
        once = [name for name in read if name in texts and _is_text(schema.field(name).type)]
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
    wanted, given = key_array(keys), _whole(table.column(KEY))
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


def _column(chunked: Any, kind: FieldKind) -> Column | None:
    """A column, if it is of the kind that it should be."""
    import pyarrow as pa

    array = _whole(chunked)
    if kind.is_opaque:
        there = scalars_of(array, "boolean")
        return Present(there.values) if isinstance(there, Numbers) and there.valid is None else None
    if kind.kind == "list":
        assert kind.items is not None
        if not isinstance(array, pa.ListArray | pa.LargeListArray):
            return None
        items = scalars_of(array.flatten(), kind.items)
        valid = _valid(array)
        lengths = np.zeros(len(array), np.int64)
        lengths[...] = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        return None if items is None else Lists(items, starts, valid)
    return scalars_of(array, kind.kind)


def scalars_of(given: Any, kind: Kind) -> Numbers | Texts | None:
    """A column of Arrow's as one that conditions are asked of, if it is of a kind."""
    import pyarrow as pa

    array = _whole(given)
    if kind in ("text", "datetime"):
        return _texts(array, kind)
    types = {
        "integer": pa.int64(),
        "float64": pa.float64(),
        "float32": pa.float32(),
        "boolean": pa.bool_(),
    }
    if array.type != types[kind]:
        return None
    valid = _valid(array)
    filled = array if valid is None else array.fill_null(False if kind == "boolean" else 0)
    return Numbers(kind, filled.to_numpy(zero_copy_only=False), valid)


def _texts(array: Any, kind: Kind) -> Numbers | Texts | None:
    import pyarrow as pa

    is_coded = isinstance(array.type, pa.DictionaryType)
    if not _is_text(array.type.value_type if is_coded else array.type):
        return None
    if not is_coded:
        array = array.dictionary_encode()
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    found = _sorted(codes, array.dictionary)
    return found if kind == "text" else as_instants(found)


def _is_text(type_: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_string(type_) or pa.types.is_large_string(type_)


def _sorted(codes: NDArray[np.int32], dictionary: Any) -> Texts:
    """Words in the order of their code points, each once."""
    import pyarrow.compute as pc

    order = pc.sort_indices(dictionary).to_numpy()
    words: list[str] = dictionary.take(order).to_pylist()
    if any(map(operator.eq, words, itertools.islice(words, 1, None))):
        texts = dictionary.to_pylist()
        return coded([None if code < 0 else texts[code] for code in codes.tolist()])
    ranks = np.empty(len(order) + 1, np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    ranks[-1] = -1
    return Texts(ranks[codes], words)


def as_instants(texts: Texts) -> Numbers | None:
    """Texts of datetimes as microseconds since 1970; `None` where one is no datetime."""
    try:
        instants = np.fromiter(map(instant_of, texts.words), np.int64, len(texts.words))
    except (DecodeError, OverflowError):
        return None
    values = np.append(instants, 0)[texts.codes]
    valid = texts.codes >= 0
    return Numbers("datetime", values, None if valid.all() else valid)


def _whole(chunked: Any) -> Any:
    """A column in one piece; the dictionaries of its pieces as one."""
    import pyarrow as pa

    if not isinstance(chunked, pa.ChunkedArray):
        return chunked
    if isinstance(chunked.type, pa.DictionaryType):
        chunked = chunked.unify_dictionaries()
    found = chunked.combine_chunks()
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _valid(array: Any) -> NDArray[np.bool_] | None:
    if not array.null_count:
        return None
    valid: NDArray[np.bool_] = array.is_valid().to_numpy(zero_copy_only=False)
    return valid


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200] or type(error).__name__
