"""Indexes to test with, and samples to put into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import atdata
from atdata.index.entry import Entry
from atdata.index.index import Index
from atdata.stores.disk import LocalDiskStore

__all__ = ["Scan", "Word", "files_of", "index_in", "scans", "shards_of", "store_of", "words"]


@atdata.packable
class Word:
    text: str


@atdata.packable
class Scan:
    """Every third one is large, and takes the way of large ones."""

    pixels: NDArray[np.uint8]
    text: str


def words(*texts: str) -> list[Word]:
    return [Word(text=text) for text in texts]


def scans(count: int, word: str = "scan") -> Iterator[Scan]:
    for number in range(count):
        size = 200_000 if number % 3 == 2 else 10
        yield Scan(pixels=np.full(size, number % 256, np.uint8), text=f"{word} {number}")


def index_in(folder: Path) -> Index:
    """An Index all of whose files lie in a folder."""
    return Index(folder / "index.db", folder / "data")


def store_of(index: Index) -> LocalDiskStore:
    store = index.data_store
    assert isinstance(store, LocalDiskStore)
    return store


def files_of(index: Index) -> list[str]:
    """The keys of all that lies in an Index's store, apart from what says whose it is."""
    return [file.key for file in index.data_store.list() if not file.key.startswith("indexes/")]


def shards_of(entries: Iterable[Entry]) -> set[str]:
    """The digests of the shards of some entries."""
    return {
        str(shard.sha256)
        for entry in entries
        for shards in entry.splits.values()
        for shard in shards
    }
