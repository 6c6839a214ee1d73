"""litdata: optimised chunks on the local disk, read through its own loader without workers."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

import litdata

from benchmarks.contenders.contender import Contender, Order, shard_size
from benchmarks.touch import Columns
from benchmarks.transform import transformed
from benchmarks.workloads import WORKLOADS, Row

__all__ = ["LitData"]


def _samples(part: tuple[str, int, int]) -> Iterator[Row]:
    name, start, stop = part
    yield from map(WORKLOADS[name].row, range(start, stop))


class LitData(Contender):
    """`StreamingDataset` in `StreamingDataLoader`, its default collation."""

    def write(self, rows: Iterable[Row], count: int) -> None:
        # It writes with processes of its own, each of which makes its share of the same samples.
        size = shard_size(count)
        parts = [
            (self.workload.name, start, min(start + size, count)) for start in range(0, count, size)
        ]
        litdata.optimize(
            fn=_samples,
            inputs=parts,
            output_dir=str(self.folder / "chunks"),
            chunk_bytes="64MB",
            num_workers=1,
            verbose=False,
        )

    @functools.cached_property
    def loaders(self) -> dict[Order, Any]:
        """A loader for each order, made once."""
        both: list[tuple[Order, bool]] = [("ordered", False), ("shuffled", True)]
        size, chunks = self.workload.batch_size, str(self.folder / "chunks")
        loaders: dict[Order, Any] = {}
        for order, shuffle in both:
            data = litdata.StreamingDataset(chunks, shuffle=shuffle, seed=0, drop_last=False)
            loaders[order] = litdata.StreamingDataLoader(data, batch_size=size, num_workers=0)
        return loaders

    def worked(self, workers: int) -> Iterator[Columns]:
        yield from self._loader(workers)

    @functools.cache  # noqa: B019  # a process has one contender
    def _loader(self, workers: int) -> Any:
        chunks, size = str(self.folder / "chunks"), self.workload.batch_size
        data = litdata.StreamingDataset(chunks, shuffle=True, seed=0, transform=transformed)
        return litdata.StreamingDataLoader(
            data, batch_size=size, num_workers=workers, persistent_workers=workers > 0
        )

    def batches(self, order: Order) -> Iterator[Columns]:
        yield from self.loaders[order]
