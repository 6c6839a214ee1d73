"""atdata, this project."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

import atdata
from atdata import Dataset, Shape
from benchmarks.contenders.contender import Contender, Order, Unavailable, shard_size
from benchmarks.touch import Columns
from benchmarks.transform import transformed
from benchmarks.workloads import Row, Workload

__all__ = ["Ours", "OursWithColumns", "OursWithoutDigests"]


@atdata.packable
class Photo:
    """W1."""

    image: Annotated[NDArray[np.float32], Shape(224, 224, 3)]
    label: str
    score: float


@atdata.packable
class Picture:
    """W2."""

    image: Annotated[NDArray[np.uint8], Shape(224, 224, 3)]
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

    embedding: Annotated[NDArray[np.float16], Shape(768)]
    id: str


@atdata.packable
class CheckedPhoto:
    """W1 with limits, for the cost of validation."""

    image: Annotated[NDArray[np.float32], Shape(224, 224, 3)]
    label: Annotated[str, atdata.field(max_length=64)]
    score: Annotated[float, atdata.field(finite=True)]


@atdata.packable
class CheckedPicture:
    """W2 with limits."""

    image: Annotated[NDArray[np.uint8], Shape(224, 224, 3)]
    label: Annotated[int, atdata.field(minimum=0, maximum=999)]


@atdata.packable
class CheckedEvent:
    """W3 with limits."""

    time: Annotated[int, atdata.field(minimum=0)]
    user: Annotated[int, atdata.field(minimum=0, maximum=1_000_002)]
    count: Annotated[int, atdata.field(minimum=0, maximum=199)]
    amount: Annotated[float, atdata.field(finite=True)]
    score: Annotated[float, atdata.field(finite=True)]
    item: Annotated[str, atdata.field(max_length=64)]
    place: Annotated[str, atdata.field(max_graphemes=32)]


@atdata.packable
class CheckedDocument:
    """W4 with limits."""

    embedding: Annotated[NDArray[np.float16], Shape(768)]
    id: Annotated[str, atdata.field(max_length=64)]


_CHECKED: dict[str, type[Any]] = {
    "W1": CheckedPhoto,
    "W2": CheckedPicture,
    "W3": CheckedEvent,
    "W4": CheckedDocument,
}
_CLASSES: dict[str, type[Any]] = {"W1": Photo, "W2": Picture, "W3": Event, "W4": Document}


class Ours(Contender):
    """The public interface, as the README has it; a column is an attribute of the batch."""

    options: dict[str, Any] = {}

    def __init__(self, workload: Workload, folder: str) -> None:
        super().__init__(workload, folder)
        self.cls = _CLASSES[workload.name]
        self.checked = _CHECKED[workload.name]
        self._loaders: dict[int, Any] = {}

    @property
    def path(self) -> Path:
        """Where the dataset is."""
        return self.folder / "data.tar"

    @functools.cached_property
    def dataset(self) -> Dataset[Any]:
        """The dataset, opened once."""
        return atdata.load_dataset(self.path, self.cls)

    @functools.cached_property
    def _orders(self) -> dict[Order, Any]:
        size = self.workload.batch_size
        return {
            "ordered": self.dataset.ordered(batch_size=size),
            "shuffled": self.dataset.shuffled(batch_size=size, seed=0),
        }

    def write(self, rows: Iterable[Row], count: int) -> None:
        samples = (self.cls(**row) for row in rows)
        atdata.write_samples(samples, self.path, maxcount=shard_size(count), **self.options)

    def batches(self, order: Order) -> Iterator[Columns]:
        names = self.columns
        for batch in self._orders[order]:
            yield {name: getattr(batch, name) for name in names}

    def prepare(self, rows: Iterable[Row]) -> Sequence[Any]:
        return [self.cls(**row) for row in rows]

    def write_prepared(self, samples: Sequence[Any], folder: Path) -> None:
        atdata.write_samples(
            samples, folder / "data.tar", maxcount=shard_size(len(samples)), **self.options
        )

    def get(self, number: int) -> Any:
        return self.dataset[number]

    def worked(self, workers: int) -> Iterator[Columns]:
        if workers not in self._loaders:
            ds, size = self.dataset.map(transformed, self.cls), self.workload.batch_size
            self._loaders[workers] = ds.torch(size).loader(workers)
        yield from self._loaders[workers]

    def open_anew(self) -> None:
        self.__dict__.pop("_orders", None)
        self.__dict__.pop("dataset", None)
        len(self.dataset)

    def length(self) -> int:
        return len(atdata.load_dataset(self.path, self.cls))


class OursWithColumns(Ours):
    """The same with the column sidecars, which hold the small fields."""

    options = {"columns": True}

    def __init__(self, workload: Workload, folder: str) -> None:
        if "columns" not in inspect.signature(atdata.write_samples).parameters:
            raise Unavailable("this version of atdata writes no column sidecars")
        super().__init__(workload, folder)


class OursWithoutDigests(Ours):
    """The same without a digest of any shard, as the others write."""

    options = {"digests": False}
