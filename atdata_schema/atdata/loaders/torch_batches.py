"""`TorchBatches`: batches of tensors, for torch's `DataLoader`."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import torch
from torch.utils.data import IterableDataset, get_worker_info

from atdata.iteration import Iteration
from atdata.loaders.kept_rings import KeptRings, Lease
from atdata.loaders.loader import Loader, LoaderEpoch, Workers
from atdata.loaders.pieces import Cut, Piece, open_shards, reads
from atdata.loaders.sent import outbox
from atdata.loaders.tensors import size_of, tensors
from atdata.loaders.torch_loader import TorchLoader
from atdata.ranks import Share

__all__ = ["Parts", "TorchBatches", "distributed_share"]


class Parts(IterableDataset[dict[str, Any]]):
    """What this process makes of an epoch: all of it, or as a worker of a `DataLoader` its part.

    Attributes:
        iteration: the batches, as arrays.
        start: int64[2], the epoch and the position where workers begin. It is shared memory, so that those that stay
            alive between epochs see it too.
        leases: rings for the workers that are being started, as far as there are any.
    """

    def __init__(self, iteration: Iteration[Any]) -> None:
        super().__init__()
        self.iteration = iteration
        self.start = torch.zeros(2, dtype=torch.int64)
        self.start.share_memory_()  # type: ignore[no-untyped-call]  # torch does not say its types
        self.leases: Sequence[Lease] = ()

    def __len__(self) -> int:
        return len(self.iteration)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        epoch, position = self.start.tolist()
        return self.opened(epoch, position)

    def opened(self, epoch: int, position: int) -> Iterator[dict[str, Any]]:
        """The batches from a position on; of `n` workers, the `w`-th has every `n`-th from the `w`-th on."""
        worker = get_worker_info()
        if worker is None:
            ahead = Loader(self.iteration, Workers(count=1)).ahead(epoch, position)
            return (tensors(batch) for batch in ahead)
        cut = Cut.of(self.iteration, epoch, position, 1).pieces(self.iteration)
        lease = self.leases[worker.id] if worker.id < len(self.leases) else None
        return self._made(itertools.islice(cut, worker.id, None, worker.num_workers), lease)

    def _made(self, cut: Iterator[Piece], lease: Lease | None) -> Iterator[dict[str, Any]]:
        there, owner = outbox(lease), self.iteration.plan.sample_type
        put = tensors if there is None else functools.partial(there.put, owner)
        with closing(reads(self.iteration, cut)) as todo:
            for read in todo:
                for batch in read():
                    yield put(batch) if len(batch) else tensors(batch)


class TorchBatches(IterableDataset[dict[str, Any]]):
    """Ready batches of one rank: hand it to `DataLoader(batches, batch_size=None)`, or ask it for its `loader`.

    Each batch comes once, and in the order of `shuffled`, however many workers a `DataLoader` has. Without workers, a
    thread makes batches ahead.

    A plain `DataLoader` with workers goes through the epoch that `set_epoch` named last, and `state_dict` has to be
    told how many batches it gave, since its workers run ahead. `loader()` sees to both.

    Attributes:
        parts: what one process makes of it.
        rings: the memory in which workers of `loader()` hand batches over, kept between epochs.
    """

    def __init__(self, iteration: Iteration[Any]) -> None:
        super().__init__()
        iteration.plan.check_random()
        open_shards(iteration)
        self.parts = Parts(iteration)
        self.rings = KeptRings()
        self._start_at(*iteration.upcoming)

    def loader(self, num_workers: int = 0, **options: Any) -> TorchLoader:
        """A `DataLoader` that counts the batches that it gives: the next epoch at each `iter()`, and exact states.

        Args:
            num_workers: processes, which stay from epoch to epoch; without any, a thread makes batches ahead.
            options: of `torch.utils.data.DataLoader`, such as `pin_memory` and `prefetch_factor`;
                `persistent_workers=False` ends workers with each epoch.

        Raises:
            LoadError: an option would change which batches come.
        """
        return TorchLoader(self, num_workers=num_workers, **options)

    def __len__(self) -> int:
        """Batches that one epoch gives to this rank."""
        return len(self.parts)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if get_worker_info() is not None:
            return iter(self.parts)
        return LoaderEpoch(self._iteration.begin(self.parts.opened, size_of))

    @contextmanager
    def lending(self, leases: Sequence[Lease]) -> Iterator[None]:
        """Give rings to the workers that are started meanwhile."""
        self.parts.leases = leases
        try:
            yield
        finally:
            self.parts.leases = ()

    def is_short(self, batch: dict[str, Any]) -> bool:
        """Whether a batch has fewer samples than others: the last one, or the one before a fault."""
        return size_of(batch) < self._iteration.share.size

    @property
    def dataset(self) -> Parts:
        """What a worker goes through."""
        return self.parts

    @property
    def _iteration(self) -> Iteration[Any]:
        return self.parts.iteration

    def _start_at(self, epoch: int, position: int) -> None:
        self.parts.start.copy_(torch.tensor([epoch, position]))

    def begin(self, opening: Callable[[], Iterator[dict[str, Any]]]) -> LoaderEpoch[dict[str, Any]]:
        """The next epoch, from workers that `opening` starts once they can see where they begin."""

        def opened(epoch: int, position: int) -> Iterator[dict[str, Any]]:
            self._start_at(epoch, position)
            yield from opening()

        return LoaderEpoch(self._iteration.begin(opened, size_of))

    def set_epoch(self, epoch: int) -> None:
        """Make the next `iter()` that of an epoch, in workers too.

        Raises:
            LoadError: it is negative.
        """
        self._iteration.set_epoch(epoch)
        self._start_at(*self._iteration.upcoming)

    def state_dict(self, delivered: int | None = None) -> dict[str, Any]:
        """Where it stands, as `shuffled` says it.

        Args:
            delivered: with workers of a plain `DataLoader`, how many of its batches the caller has had since the
                epoch, or what was left of it, began.
        """
        if delivered is None:
            return self._iteration.state_dict()
        epoch, position = self.parts.start.tolist()
        given = position + delivered * self._iteration.share.together
        return self._iteration.state_at(epoch, given, ended=False).to_json()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Make the next `iter()` go on from a state of any loader, `shuffled` or `ordered` of the same data.

        Raises:
            StateError: it is no state, or that of another dataset, seed or order.
        """
        self._iteration.load_state_dict(state)
        self._start_at(*self._iteration.upcoming)


def distributed_share(
    batch_size: int, rank: int | None, world_size: int | None, drop_last: bool, pad: bool
) -> Share:
    """The share of this process; what is not given is what `torch.distributed` says, if it is set up.

    Raises:
        LoadError: as for `Share.checked`.
    """
    group = torch.distributed
    is_set_up = group.is_available() and group.is_initialized()
    number = (group.get_rank() if is_set_up else 0) if rank is None else rank
    world = (group.get_world_size() if is_set_up else 1) if world_size is None else world_size
    return Share.checked(batch_size, number, world, drop_last, pad)
