"""Batches of tensors that a worker of a `DataLoader` sends, in memory that the two processes share.

torch moves each tensor that a worker sends into a new file of shared memory: a copy into pages that the system has to
find and clear first, and a descriptor that a thread of the worker has to pass on. Here a worker has one ring of
memory for as long as it lives, which may be lent to it. It stacks batches where the other process then has them as
tensors, and says where.

The worker takes a slot, and notes in the ring that it sent it; the other process takes the note away when nothing of
the batch is left there. Where all slots are out, since the caller keeps many batches, torch does as it does.
"""

from __future__ import annotations

import functools
import os
import weakref
from multiprocessing.reduction import DupFd, register
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from atdata.loaders.handed import Desk, Handed, batch_of, opened
from atdata.loaders.kept_rings import (
    FREE,
    SENT,
    SLOTS,
    Address,
    Lease,
    inbox_of,
    notes_of,
    path_to,
)
from atdata.loaders.tensors import tensor, tensors
from atdata_schema.batch import Batch

__all__ = ["Outbox", "TensorBatch", "outbox"]


class Outbox:
    """The ring of a worker.

    Args:
        lease: one that the other process lends it; else it has one of its own.

    Raises:
        OSError: there is no room for a ring.
    """

    def __init__(self, lease: Lease | None = None) -> None:
        self._token, self._ring = Lease.new() if lease is None else lease
        self._notes = notes_of(self._ring)
        self._ours: list[weakref.ref[Any] | None] = [None] * SLOTS

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
        at_hand = functools.partial(self._ring.have_at_hand, number)
        desk = Desk(memoryview(holder).cast("B"), at_hand)
        content = desk.content(batch)
        made = tensors(batch if content is None else batch_of(owner, content))
        return TensorBatch(made, _Place(self, number, desk))

    def _free(self) -> int | None:
        """A slot that nothing refers to, here or there."""
        for number, (note, reference) in enumerate(zip(self._notes, self._ours, strict=False)):
            if note == FREE and (reference is None or reference() is None):
                return number
        return None

    def send(self, number: int) -> None:
        """Note that the other process has a slot."""
        self._notes[number] = SENT

    def is_sent(self, number: int) -> bool:
        """Whether the other process has a slot."""
        return bool(self._notes[number] != FREE)

    def address(self) -> Address:
        """Where the other process finds the ring."""
        ring, process = self._ring, os.getpid()
        file: Any = path_to(ring.file) or DupFd(ring.file)
        return Address(self._token, process, ring.count, ring.size, file)


@functools.cache
def _outbox(process: int, lease: Lease | None) -> Outbox | None:
    try:
        return Outbox(lease)
    except OSError:  # a limit of memory leaves no room for it
        return None


def outbox(lease: Lease | None = None) -> Outbox | None:
    """The ring of this process; `None` where it can have none, and torch does as it does.

    Args:
        lease: the one that it is lent, if any.
    """
    return _outbox(os.getpid(), lease)


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


def _received(
    address: Address, number: int, names: list[str], handed: Handed, others: dict[str, Any]
) -> dict[str, Any]:
    """A batch that was sent."""
    plain = opened(handed, inbox_of(address).take(number))
    return {name: _tensors(plain[name]) if name in plain else others[name] for name in names}


def _tensors(value: Any) -> Any:
    if isinstance(value, list):
        return [tensor(each) if isinstance(each, np.ndarray) else each for each in value]
    return tensor(value)


register(TensorBatch, _sent)
