"""The rows of a manifest, `<base>.manifest.parquet`: one for each sample, its key, its place and its small fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata.manifest.query.kinds import FieldKind, Kind
from atdata.manifest.query.spelling import Path
from atdata.shards.columnar.sidecar import Column as StoredColumn
from atdata.shards.index.keys import Keys, TextKeys
from atdata_schema.errors import MissingExtra

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "KEY",
    "MARK",
    "OFFSET",
    "SIZE",
    "Array",
    "array_of",
    "column_name",
    "encode_rows",
    "key_array",
    "need_pyarrow",
]

MARK: Final = b"atdata.manifest"
"""The key of the metadata by which the file is known as ours."""

KEY: Final = "__key__"
OFFSET: Final = "__offset__"
SIZE: Final = "__size__"

Array: TypeAlias = "pa.Array[Any]"

_LARGEST_TEXTS: Final = (1 << 31) - 1


def need_pyarrow(what: str) -> None:
    """Refuse what needs the extra `parquet`, where it is not installed.

    Raises:
        MissingExtra: it is not.
    """
    try:
        import pyarrow.parquet  # noqa: F401  # whether it is there
    except ImportError:
        raise MissingExtra(what, "parquet") from None


def column_name(path: Path) -> str:
    """The column of a field: its names with dots between; one that would be taken for another is in backticks.

    >>> column_name(("camera", "model")), column_name(("a.b",)), column_name(("__key__",))
    ('camera.model', '`a.b`', '`__key__`')
    """
    return ".".join(
        (
            "`" + name.replace("`", "``") + "`"
            if "." in name or "`" in name or name[:2] == "__"
            else name
        )
        for name in path
    )


def encode_rows(keys: Keys, offsets: Any, sizes: Any, fields: Mapping[Path, Array]) -> bytes:
    """The bytes of the file.

    Args:
        keys: of the samples, in order.
        offsets: int64[n], where each payload begins in the shard.
        sizes: int64[n], bytes of each payload.
        fields: the values of each field.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Array] = {
        KEY: key_array(keys),
        OFFSET: pa.array(offsets, pa.int64()),
        SIZE: pa.array(sizes, pa.int64()),
        **{column_name(path): array for path, array in fields.items()},
    }
    table = pa.table(columns).replace_schema_metadata({MARK: b"1"})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_index=True)
    return sink.getvalue().to_pybytes()


def array_of(values: StoredColumn | Sequence[Any], kind: FieldKind) -> Array:
    """The values of a field, from a column as the walk over a shard finds it, or from objects."""
    import pyarrow as pa

    if not isinstance(values, StoredColumn):
        return pa.array(values, _type_of(kind))
    missing = None if values.valid is None else ~values.valid
    if values.kind != "text":
        return pa.array(values.values, _type_of(kind), mask=missing)
    return _text_array(values.values, values.text, values.valid)


def _type_of(kind: FieldKind) -> pa.DataType:
    import pyarrow as pa

    types: dict[Kind, pa.DataType] = {
        "integer": pa.int64(),
        "float64": pa.float64(),
        "float32": pa.float32(),
        "boolean": pa.bool_(),
        "text": pa.string(),
        "datetime": pa.string(),
        # Whether there is one.
        "object": pa.bool_(),
        "other": pa.bool_(),
    }
    if kind.kind == "list":
        assert kind.items is not None
        return pa.list_(types[kind.items])
    return types[kind.kind]


def key_array(keys: Keys) -> Array:
    """Keys as texts."""
    if isinstance(keys, TextKeys):
        text, lengths = keys.text, keys.lengths.astype(np.int64)
    else:
        lines = b"".join(keys.lines())
        text = lines.replace(b"\n", b"")
        lengths = np.full(len(keys), len(text) // max(len(keys), 1), np.int64)
    return _text_array(np.concatenate([[0], np.cumsum(lengths)]), text, None)


def _text_array(starts: NDArray[np.int64], text: bytes, valid: NDArray[np.bool_] | None) -> Array:
    """Texts from where each begins in all of them."""
    import pyarrow as pa

    count = len(starts) - 1
    bits = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little").tobytes())
    if len(text) > _LARGEST_TEXTS:
        return pa.LargeStringArray.from_buffers(
            count, pa.py_buffer(starts.astype(np.int64).tobytes()), pa.py_buffer(text), bits
        )
    return pa.StringArray.from_buffers(
        count, pa.py_buffer(starts.astype(np.int32).tobytes()), pa.py_buffer(text), bits
    )
