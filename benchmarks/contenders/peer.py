"""forecast-bio/atdata 0.7, in an environment of its own: its package has the same name as ours.

Its `packable` looks at annotations as they stand, so they must not be texts: no `annotations` of the future.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import atdata
from benchmarks.contenders.contender import Contender, Order, shard_size
from benchmarks.touch import Columns
from benchmarks.workloads import Row, Workload

__all__ = ["Peer"]


@atdata.packable
class Photo:
    """W1."""

    image: NDArray
    label: str
    score: float


@atdata.packable
class Picture:
    """W2."""

    image: NDArray
    label: int


@atdata.packable
class Event:
    """W3."""

    time: int
    user: int
    count: int
    amount: float
    score: float
    item: str
    place: str


@atdata.packable
class Document:
    """W4."""

    embedding: NDArray
    id: str


_CLASSES: dict[str, Any] = {"W1": Photo, "W2": Picture, "W3": Event, "W4": Document}


class Peer(Contender):
    """Its typed dataset; a batch stacks an array column with `numpy.stack` when it is asked for."""

    def __init__(self, workload: Workload, folder: str) -> None:
        super().__init__(workload, folder)
        self.cls = _CLASSES[workload.name]

    def opened(self) -> Any:
        """The dataset, opened anew."""
        shards = sorted(self.folder.glob("*.tar"))
        return atdata.Dataset[self.cls](f"{self.folder}/data-{{000000..{len(shards) - 1:06d}}}.tar")

    @functools.cached_property
    def dataset(self) -> Any:
        """The dataset, opened once."""
        return self.opened()

    def write(self, rows: Iterable[Row], count: int) -> None:
        samples = (self.cls(**row) for row in rows)
        atdata.write_samples(samples, self.folder / "data.tar", maxcount=shard_size(count))

    def batches(self, order: Order) -> Iterator[Columns]:
        names, size = self.columns, self.workload.batch_size
        ordered = order == "ordered"
        read = self.dataset.ordered if ordered else self.dataset.shuffled
        for batch in read(batch_size=size):
            yield {name: getattr(batch, name) for name in names}

    def prepare(self, rows: Iterable[Row]) -> Sequence[Any]:
        return [self.cls(**row) for row in rows]

    def write_prepared(self, samples: Sequence[Any], folder: Path) -> None:
        atdata.write_samples(samples, folder / "data.tar", maxcount=shard_size(len(samples)))

    def get(self, number: int) -> Any:
        return self.dataset.select([number])[0]

    def length(self) -> int:
        return len(self.opened())
