"""Arrow IPC: one file, memory-mapped, its rows copied out."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from benchmarks.contenders.arrow_columns import columns_of, record_batches, schema_of
from benchmarks.contenders.contender import Contender, Order
from benchmarks.touch import Columns
from benchmarks.workloads import Row

__all__ = ["Arrow", "ArrowOneBatch"]

_BATCH_BYTES = 32 << 20


class Arrow(Contender):
    """Record batches of about 32 MiB, read as one table: slices in order, `take` shuffled."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]  # the base class says what they are
        self.rng = np.random.default_rng(0)

    def batch_rows(self, count: int) -> int:
        """Samples in a record batch."""
        array = self.workload.array
        return max(1, _BATCH_BYTES // (array.nbytes if array else 100))

    def write(self, rows: Iterable[Row], count: int) -> None:
        path = str(self.folder / "data.arrow")
        with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, schema_of(self.workload)) as out:
            for batch in record_batches(self.workload, rows, self.batch_rows(count)):
                out.write_batch(batch)

    @functools.cached_property
    def table(self) -> pa.Table:
        """The table, mapped once."""
        return pa.ipc.open_file(pa.memory_map(str(self.folder / "data.arrow"))).read_all()

    def batches(self, order: Order) -> Iterator[Columns]:
        table, size = self.table, self.workload.batch_size
        chosen = self.rng.permutation(len(table)) if order == "shuffled" else None
        for start in range(0, len(table), size):
            if chosen is None:
                part = table.slice(start, size)
            else:
                part = table.take(chosen[start : start + size])
            yield columns_of(self.workload, part)


class ArrowOneBatch(Arrow):
    """The whole file one record batch, which Arrow takes rows from more quickly."""

    def batch_rows(self, count: int) -> int:
        return count
