"""Datasets of numbered samples, for the tests of orders, states and views."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray

import atdata

__all__ = ["Item", "Large", "Small", "item", "large", "numbers", "numbers_of", "stored"]


@atdata.packable
class Item:
    image: NDArray[np.float32]
    number: int
    note: str | None = None


@atdata.packable
class Small:
    number: int


@atdata.packable
class Large:
    image: NDArray[np.float32]
    number: int


def item(number: int) -> Item:
    note = None if number % 3 == 0 else f"n{number}"
    return Item(image=np.full((2, 3), number, np.float32), number=number, note=note)


@cache
def stored(count: int, maxcount: int = 4, first: int = 0) -> atdata.Dataset[Item]:
    """A dataset of the numbers from `first` on, written once in a test run and then only read."""
    folder = Path(mkdtemp(prefix="atdata-views-"))
    samples = map(item, range(first, first + count))
    return atdata.write_samples(samples, folder / "d.tar", maxcount=maxcount)


@cache
def large(count: int) -> atdata.Dataset[Large]:
    """The same of samples of 640 kB, whose image is their number everywhere."""
    samples = (Large(np.full((400, 400), number, np.float32), number) for number in range(count))
    return atdata.write_samples(samples, Path(mkdtemp(prefix="atdata-large-")) / "d.tar")


def numbers(samples: Any) -> list[int]:
    return [sample.number for sample in samples]


def numbers_of(batches: Any) -> list[list[int]]:
    return [list(batch.number) if len(batch) else [] for batch in batches]
