"""Batches of tensors that a worker of a `DataLoader` sends, in memory that the two processes share.

torch moves each tensor that a worker sends into a new file of shared memory: a copy into pages that the system has to
find and clear first, and a descriptor that a thread of the worker has to pass on. Here a worker has one ring of
memory for as long as it lives. It stacks batches where the other process then has them as tensors, and says where.

The worker takes a slot, and notes in the ring that it sent it; the other process takes the note away when nothing of
the batch is left there. Where all slots are out, since the caller keeps many batches, torch does as it does.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import secrets
import weakref
from multiprocessing.reduction import DupFd, register
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from atdata.loaders.handed import Desk, Handed, batch_of, opened
from atdata.loaders.ring import Loans, Ring
from atdata.loaders.tensors import tensor, tensors
from atdata_schema.batch import Batch

__all__ = ["Outbox", "TensorBatch", "inboxes", "outbox", "path_to"]

_SLOTS: Final = 16


class Address(NamedTuple):
    """How another process finds a ring.

    Attributes:
        token: of this ring alone.
        process: whose ring it is.
        slots: how many, the last of which holds the notes.
        size: bytes of each.
        file: a path to its file, which has no name itself, or the descriptor.
    """

    token: str
    process: int
    slots: int
    size: int
    file: Any

    def ring(self) -> Ring:
        """The ring, mapped."""
        is_path = isinstance(self.file, str)
        file = (
            os.open(self.file, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
            if is_path
            else self.file.detach()
        )
        return Ring.of_file(file, self.slots, self.size)


class Outbox:
    """The ring of a worker."""

    def __init__(self) -> None:
        self._ring = Ring(_SLOTS + 1)
        self._notes = _notes(self._ring)
        self._ours: list[weakref.ref[Any] | None] = [None] * _SLOTS
        self._token = secrets.token_hex(8)

    def put(self, owner: type[Any], batch: Batch) -> dict[str, Any]:
        """A batch as tensors, those of arrays in a slot.

        Args:
            owner: the class of its samples.
            batch: the batch.
        """
        number = self._free()
        if number is None:
            return tensors(batch)
        holder = self._ring.holder(number)
        self._ours[number] = weakref.ref(holder)
        desk = Desk(memoryview(holder).cast("B"))
        content = desk.content(batch)
        made = tensors(batch if content is None else batch_of(owner, content))
        return TensorBatch(made, _Place(self, number, desk))

    def _free(self) -> int | None:
        """A slot that nothing refers to, here or there."""
        for number, (note, reference) in enumerate(zip(self._notes, self._ours, strict=False)):
            if not note and (reference is None or reference() is None):
                return number
        return None

    def send(self, number: int) -> None:
        """Note that the other process has a slot."""
        self._notes[number] = 1

    def is_sent(self, number: int) -> bool:
        """Whether the other process has a slot."""
        return bool(self._notes[number])

    def address(self) -> Address:
        """Where the other process finds the ring."""
        ring, process = self._ring, os.getpid()
        file: Any = path_to(ring.file) or DupFd(ring.file)
        return Address(self._token, process, ring.count, ring.size, file)


@functools.cache
def _outbox(process: int) -> Outbox | None:
    try:
        return Outbox()
    except OSError:  # a limit of memory leaves no room for it
        return None


def outbox() -> Outbox | None:
    """The ring of this process; `None` where it can have none, and torch does as it does."""
    return _outbox(os.getpid())


class _Place(NamedTuple):
    """Where a batch lies."""

    outbox: Outbox
    number: int
    desk: Desk


class TensorBatch(dict[str, Any]):
    """A dict of tensors in a slot; sent to another process once, it is the same memory there.

    Whatever a function of the caller makes of it is sent too: values that were replaced as torch sends them.
    """

    def __init__(self, values: dict[str, Any], place: _Place) -> None:
        super().__init__(values)
        self.place = place

    def __copy__(self) -> TensorBatch:
        return TensorBatch(self, self.place)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


def _sent(batch: TensorBatch) -> tuple[Any, ...]:
    """What `multiprocessing` sends of a batch."""
    there, number, desk = batch.place
    if there.is_sent(number):
        return batch.__reduce__()
    plain: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for name, value in batch.items():
        of_list = type(value) is list and not any(isinstance(each, np.ndarray) for each in value)
        if of_list or _array(value) is not None:
            plain[name] = list(map(_plain, value)) if of_list else _plain(value)
        else:
            others[name] = value
    handed = desk.packed(plain)
    there.send(number)
    return _received, (there.address(), number, list(batch), handed, others)


def _plain(value: Any) -> Any:
    found = _array(value)
    return value if found is None else found


def _array(value: Any) -> NDArray[Any] | None:
    """A tensor as an array, where it is one of those that are made of arrays."""
    if type(value) is not torch.Tensor or value.requires_grad:
        return None
    try:
        return np.ascontiguousarray(value.numpy())
    except (TypeError, RuntimeError):  # of another device, or of a dtype that numpy does not have
        return None


class _Inbox:
    """The ring of a worker, in the process that it sends batches to."""

    def __init__(self, address: Address) -> None:
        ring = address.ring()
        self._notes = _notes(ring)
        self._loans = Loans(ring)

    def take(self, number: int) -> memoryview:
        """The bytes of a slot that was sent; the worker has it back when nothing is left that was made of them."""
        for each in self._loans.returned():
            self._notes[each] = 0
        return self._loans.lend(number)


inboxes: dict[str, _Inbox] = {}
"""The rings of the workers that this process has, by token."""


def _inbox(address: Address) -> _Inbox:
    found = inboxes.get(address.token)
    if found is not None:
        if not isinstance(address.file, str):
            os.close(address.file.detach())  # the worker keeps it until it is fetched
        return found
    found = _Inbox(address)
    for process in multiprocessing.active_children():
        if process.pid == address.process:
            inboxes[address.token] = found  # for as long as the `DataLoader` has the worker
            weakref.finalize(process, inboxes.pop, address.token, None).atexit = False
    return found


def _received(
    address: Address, number: int, names: list[str], handed: Handed, others: dict[str, Any]
) -> dict[str, Any]:
    """A batch that was sent."""
    plain = opened(handed, _inbox(address).take(number))
    return {name: _tensors(plain[name]) if name in plain else others[name] for name in names}


def _tensors(value: Any) -> Any:
    if isinstance(value, list):
        return [tensor(each) if isinstance(each, np.ndarray) else each for each in value]
    return tensor(value)


def path_to(file: int) -> str | None:
    """A path by which other processes open a descriptor of this one, where the system has such (Linux)."""
    path = Path(f"/proc/{os.getpid()}/fd/{file}")
    return str(path) if path.exists() else None


def _notes(ring: Ring) -> NDArray[np.uint8]:
    return np.frombuffer(ring.slot(ring.count - 1), np.uint8, _SLOTS)


register(TensorBatch, _sent)
