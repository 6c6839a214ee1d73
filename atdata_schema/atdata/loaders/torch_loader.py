"""`TorchLoader`: torch's `DataLoader`, which knows where it stands."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from torch.utils.data import DataLoader, IterableDataset

from atdata.errors import LoadError
from atdata.loaders.kept_rings import KeptRings, Lease, Lent, Noting
from atdata.loaders.loader import LoaderEpoch
from atdata.loaders.waiting import Waiting
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

    def is_short(self, batch: dict[str, Any]) -> bool:
        """Whether a batch has fewer samples than others."""
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


class _Running(NamedTuple):
    """The workers of an epoch.

    Attributes:
        batches: torch's iterator, which has them; of this process alone where there are none.
        lent: the rings that they were lent.
        rings: where these come from.
    """

    batches: Any
    lent: Sequence[Lent]
    rings: KeptRings

    def end(self) -> None:
        """End them, and give back the rings."""
        # torch ends workers when its iterator is collected, which the traceback of an exception puts off.
        end = getattr(self.batches, "_shutdown_workers", None)
        if end is not None:
            end()
            if not any(worker.is_alive() for worker in getattr(self.batches, "_workers", ())):
                self.rings.take_back(self.lent)


class TorchLoader(DataLoader[dict[str, Any]]):
    """A `DataLoader` over `TorchBatches`: each `iter()` is the next epoch, and states count what was given.

    Its workers stay from an epoch to the next, and end with this object, or with a loop that is left. What they have of the
    shards and of memory is theirs already then, which is a tenth of the time of batches that have tens of MiB.
    `persistent_workers=False` ends them with each epoch.

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
        self._waiting = Waiting[_Running](self)
        options.setdefault("persistent_workers", options.get("num_workers", 0) > 0)
        super().__init__(batches.dataset, batch_size=None, **options)

    def __iter__(self) -> LoaderEpoch[dict[str, Any]]:  # type: ignore[override]  # an iterator as well
        return self._batches.begin(self._opened)

    def _opened(self) -> Iterator[dict[str, Any]]:
        running = self._resumed() or self._started()
        with self._waiting.after(running, stays=self.persistent_workers):
            yield from Noting(running.batches, running.lent, self._batches.is_short)

    def _resumed(self) -> _Running | None:
        """Workers that wait; `None` where there are none, or not all are left."""
        running = self._waiting.take()
        if running is None:
            return None
        try:
            running.batches._reset(self)
        except RuntimeError:  # as torch says that a worker is gone
            running.end()
            return None
        except BaseException:
            running.end()
            raise
        return running

    def _started(self) -> _Running:
        rings = self._batches.rings
        lent = rings.lend(self.num_workers)
        try:
            with self._batches.lending([lease for lease, _ in lent]):
                return _Running(self._get_iterator(), lent, rings)
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
