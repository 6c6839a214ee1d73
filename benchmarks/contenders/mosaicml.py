"""MosaicML streaming: MDS shards on the local disk, read through torch's loader without workers."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader

from benchmarks.contenders.contender import Contender, Order
from benchmarks.touch import Columns
from benchmarks.transform import transformed
from benchmarks.workloads import Row

__all__ = ["Mosaic"]

_KINDS = {int: "int", float: "float64", str: "str"}


def _declare_operators() -> None:
    """Declare two operators of torchvision where its build does not fit torch's, as with torch for CPUs.

    The package imports torchvision, which then fails to find them; images are not decoded here.
    """
    works = subprocess.run(
        [sys.executable, "-c", "import torchvision"], capture_output=True, check=False
    )
    if works.returncode:
        for name in ("nms", "qnms"):
            signature = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            torch.library.define(f"torchvision::{name}", signature)


class Mosaic(Contender):
    """`StreamingDataset` in `DataLoader`, torch's collation."""

    def write(self, rows: Iterable[Row], count: int) -> None:
        from streaming import MDSWriter

        kinds = {name: _KINDS[kind] for name, kind in self.workload.scalars.items()}
        array = self.workload.array
        if array is not None:
            shape = ",".join(map(str, array.shape))
            kinds = {array.name: f"ndarray:{array.dtype}:{shape}", **kinds}
        with MDSWriter(out=str(self.folder / "mds"), columns=kinds, progress_bar=False) as out:
            for row in rows:
                out.write(row)

    @functools.cached_property
    def loaders(self) -> dict[Order, Any]:
        """A loader for each order, made once."""
        from streaming import StreamingDataset

        size, local = self.workload.batch_size, str(self.folder / "mds")
        both: list[tuple[Order, bool]] = [("ordered", False), ("shuffled", True)]
        loaders: dict[Order, Any] = {}
        for order, shuffle in both:
            data = StreamingDataset(local=local, shuffle=shuffle, batch_size=size, shuffle_seed=0)
            loaders[order] = DataLoader(data, batch_size=size, num_workers=0)
        return loaders

    def worked(self, workers: int) -> Iterator[Columns]:
        yield from self._loader(workers)

    @functools.cache  # noqa: B019  # a process has one contender
    def _loader(self, workers: int) -> Any:
        from streaming import StreamingDataset

        class Transformed(StreamingDataset):
            """Its way to transform samples: a class of one's own."""

            def __getitem__(self, at: Any) -> Any:
                return transformed(super().__getitem__(at))

        size, local = self.workload.batch_size, str(self.folder / "mds")
        data = Transformed(local=local, shuffle=True, batch_size=size, shuffle_seed=0)
        return DataLoader(
            data, batch_size=size, num_workers=workers, persistent_workers=workers > 0
        )

    def batches(self, order: Order) -> Iterator[Columns]:
        yield from self.loaders[order]


_declare_operators()
