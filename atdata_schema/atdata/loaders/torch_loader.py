"""`TorchLoader`: torch's `DataLoader`, which knows where it stands."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from torch.utils.data import DataLoader, IterableDataset

from atdata.errors import LoadError
from atdata.loaders.kept_rings import KeptRings, Lease, Lent, Noting
from atdata.loaders.loader import LoaderEpoch
from atdata.loaders.worker import unsendable

__all__ = ["Counted", "TorchLoader"]


class Counted(Protocol):
    """Batches that know where they stand: `TorchBatches`.

    Attributes:
        rings: memory that workers are lent.
    """

    rings: KeptRings

    def lending(self, leases: Sequence[Lease]) -> AbstractContextManager[None]:
        """Give rings to the workers that are started meanwhile."""
        ...

    @property
    def dataset(self) -> IterableDataset[dict[str, Any]]:
        """What a worker goes through."""
        ...

    def begin(self, opening: Callable[[], Iterator[dict[str, Any]]]) -> LoaderEpoch[dict[str, Any]]:
        """The next epoch, from workers that `opening` starts."""
        ...

    def set_epoch(self, epoch: int) -> None:
        """Make the next `iter()` that of an epoch."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Where it stands."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Make the next `iter()` go on from a state."""
        ...


class TorchLoader(DataLoader[dict[str, Any]]):
    """A `DataLoader` over `TorchBatches`: each `iter()` is the next epoch, and states count what was given.

    Args:
        batches: the batches.
        options: of `DataLoader`.

    Raises:
        LoadError: an option is given that would change which batches come.
    """

    def __init__(self, batches: Counted, **options: Any) -> None:
        refused = {"batch_size", "shuffle", "sampler", "batch_sampler", "drop_last", "in_order"}
        for name in sorted(refused & set(options)):
            raise LoadError(
                f"{name} is said to ds.torch(), whose batches are ready: leave it out here"
            )
        self._batches = batches
        self._lent: Sequence[Lent] = ()
        super().__init__(batches.dataset, batch_size=None, **options)

    def __iter__(self) -> LoaderEpoch[dict[str, Any]]:  # type: ignore[override]  # an iterator as well
        return self._batches.begin(self._opened)

    def _opened(self) -> Iterator[dict[str, Any]]:
        rings = self._batches.rings
        stays = self.persistent_workers
        # Workers that stay keep theirs, for as long as this object is there.
        lent = self._lent if stays and self._lent else rings.lend(self.num_workers)
        self._lent = lent if stays else ()
        running = self._started([lease for lease, _ in lent])
        try:
            yield from Noting(running, lent)
        finally:
            # torch ends workers when its iterator is collected, which the traceback of an exception puts off.
            end = getattr(running, "_shutdown_workers", None)
            if end is not None and not stays:
                end()
                if not any(worker.is_alive() for worker in getattr(running, "_workers", ())):
                    rings.take_back(lent)

    def _started(self, leases: Sequence[Lease]) -> Iterator[dict[str, Any]]:
        try:
            with self._batches.lending(leases):
                return DataLoader.__iter__(self)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise unsendable(error, "multiprocessing_context") from error

    def set_epoch(self, epoch: int) -> None:
        """Make the next `iter()` that of an epoch.

        Raises:
            LoadError: it is negative.
        """
        self._batches.set_epoch(epoch)

    def state_dict(self) -> dict[str, Any]:
        """Where the latest iterator stands: the batches that were given, not those made ahead."""
        return self._batches.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Make the next `iter()` go on from a state.

        Raises:
            StateError: it is no state, or that of another dataset, seed or order.
        """
        self._batches.load_state_dict(state)
