"""Arrow tables of the workloads, and their columns copied out into numpy arrays and lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.touch import Columns
from benchmarks.workloads import Row, Workload

__all__ = ["columns_of", "record_batches", "schema_of"]

_KINDS = {int: pa.int64(), float: pa.float64(), str: pa.string()}


def schema_of(workload: Workload) -> pa.Schema:
    """The Arrow schema: an array is a fixed-size list of its elements."""
    array = workload.array
    fields: list[Any] = []
    if array is not None:
        value = pa.from_numpy_dtype(np.dtype(array.dtype))
        fields.append(pa.field(array.name, pa.list_(value, int(np.prod(array.shape)))))
    return pa.schema(
        fields + [pa.field(name, _KINDS[kind]) for name, kind in workload.scalars.items()]
    )


def record_batches(workload: Workload, rows: Iterable[Row], size: int) -> Iterator[pa.RecordBatch]:
    """Record batches of a number of samples each."""
    iterator, schema = iter(rows), schema_of(workload)
    while taken := list(islice(iterator, size)):
        yield pa.record_batch([_packed(workload, field, taken) for field in schema], schema=schema)


def _packed(workload: Workload, field: pa.Field, rows: list[Row]) -> pa.Array:
    array = workload.array
    if array is None or field.name != array.name:
        return pa.array([row[field.name] for row in rows], field.type)
    flat = np.empty((len(rows), *array.shape), array.dtype)
    for slot, row in zip(flat, rows, strict=True):
        slot[...] = row[array.name]
    return pa.FixedSizeListArray.from_arrays(pa.array(flat.reshape(-1)), field.type.list_size)


def columns_of(workload: Workload, batch: pa.Table | pa.RecordBatch) -> Columns:
    """The columns of some rows, none of them a view of the file."""
    return {name: _copied(workload, name, batch.column(name)) for name in workload.columns}


def _copied(workload: Workload, name: str, column: pa.Array | pa.ChunkedArray) -> Any:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # an empty one, or one too large for a single array
            column = pa.concat_arrays(column.chunks)
    array = workload.array
    if array is not None and name == array.name:
        return column.flatten().to_numpy().reshape(-1, *array.shape).copy()
    if pa.types.is_string(column.type):
        return column.to_pylist()
    return column.to_numpy().copy()
