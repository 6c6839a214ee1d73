"""Datasets that lie on a web server, for the tests of reading them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

import atdata
from atdata_schema.sample import Sample

__all__ = ["COUNT", "Large", "Word", "large", "no_wait", "numbers", "plain", "same"]

COUNT = 40
"""Samples that have some 4.8 MB in all: several blocks of 1 MiB."""


@atdata.packable
class Large:
    pixels: Annotated[NDArray[np.uint8], atdata.Shape(300, 400)]
    number: int


@atdata.packable
class Word:
    text: str
    number: int = 0


def large(folder: Path, count: int = COUNT, **options: Any) -> atdata.Dataset[Large]:
    """A dataset of samples of 120 kB, in `data.tar` of a folder."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (count, 300, 400)).astype(np.uint8)
    samples = (Large(pixels=item, number=number) for number, item in enumerate(pixels))
    return atdata.write_samples(samples, folder / "data.tar", **options)


def plain(value: Any) -> Any:
    """A value as something that compares: arrays by dtype, shape and bits."""
    kind: type[object] = value.__class__
    if issubclass(kind, np.ndarray):
        return str(value.dtype), value.shape, value.tobytes()
    if issubclass(kind, list):
        return [plain(item) for item in value]
    if issubclass(kind, dict):
        return {key: plain(item) for key, item in value.items()}
    if issubclass(kind, float | np.floating):
        return np.float64(value).tobytes()
    return value.encode() if issubclass(kind, Sample) else value


def bool_of(sample: object) -> bool:
    """What keeps every sample."""
    return True


def ways(size: int, seed: int) -> dict[str, Callable[[Any], Any]]:
    """Every way of reading a dataset that has samples, as something that compares."""

    def batches(ds: Any, way: Any) -> list[Any]:
        return [_batch(batch, ds.sample_type.FIELDS) for batch in way]

    def resumed(ds: Any) -> list[Any]:
        walk = iter(ds.shuffled(batch_size=size, seed=seed))
        before = [_batch(next(walk), ds.sample_type.FIELDS)]
        again = ds.shuffled(batch_size=size, seed=seed)
        again.load_state_dict(walk.state_dict())
        return before + batches(ds, again)

    return {
        "for": lambda ds: [plain(sample) for sample in ds],
        "ordered": lambda ds: [plain(sample) for sample in ds.ordered()],
        "batches": lambda ds: batches(ds, ds.ordered(batch_size=size)),
        "shuffled": lambda ds: [plain(sample) for sample in ds.shuffled(seed=seed)],
        "shuffled batches": lambda ds: batches(ds, ds.shuffled(batch_size=size, seed=seed)),
        "window": lambda ds: batches(ds, ds.shuffled(batch_size=size, order="window:1MB")),
        "index": lambda ds: [plain(ds[number]) for number in range(len(ds))],
        "keys": lambda ds: ds.keys(),
        "get": lambda ds: [plain(ds.get(key)) for key in list(ds.keys())],
        "select": lambda ds: batches(ds, ds[[-1, 0, 0]].ordered(batch_size=2)),
        "slice": lambda ds: [plain(sample) for sample in ds[1:3]],
        "filter": lambda ds: [plain(one) for one in ds.filter(bool_of).take(2)],
        "concat": lambda ds: batches(ds, ds.concat(ds[:1]).shuffled(batch_size=size)),
        "rank": lambda ds: batches(ds, ds.ordered(batch_size=size, rank=1, world_size=2)),
        "fingerprint": lambda ds: (ds.fingerprint, len(ds), bool(ds)),
        "state": resumed,
    }


def _batch(batch: Any, fields: Any) -> Any:
    columns = [plain(batch.column(name)) for name in fields] if len(batch) else []
    return list(batch.keys), columns, plain(batch.samples())


def same(one: Any, other: Any, size: int = 3, seed: int = 7) -> None:
    """Two datasets give the same in every way of reading."""
    for name, way in ways(size, seed).items():
        assert way(one) == way(other), name


def numbers(way: Any) -> Sequence[int]:
    """The numbers of samples or batches."""
    return [number for batch in way for number in batch.number]


def no_wait(seconds: float) -> None:
    """What stands for `sleep`."""
