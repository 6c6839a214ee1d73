"""Lance: a scan in order, `take` shuffled."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

import lance
import numpy as np
import pyarrow as pa

from benchmarks.contenders.arrow_columns import columns_of, record_batches, schema_of
from benchmarks.contenders.contender import Contender, Order
from benchmarks.touch import Columns
from benchmarks.workloads import Row

__all__ = ["Lance"]


class Lance(Contender):
    """Its dataset; the rows arrive as Arrow batches and are copied out as those are."""

    epoch = 0

    def write(self, rows: Iterable[Row], count: int) -> None:
        batches = record_batches(self.workload, rows, self.workload.batch_size)
        reader = pa.RecordBatchReader.from_batches(schema_of(self.workload), batches)
        lance.write_dataset(reader, str(self.folder / "data.lance"))

    @functools.cached_property
    def dataset(self) -> Any:
        """The dataset, opened once."""
        return lance.dataset(str(self.folder / "data.lance"))

    def batches(self, order: Order) -> Iterator[Columns]:
        size = self.workload.batch_size
        parts = (
            self.dataset.to_batches(batch_size=size) if order == "ordered" else self._shuffled(size)
        )
        for part in parts:
            yield columns_of(self.workload, part)

    def _shuffled(self, size: int) -> Iterator[pa.Table]:
        self.epoch += 1
        chosen = np.random.default_rng(self.epoch).permutation(self.dataset.count_rows())
        for start in range(0, len(chosen), size):
            yield self.dataset.take(chosen[start : start + size])
