"""A worker that is a process, seen from within: it makes the pieces that it is told, and says what became of them."""

from __future__ import annotations

import itertools
import os
import pickle
import signal
import struct
import traceback
from collections.abc import Generator, Sequence
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple

import numpy as np

from atdata.errors import LoadError
from atdata.iteration import Iteration
from atdata.loaders.handed import Desk, Handed, unpickled
from atdata.loaders.pieces import Cut, Read, reads
from atdata.loaders.ring import Ring

__all__ = ["ORDER", "Answer", "Fault", "serve", "unsendable"]

ORDER: Final = struct.Struct("<qq")
"""What a worker is told: a slot, and how many numbers of samples stand at its beginning."""

_LOOK: Final = 1.0  # seconds between looks whether the other process is there


class Fault(NamedTuple):
    """What went wrong in a worker.

    Attributes:
        error: the pickle of the exception, `None` where it has none.
        said: its class and message.
        trace: its traceback, as text.
    """

    error: bytes | None
    said: str
    trace: str

    @classmethod
    def of(cls, error: BaseException) -> Fault:
        """A fault of an exception."""
        trace = "".join(traceback.format_exception(error))
        said = f"{type(error).__name__}: {error}"
        try:
            data = pickle.dumps(error)
            unpickled(data)  # some exceptions cannot be made again
        except Exception:
            data = None
        return cls(data, said, trace)


class Part(NamedTuple):
    """The pieces of an epoch that one worker makes.

    Attributes:
        cut: of the epoch.
        number: of the worker.
        workers: how many there are.
    """

    cut: Cut
    number: int
    workers: int

    def reads(self, iteration: Iteration[Any]) -> Generator[Read]:
        """What gives the batches of each of them; the bytes of later ones are fetched meanwhile."""
        return reads(
            iteration,
            itertools.islice(self.cut.pieces(iteration), self.number, None, self.workers),
        )


class Answer(NamedTuple):
    """What became of a piece."""

    batches: list[Handed]
    fault: Fault | None


def unsendable(error: Exception, argument: str) -> LoadError:
    """The error for a dataset, or a function of it, that pickle does not take.

    Args:
        error: what pickle says.
        argument: that says how processes are started.
    """
    return LoadError(
        f"the dataset cannot be sent to a new process: {error}. Give map and filter functions that a module has by "
        f'name, or {argument}="fork"'
    )


def serve(
    iteration: Iteration[Any],
    ring: Ring,
    orders: Connection,
    others: Sequence[Connection],
    part: Part | None = None,
) -> None:
    """Make pieces until the other side closes.

    Args:
        iteration: whose batches they are.
        ring: the memory that both sides have.
        orders: where orders come from, and answers go.
        others: ends of other pipes that a fork has left here; they would keep those workers from ending.
        part: what it will be told to make, where that is fetched ahead.
    """
    # Ctrl-C goes to every process of the terminal: the one that asks ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:
        other.close()
    ring.close_file()
    parent = os.getppid()
    todo = None if part is None else part.reads(iteration)
    try:
        while True:
            while not orders.poll(_LOOK):
                if os.getppid() != parent:
                    return
            slot, count = ORDER.unpack(orders.recv_bytes())
            orders.send_bytes(pickle.dumps(tuple(_answer(iteration, ring, slot, count, todo)), 5))
    except (EOFError, OSError):
        return  # the other side has what it wanted, or is gone
    finally:
        if todo is not None:
            todo.close()


def _answer(
    iteration: Iteration[Any], ring: Ring, number: int, count: int, todo: Generator[Read] | None
) -> Answer:
    slot = ring.slot(number)
    numbers = np.frombuffer(slot, np.int64, count).copy()
    desk, batches = Desk(slot, partial(ring.have_at_hand, number)), list[Handed]()
    try:
        read = partial(iteration.read, [numbers]) if todo is None else next(todo)
        for batch in read():
            batches.append(desk.put(batch))
    except Exception as error:
        return Answer(batches, Fault.of(error))
    return Answer(batches, None)
