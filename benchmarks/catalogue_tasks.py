"""What the two catalogues are asked to do, each in a process of its own: ours, and that of atdata 0.7.

    python -m benchmarks.catalogue_tasks ours|peer FOLDER [REDIS]

A line of JSON names a task and its arguments; the answer is a line with the seconds that it took. Both know
the same datasets: ten thousand names with a description, two tags and one shard each.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

__all__ = ["Catalogue", "Row", "main", "rows"]

_WORDS: Final = (
    *("amber", "basin", "cedar", "delta", "ember", "fjord", "grove", "harbor", "island", "jungle"),
    *("kelp", "lagoon", "meadow", "nectar", "oasis", "prairie", "quarry", "ridge", "savanna"),
    *("tundra", "upland", "valley", "willow", "yarrow", "zephyr"),
)


_BYTES: Final = 765
"""Of the JSON of one of our entries."""


@dataclass(frozen=True, slots=True)
class Row:
    """A dataset that both store.

    Attributes:
        name: what it is called.
        url: its shard.
        description: a sentence.
        tags: two words.
    """

    name: str
    url: str
    description: str
    tags: tuple[str, str]


def rows(count: int, seed: int = 0) -> list[Row]:
    """So many datasets."""
    rng = random.Random(seed)
    return [
        Row(
            f"{rng.choice(_WORDS)}-{seed}-{number:05d}",
            f"/data/store/shards/{number:064x}.tar",
            f"Pictures of {rng.choice(_WORDS)} and {rng.choice(_WORDS)}, taken in {2000 + number % 25}.",
            (rng.choice(_WORDS), f"v{number % 10}"),
        )
        for number in range(count)
    ]


class Catalogue(ABC):
    """One of the two; each method does one thing to all it is given.

    Attributes:
        synchronous: what it has SQLite wait for when it adds one dataset.
    """

    synchronous: ClassVar[str]

    @abstractmethod
    def empty(self, path: Path) -> None:
        """Begin with a new SQLite file."""

    @abstractmethod
    def add_each(self, given: Sequence[Row]) -> None:
        """Add datasets one after the other."""

    def add_synced(self, given: Sequence[Row]) -> None:
        """Add datasets one after the other, each on the disk before the next."""
        self.add_each(given)

    @abstractmethod
    def add_all(self, given: Sequence[Row]) -> None:
        """Add datasets in whatever way is fastest."""

    @abstractmethod
    def reopen(self) -> None:
        """Open the file anew, nothing remembered."""

    @abstractmethod
    def list(self) -> int:
        """List all datasets as objects; how many there are."""

    @abstractmethod
    def look_up(self, names: Iterable[str]) -> None:
        """Get datasets by their names."""

    @abstractmethod
    def search(self, texts: Iterable[str]) -> int:
        """Search for texts, fifty of each at most; how many were found."""

    @abstractmethod
    def use_redis(self, url: str, given: Sequence[Row]) -> None:
        """Go on in a Redis database, with these datasets."""


class _Tasks:
    """The tasks by name; each returns what is timed, and what was done before is not."""

    def __init__(self, catalogue: Catalogue, folder: Path, redis: str | None) -> None:
        self._catalogue = catalogue
        self._folder = folder
        self._redis = redis
        self._made = 0

    def _new(self) -> None:
        self._made += 1
        self._catalogue.empty(self._folder / f"{self._made}.db")

    def add_each(self, count: int) -> Callable[[], object]:
        self._new()
        given = rows(count)
        return lambda: self._catalogue.add_each(given)

    def add_synced(self, count: int) -> Callable[[], object]:
        self._new()
        given = rows(count)
        return lambda: self._catalogue.add_synced(given)

    def add_bare(self, count: int) -> Callable[[], object]:
        self._made += 1
        db = sqlite3.connect(self._folder / f"{self._made}.db", isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {self._catalogue.synchronous}")
        db.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, name TEXT UNIQUE, body TEXT)")
        given = [(row.name, f"{row}".ljust(_BYTES)) for row in rows(count)]

        def add() -> None:
            for row in given:
                db.execute("INSERT INTO rows (name, body) VALUES (?, ?)", row)

        return add

    def add_all(self, count: int) -> Callable[[], object]:
        self._new()
        given = rows(count)
        return lambda: self._catalogue.add_all(given)

    def list_first(self, count: int) -> Callable[[], object]:
        self._catalogue.reopen()
        return lambda: self._check(self._catalogue.list(), count)

    def list_again(self, count: int) -> Callable[[], object]:
        return lambda: self._check(self._catalogue.list(), count)

    def look_up(self, count: int, total: int) -> Callable[[], object]:
        names = [row.name for row in random.Random(1).sample(rows(total), count)]
        return lambda: self._catalogue.look_up(names)

    def search(self, texts: list[str]) -> Callable[[], object]:
        return lambda: self._catalogue.search(texts)

    def use_redis(self, count: int) -> Callable[[], object]:
        assert self._redis is not None
        self._catalogue.use_redis(self._redis, rows(count))
        return lambda: None

    def _check(self, found: int, expected: int) -> None:
        if found != expected:
            raise ValueError(f"listed {found} of {expected}")


def main() -> None:
    """Serve requests until standard input ends."""
    which, folder, *redis = sys.argv[1:]
    tasks = _Tasks(_catalogue(which), Path(folder), redis[0] if redis else None)
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        work = getattr(tasks, request.pop("task"))(**request)
        began = time.perf_counter()
        work()
        print(json.dumps(time.perf_counter() - began), flush=True)


def _catalogue(which: str) -> Catalogue:
    if which == "peer":
        from benchmarks.contenders.peer_catalogue import PeerCatalogue

        return PeerCatalogue()
    from benchmarks.contenders.our_catalogue import OurCatalogue

    return OurCatalogue()


if __name__ == "__main__":
    main()
