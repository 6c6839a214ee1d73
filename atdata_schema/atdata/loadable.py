"""Reading a dataset for training: batches made ahead, and batches for other libraries."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from atdata.iteration import Iteration, Ordered, Shuffled
from atdata.loaders.loader import Loader, Processes, Workers
from atdata.ranks import Share, seed_of
from atdata.readable import Readable
from atdata_schema.batch import Batch, DynamicBatch
from atdata_schema.sample import Sample

__all__ = ["Loadable"]

B = TypeVar("B", bound=Batch)
S_co = TypeVar("S_co", covariant=True)


class Loadable(Readable[S_co]):
    """What a training job asks a dataset and every view of one."""

    # As in `Readable`: mypy cannot know that no class is both.
    @overload
    def loader(  # type: ignore[overload-overlap]  # as said above
        self: Loadable[Sample[B]],
        batch_size: int,
        *,
        seed: int = 0,
        epoch: int | None = None,
        order: str = "global",
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
        workers: int | None = None,
        prefetch: int | None = None,
        processes: Processes = False,
        fresh: bool = False,
    ) -> Loader[B]: ...
    @overload
    def loader(
        self,
        batch_size: int,
        *,
        seed: int = 0,
        epoch: int | None = None,
        order: str = "global",
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
        workers: int | None = None,
        prefetch: int | None = None,
        processes: Processes = False,
        fresh: bool = False,
    ) -> Loader[DynamicBatch[S_co]]: ...
    def loader(
        self,
        batch_size: int,
        *,
        seed: int = 0,
        epoch: int | None = None,
        order: str = "global",
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
        workers: int | None = None,
        prefetch: int | None = None,
        processes: Processes = False,
        fresh: bool = False,
    ) -> Loader[Any]:
        """The batches of `shuffled`, or of `ordered`, made ahead by threads or processes.

        Args:
            batch_size: samples in a batch of one rank.
            seed: another seed, another order.
            epoch: fixes the epoch; without it, each `iter()` of the result is the next one, from 0.
            order: as for `shuffled`, or `"ordered"`.
            rank: which of the processes that read together this is, from 0.
            world_size: how many there are; all have equally many steps.
            drop_last: as for `ordered`.
            pad: as for `ordered`.
            validate: as for `ordered`.
            workers: how many threads or processes; two without it, or one thread where `map` or `filter` call
                functions, which else have to bear being called by several threads.
            prefetch: batches that are ready or being made, beside the one that the caller has; two, or one for
                each worker. Batches of less than a MiB are made some at a time, and count together.
            processes: whether the workers are processes, for functions in Python that take long; `"fork"`,
                `"spawn"` or `"forkserver"` say how they are started.
            fresh: copy each batch of a process into memory of its own at once, for who keeps many; without it,
                that is done for who keeps more than two.

        Raises:
            LoadError: as for `ordered` and `shuffled`; the shards are packed, or read once through.
        """
        share = Share.checked(batch_size, rank, world_size, drop_last, pad)
        iteration = self._iteration(share, seed, epoch, order, validate)
        return Loader(iteration, Workers.checked(workers, prefetch, processes, fresh))

    def _iteration(
        self, share: Share, seed: int, epoch: int | None, order: str, validate: bool = False
    ) -> Iteration[Any]:
        if order == "ordered":
            return Ordered(self._plan, share, validate, epoch)
        return Shuffled(self._plan, share, seed_of(seed), epoch, order, validate)
