"""Hugging Face datasets: Arrow files on disk, batches in numpy format."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterable, Iterator
from typing import Any

import datasets

from benchmarks.contenders.contender import Contender, Order
from benchmarks.touch import Columns
from benchmarks.workloads import Row

__all__ = ["HuggingFace"]

_KINDS = {int: "int64", float: "float64", str: "string"}


class HuggingFace(Contender):
    """`Dataset.iter` of a map-style dataset; shuffled, each epoch draws a new permutation."""

    epoch = 0

    def write(self, rows: Iterable[Row], count: int) -> None:
        made = datasets.Dataset.from_generator(
            lambda: iter(rows),
            features=self._features(),
            cache_dir=str(self.folder / "cache"),
            # The generator cannot be hashed; its files are ours alone.
            fingerprint="bench",
        )
        made.save_to_disk(str(self.folder / "data"))
        del made
        shutil.rmtree(self.folder / "cache")

    def _features(self) -> Any:
        kinds: dict[str, Any] = {}
        array = self.workload.array
        if array is not None and len(array.shape) == 3:
            kinds[array.name] = datasets.Array3D(shape=array.shape, dtype=array.dtype)
        elif array is not None:
            kinds[array.name] = datasets.List(datasets.Value(array.dtype), length=array.shape[0])
        kinds |= {
            name: datasets.Value(_KINDS[kind]) for name, kind in self.workload.scalars.items()
        }
        return datasets.Features(kinds)

    @functools.cached_property
    def dataset(self) -> Any:
        """The dataset in numpy format, opened once."""
        return datasets.load_from_disk(str(self.folder / "data")).with_format("numpy")

    def batches(self, order: Order) -> Iterator[Columns]:
        data = self.dataset
        if order == "shuffled":
            self.epoch += 1
            data = data.shuffle(seed=self.epoch, keep_in_memory=True)
        yield from data.iter(batch_size=self.workload.batch_size)
