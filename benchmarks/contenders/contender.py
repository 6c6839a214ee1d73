"""What every contender does: write samples into a folder, and deliver them in batches of columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from benchmarks.touch import Columns
from benchmarks.workloads import Row, Workload

__all__ = ["Contender", "Order", "Unavailable", "shard_size"]

Order = Literal["ordered", "shuffled"]

_SHARDS = 8


class Unavailable(Exception):
    """A contender that cannot do what is asked in this environment; says why."""


class Contender(ABC):
    """A library as its users use it, for one workload.

    Attributes:
        workload: the kind of sample.
        folder: where its data lies.
        columns: the columns that it delivers.
    """

    def __init__(self, workload: Workload, folder: str) -> None:
        self.workload = workload
        self.folder = Path(folder)
        self.columns: tuple[str, ...] = workload.columns

    @abstractmethod
    def write(self, rows: Iterable[Row], count: int) -> None:
        """Write the samples, in their order, in the library's own format."""

    @abstractmethod
    def batches(self, order: Order) -> Iterator[Columns]:
        """One epoch. What costs an epoch nothing in a training run, such as opening, is done once before."""

    def prepare(self, rows: Iterable[Row]) -> Sequence[Any]:
        """Samples as objects of the library, so that the timed `write_prepared` only writes."""
        raise Unavailable("writing is not measured here")

    def write_prepared(self, samples: Sequence[Any], folder: Path) -> None:
        """Write samples into an empty folder."""
        raise Unavailable("writing is not measured here")

    def get(self, number: int) -> Any:
        """One sample by its number, as an object of the library."""
        raise Unavailable("single samples are not measured here")

    def worked(self, workers: int) -> Iterator[Columns]:
        """A shuffled epoch by so many worker processes of torch's loader; none is this process alone.

        The loader is made once and gone through again, as in a training run.
        `transform.transformed` is applied to each sample.
        """
        raise Unavailable("workers are not measured here")

    def open_anew(self) -> None:
        """Forget the opened data, so that the next epoch begins with nothing."""
        raise Unavailable("opening anew is not measured here")

    def length(self) -> int:
        """The number of samples, found by opening the data anew."""
        raise Unavailable("the length is not measured here")


def shard_size(count: int) -> int:
    """Samples in a shard, for those formats that have shards."""
    return max(1, -(-count // _SHARDS))
