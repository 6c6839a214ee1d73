"""Workers that are processes, for functions that keep the interpreter busy.

Each worker has a pipe for small messages; arrays go through a ring of anonymous memory. A worker makes every
`n`-th piece, so that they come back in order.
"""

from __future__ import annotations

import itertools
import multiprocessing
import pickle
import select
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata.errors import LoadError, WorkerLost
from atdata.iteration import Iteration
from atdata.loaders.handed import Handed, taken, unpickled
from atdata.loaders.pieces import Cut, Piece, open_shards
from atdata.loaders.ring import Ring, Slots
from atdata.loaders.waiting import Waiting
from atdata.loaders.worker import ORDER, Answer, Fault, Part, serve, unsendable

if TYPE_CHECKING:
    from atdata.loaders.loader import Workers

__all__ = ["Crew", "by_processes"]

_LOOK: Final = 1000  # milliseconds between looks whether a worker lives that does not answer
_PATIENCE: Final = 2.0  # seconds for a worker to end when it is told to


def by_processes(
    iteration: Iteration[Any], cut: Cut, workers: Workers, waiting: Waiting[Crew]
) -> Iterator[Any]:
    """The batches of an epoch in order, of whose pieces `prefetch` are ready or being made.

    At its end the workers wait for the next epoch. Closed before, no process of it is left; a batch that somebody has
    keeps its memory.

    Args:
        iteration: whose epoch it is.
        cut: how it is cut.
        workers: who makes it.
        waiting: the workers of an epoch before.

    Raises:
        WorkerLost: a worker was killed.
    """
    open_shards(iteration)
    crew = _resumed(waiting, iteration) or Crew(iteration, cut, workers)
    pieces = cut.pieces(iteration)
    with waiting.after(crew, stays=crew.may_wait):
        for piece in itertools.islice(pieces, workers.prefetch):
            crew.order(piece)
        while crew.waiting:
            for piece in itertools.islice(pieces, 1):
                crew.order(piece)
            yield from crew.next()


def _resumed(waiting: Waiting[Crew], iteration: Iteration[Any]) -> Crew | None:
    """Workers that wait, if all are left, and none has to know what it will be told."""
    crew = waiting.take()
    if crew is None or (crew.are_alive and not iteration.plan.are_fetched):
        return crew
    crew.end()
    return None


class _Worker:
    """A process, and the pipe to it."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process, self.pipe = process, pipe
        self._ready = select.poll()  # kept, since making one takes longer than asking it
        self._ready.register(pipe, select.POLLIN)

    def answer(self, number: int) -> Answer:
        """What it says next.

        Raises:
            WorkerLost: it is gone.
        """
        try:
            while not self._ready.poll(_LOOK):
                if not self.process.is_alive() and not self._ready.poll(0):
                    raise EOFError
            message = self.pipe.recv_bytes()
        except (EOFError, OSError):
            raise self.lost(number) from None
        batches, fault = unpickled(message)
        return Answer(batches, fault)

    def lost(self, number: int) -> WorkerLost:
        """That it is gone, and why."""
        self.process.join(_PATIENCE)
        code = self.process.exitcode
        if code is not None and code < 0:
            how = f"was ended by {_signal_name(-code)}"
        else:
            how = f"ended with status {code}"
        hint = "; the system ends processes so when memory runs out" if code == -9 else ""
        return WorkerLost(
            f"worker {number} of the loader (process {self.process.pid}) {how}{hint}: the batches that it was "
            "making are lost; load_state_dict() with the state of the last batch goes on behind it"
        )


class Crew:
    """Workers, and the ring between them and the one who asks."""

    def __init__(self, iteration: Iteration[Any], cut: Cut, workers: Workers) -> None:
        # What is fetched is fetched ahead, and so each worker has to know what it will be told to make.
        self._cut = cut if iteration.plan.are_fetched else None
        self._count = workers.count or 2
        self._owner = iteration.plan.sample_type
        self._iteration = iteration
        self._fresh = workers.fresh
        # One a piece that is ready or being made, one more that is ordered while the caller has one; and one that
        # is written only where the caller keeps a second one.
        self._ring = Ring(workers.prefetch + 3)
        self._slots = Slots(self._ring)
        self._workers: list[_Worker] = []
        self._turn = 0
        self.waiting: deque[tuple[int, int | None]] = deque()  # worker and slot of each piece
        method = workers.processes if isinstance(workers.processes, str) else None
        try:
            context = multiprocessing.get_context(method)
            if context.get_start_method() != "fork":
                # Else the first process would start it, and let go of what is held back.
                resource_tracker.ensure_running()
            if context.get_start_method() == "forkserver":
                # Else it would hold Ctrl-C back for whatever the program starts by it later.
                forkserver.ensure_running()
            for _ in range(self._count):
                with _uninterrupted():
                    self._hire(context)
        except BaseException:
            self.end()
            raise
        self._ring.close_file()

    def _hire(self, context: Any) -> None:
        ours, theirs = context.Pipe()
        # Only a fork leaves our ends of the other pipes in the new process.
        forked = context.get_start_method() == "fork"
        others = [ours, *(worker.pipe for worker in self._workers)] if forked else []
        cut, number = self._cut, len(self._workers)
        own = None if cut is None else Part(cut, number, self._count)
        process = context.Process(
            target=serve,
            args=(self._iteration, self._ring, theirs, others, own),
            name="atdata-loader",
            daemon=True,
        )
        try:
            process.start()
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            ours.close()
            raise unsendable(error, "processes") from error
        finally:
            theirs.close()
        self._workers.append(_Worker(process, ours))

    @property
    def may_wait(self) -> bool:
        """Whether another epoch may have them: they were told nothing of one."""
        return self._cut is None

    @property
    def are_alive(self) -> bool:
        """Whether none of them has ended."""
        return all(worker.process.is_alive() for worker in self._workers)

    def order(self, piece: Piece) -> None:
        """Have a piece made; an empty one is made here."""
        if not len(piece):
            self.waiting.append((-1, None))
            return
        number = self._turn
        self._turn = (number + 1) % len(self._workers)
        slot = self._slots.take()
        assert slot is not None  # as many are lent as `next` lends
        view = self._ring.slot(slot)
        np.frombuffer(view, np.int64, len(piece))[:] = piece
        # That a worker is gone is an error where its answer is missed, behind the batches before it.
        with suppress(OSError):
            self._workers[number].pipe.send_bytes(ORDER.pack(slot, len(piece)))
        self.waiting.append((number, slot))

    def next(self) -> Iterator[Any]:
        """The batches of the piece that comes next; then its fault is raised."""
        number, slot = self.waiting.popleft()
        if slot is None:
            yield self._iteration.nothing()
            return
        answer = self._workers[number].answer(number)
        # Who keeps batches would soon have every slot; from the second on, they get copies.
        fresh = self._fresh or self._slots.lent > 1
        batches = self._batches(answer.batches, slot, fresh)
        del slot
        while batches:
            yield batches.popleft()
        if answer.fault is not None:
            _raise(answer.fault)

    def _batches(self, handed: list[Handed], slot: int, fresh: bool) -> deque[Any]:
        view = self._ring.slot(slot) if fresh else self._slots.lend(slot)
        found = deque(taken(self._owner, each, view, fresh=fresh) for each in handed)
        if fresh:
            self._slots.put(slot)
        return found

    def end(self) -> None:
        """End the workers: what they were making is of no use to anyone."""
        self._ring.close_file()
        for worker in self._workers:
            worker.pipe.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_PATIENCE)
            if worker.process.exitcode is None:  # code of the user holds the signal back
                worker.process.kill()
                worker.process.join()
            worker.process.close()
        self._workers.clear()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back: a process that is started begins so, and comes to ignore it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Trace(Exception):  # shown as the cause of another, never raised by itself
    """The traceback of an exception in another process."""

    def __init__(self, text: str) -> None:
        super().__init__(text)

    def __str__(self) -> str:
        return f"in a worker of the loader\n\n{self.args[0]}"


def _raise(fault: Fault) -> None:
    cause = _Trace(fault.trace)
    if fault.error is None:
        raise LoadError(
            f"{fault.said} (an exception that cannot be pickled, so it is shown)"
        ) from cause
    error: BaseException = unpickled(fault.error)
    raise error from cause


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
