"""The bandwidth of the machine: numpy copies rows of a mapped file into one buffer that is used again."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.contenders.contender import Contender, Order
from benchmarks.touch import Columns
from benchmarks.workloads import Row, Workload

__all__ = ["Copying"]

# Larger rows are copied one by one, which is the quickest there; smaller ones by one call for all.
_SMALL = 65_536


class Copying(Contender):
    """The array column alone, its rows lying one after another."""

    def __init__(self, workload: Workload, folder: str) -> None:
        if workload.array is None:
            raise ValueError(f"{workload.name} has no array to copy")
        super().__init__(workload, folder)
        self.array = workload.array
        self.columns = (self.array.name,)
        self.rng = np.random.default_rng(0)

    def write(self, rows: Iterable[Row], count: int) -> None:
        path, shape = self.folder / "rows.npy", (count, *self.array.shape)
        out = np.lib.format.open_memmap(path, "w+", np.dtype(self.array.dtype), shape)
        for slot, row in zip(out, rows, strict=True):
            slot[...] = row[self.array.name]

    @functools.cached_property
    def rows(self) -> NDArray[Any]:
        """The rows, mapped once."""
        mapped = np.load(self.folder / "rows.npy", mmap_mode="r")
        plain: NDArray[Any] = mapped.view(np.ndarray)
        return plain

    @functools.cached_property
    def buffer(self) -> NDArray[Any]:
        """Room for a batch."""
        return np.zeros((self.workload.batch_size, *self.array.shape), self.array.dtype)

    def batches(self, order: Order) -> Iterator[Columns]:
        rows, name, size = self.rows, self.array.name, self.workload.batch_size
        chosen = self.rng.permutation(len(rows)) if order == "shuffled" else None
        for start in range(0, len(rows), size):
            slot = self.buffer[: len(rows) - start]
            if chosen is None:
                np.copyto(slot, rows[start : start + size])
            elif self.array.nbytes < _SMALL:
                np.take(rows, chosen[start : start + size], axis=0, out=slot, mode="clip")
            else:
                for number, row in enumerate(chosen[start : start + size].tolist()):
                    slot[number] = rows[row]
            yield {name: slot}
