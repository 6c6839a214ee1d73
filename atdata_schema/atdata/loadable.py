"""Reading a dataset for training: batches made ahead, and batches for other libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from atdata.errors import LoadError
from atdata.iteration import Iteration, Ordered, Shuffled
from atdata.loaders.loader import Loader, Processes, Workers
from atdata.ranks import Share, seed_of
from atdata.readable import Readable
from atdata_schema.batch import Batch, DynamicBatch
from atdata_schema.sample import Sample

if TYPE_CHECKING:
    from webdataset.pipeline import DataPipeline

    from atdata.loaders.torch_batches import TorchBatches

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
            workers: how many threads or processes; two without it, or one thread where batches have less than a
                MiB, or where `map` or `filter` call functions, which else have to bear being called by several threads.
            prefetch: batches that are ready or being made, beside the one that the caller has; one more than there
                are workers. Batches of less than a MiB are made some at a time, and count together.
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

    def torch(
        self,
        batch_size: int,
        *,
        seed: int = 0,
        epoch: int | None = None,
        order: str = "global",
        rank: int | None = None,
        world_size: int | None = None,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
    ) -> TorchBatches:
        """The batches of `shuffled`, or of `ordered`, as dicts of torch tensors (`pip install 'atdata[torch]'`).

        Numbers and arrays are tensors that share the memory of the arrays; everything else is a list. The result is
        an `IterableDataset` of ready batches: `DataLoader(ds.torch(64), batch_size=None, num_workers=4)`, or
        `ds.torch(64).loader(num_workers=4)`, which counts epochs and keeps exact states.

        Args:
            batch_size: samples in a batch of one rank.
            seed: as for `loader`.
            epoch: as for `loader`.
            order: as for `loader`.
            rank: which of the processes that read together this is; without it, what `torch.distributed` says.
            world_size: how many there are; without it, the same.
            drop_last: as for `ordered`.
            pad: as for `ordered`.
            validate: as for `ordered`.

        Raises:
            LoadError: torch is not installed, or as for `loader`.
        """
        try:
            from atdata.loaders.torch_batches import TorchBatches, distributed_share
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise LoadError(
                "torch is not installed: ds.torch() needs pip install 'atdata[torch]'; ds.loader() gives the same "
                "batches as numpy arrays"
            ) from None
        share = distributed_share(batch_size, rank, world_size, drop_last, pad)
        return TorchBatches(self._iteration(share, seed, epoch, order, validate))

    def webdataset(self, *, decode: bool = True) -> DataPipeline:
        """The shards as a `webdataset.DataPipeline`, for code that is written for one.

        Shards are dealt out to nodes and workers as webdataset does it, whole: with fewer shards than workers, some
        have nothing, and ranks may have different counts. `loader` and `torch` have neither limit.

        Args:
            decode: give each sample as a dict of its fields, with `__key__` and `__url__`; else as webdataset finds
                it in the tar: the bytes of its members.

        Raises:
            LoadError: this is a view, whose samples are not those of the shards; or a shard lies elsewhere.
        """
        from atdata.loaders.pipeline import pipeline

        return pipeline(self._plan, self.shards, decode=decode)

    def _iteration(
        self, share: Share, seed: int, epoch: int | None, order: str, validate: bool = False
    ) -> Iteration[Any]:
        if order == "ordered":
            return Ordered(self._plan, share, validate, epoch)
        return Shuffled(self._plan, share, seed_of(seed), epoch, order, validate)
