"""webdataset, decoded and stacked: an array is a `.npy` member, all other fields are one `.json` member."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import webdataset

from benchmarks.contenders.contender import Contender, Order, shard_size
from benchmarks.touch import Columns
from benchmarks.transform import transformed
from benchmarks.workloads import Row

__all__ = ["WebDataset"]


class WebDataset(Contender):
    """Its fluent interface with its own decoders and its default collation."""

    def write(self, rows: Iterable[Row], count: int) -> None:
        pattern = str(self.folder / "data-%06d.tar")
        array = self.workload.array
        with webdataset.ShardWriter(pattern, maxcount=shard_size(count), verbose=0) as sink:
            for number, row in enumerate(rows):
                sample: Row = {"__key__": f"{number:09d}"}
                if array is not None:
                    sample["npy"] = row.pop(array.name)
                sink.write({**sample, "json": row})

    def batches(self, order: Order) -> Iterator[Columns]:
        urls = sorted(map(str, self.folder.glob("*.tar")))
        shuffled = order == "shuffled"
        data = webdataset.WebDataset(urls, shardshuffle=len(urls) if shuffled else False)
        if shuffled:
            data = data.shuffle(1000)
        data = data.decode().map(self._fields()).batched(self.workload.batch_size)
        for batch in data:
            yield dict(zip(self.columns, batch, strict=True))

    def worked(self, workers: int) -> Iterator[Columns]:
        for batch in self._loader(workers):
            yield dict(zip(self.columns, batch, strict=True))

    @functools.cache  # noqa: B019  # a process has one contender
    def _loader(self, workers: int) -> Any:
        urls = sorted(map(str, self.folder.glob("*.tar")))
        data = webdataset.WebDataset(urls, shardshuffle=len(urls)).shuffle(1000).decode()
        data = data.map(transformed).map(self._fields()).batched(self.workload.batch_size)
        return webdataset.WebLoader(
            data, batch_size=None, num_workers=workers, persistent_workers=workers > 0
        )

    def _fields(self) -> Callable[[Row], tuple[Any, ...]]:
        scalars, has_array = tuple(self.workload.scalars), self.workload.array is not None

        def fields(sample: Row) -> tuple[Any, ...]:
            record = sample["json"]
            values = tuple([record[name] for name in scalars])
            return (sample["npy"], *values) if has_array else values

        return fields
