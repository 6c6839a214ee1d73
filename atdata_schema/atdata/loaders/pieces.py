"""How an epoch is cut: what one worker makes at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.iteration import Iteration
from atdata_schema.batch import Batch, codecs_of
from atdata_schema.fields.array import ArrayField
from atdata_schema.fields.presence import bare

__all__ = [
    "Cut",
    "Made",
    "Piece",
    "Read",
    "is_fetched",
    "made",
    "open_shards",
    "piece_steps",
    "reads",
]

_BYTES: Final = 2 << 20
"""Below this, handing a batch over costs more than making it; far above, it leaves the caches."""

_ROWS: Final = 8192

Piece = NDArray[np.int64]
Read = Callable[[], Iterator[Any]]


@dataclass(slots=True)
class Made:
    """What became of a piece.

    Attributes:
        batches: its batches, up to a fault.
        fault: what went wrong then.
    """

    batches: list[Any] = field(default_factory=list)
    fault: BaseException | None = None

    def given(self) -> Iterator[Any]:
        """The batches, each let go of when the next one is asked for; then the fault is raised."""
        self.batches.reverse()
        while self.batches:
            yield self.batches.pop()
        if self.fault is not None:
            raise self.fault


def piece_steps(iteration: Iteration[Any]) -> int:
    """Batches of a piece: one, or so many small ones as have about 2 MiB together."""
    rows, size = iteration.plan.rows(), iteration.share.size
    if rows is None:
        return 1  # functions may take any time
    count = iteration.plan.count()
    mean = rows.mean_bytes(np.arange(min(count, _ROWS), dtype=np.int64))
    most = min(_ROWS, int(_BYTES / max(mean, 1.0)))
    return max(1, most // size)


def open_shards(iteration: Iteration[Any]) -> None:
    """Open the shards and their indexes, before workers are started: forked ones then have and share them."""
    next(iteration.plan.entries(iter([np.empty(0, np.int64)])), None)


@dataclass(frozen=True, slots=True)
class Cut:
    """How what is left of an epoch is cut; every process that is told it cuts it alike.

    Attributes:
        epoch: the epoch.
        position: where it is taken up.
        steps: batches of a piece.
        first: samples of the first piece, where that is a smaller one.
    """

    epoch: int
    position: int
    steps: int
    first: int | None

    @classmethod
    def of(cls, iteration: Iteration[Any], epoch: int, position: int, steps: int) -> Cut:
        """The cut of an epoch from a position on.

        What is fetched begins with a piece of one batch, which then waits for its own bytes alone.
        """
        first = iteration.share.size if is_fetched(iteration) else None
        return cls(epoch, position, steps, first)

    def pieces(self, iteration: Iteration[Any]) -> Iterator[Piece]:
        """The samples of each piece by number; none at the end stands for a batch of no samples."""
        rows = self.steps * iteration.share.size
        found = iteration.numbers(self.epoch, self.position, rows, first=self.first)
        if not iteration.ends_empty(self.position):
            return found
        return itertools.chain(found, [np.empty(0, np.int64)])


def is_fetched(iteration: Iteration[Any]) -> bool:
    """Whether bytes come over a network."""
    rows = iteration.plan.rows()
    return rows is not None and rows.are_fetched


def reads(iteration: Iteration[Any], found: Iterable[Piece]) -> Generator[Read]:
    """What gives the batches of each piece. The bytes of later ones are fetched meanwhile, where they are fetched."""
    whole, empty = itertools.tee(found)
    reading = iteration.ahead(piece for piece in whole if len(piece))
    with closing(reading):
        for piece in empty:
            if len(piece):
                yield next(reading)
            else:
                yield partial(_nothing, iteration)
        next(reading, None)  # comes to its end, where closing it would end what was handed out


def _nothing(iteration: Iteration[Any]) -> Iterator[Any]:
    yield iteration.nothing()


def made(read: Read) -> Made:
    """The batches of a piece, their arrays filled."""
    found = Made()
    try:
        for batch in read():
            fill(batch)
            found.batches.append(batch)
    except Exception as error:
        found.fault = error
    return found


def fill(batch: Any) -> None:
    """Make the columns that take copying now; the others are made when they are asked for."""
    if isinstance(batch, Batch):
        for name in array_names(batch):
            batch.column(name)


def array_names(batch: Batch) -> Sequence[str]:
    """The properties that hold arrays."""
    codecs = codecs_of(batch)
    return [name for name in codecs if isinstance(bare(codecs[name]), ArrayField)]
