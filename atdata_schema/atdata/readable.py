"""Reading a dataset: its samples and batches, and what it says about itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from atdata.errors import LoadError
from atdata.iteration import Ordered, Shuffled
from atdata.quantities import counted
from atdata.ranks import Share, seed_of
from atdata.sample_type import schema_of
from atdata.shards.sizes import count_of
from atdata.views.plan import Plan
from atdata.views.stored import Stored
from atdata_schema.batch import Batch, DynamicBatch
from atdata_schema.sample import Sample
from atdata_schema.schema import Schema

if TYPE_CHECKING:
    from atdata.manifest.query.typed import FieldRefs
    from atdata.manifest.statistics import FieldStatistics

__all__ = ["Readable"]

B = TypeVar("B", bound=Batch)
S_co = TypeVar("S_co", covariant=True)


class Readable(Generic[S_co]):
    """What a dataset and every view of one can be asked."""

    _plan: Plan
    _schema: Schema | None
    _split: str | None

    @property
    def sample_type(self) -> type[S_co]:
        """The class of the samples; after `map` it may take the first sample to tell."""
        return self._plan.sample_type

    @property
    def schema(self) -> Schema:
        """The schema of the samples.

        Raises:
            LoadError: the shards came without one, and the sample type has none.
        """
        schema = schema_of(self.sample_type) or self._schema
        if schema is None:
            raise LoadError(
                f"{self!r} has no schema: its shards have no dataset.json; load it with a sample_type"
            )
        return schema

    @property
    def shards(self) -> tuple[Path, ...]:
        """The local files that the samples lie in, in order.

        Raises:
            LoadError: some lie elsewhere; `locations` names all.
        """
        return tuple(file.path for file in self._plan.files())

    @property
    def locations(self) -> tuple[str, ...]:
        """Where the samples lie, in order: paths and addresses, without what is secret in them."""
        return tuple(str(file.place) for file in self._plan.files())

    @property
    def split(self) -> str | None:
        """The split that this is, where it is known."""
        return self._split

    @property
    def fingerprint(self) -> str:
        """A sha-256 over each shard's count, size and keys: what the shuffled order depends on.

        For a view it is that of its samples: which ones of which shards. A function given to `map`, and
        the columns, leave it as it is.
        """
        return self._plan.fingerprint

    def __len__(self) -> int:
        return self._plan.count()

    def __bool__(self) -> bool:
        return not self._plan.is_empty()

    def __iter__(self) -> Iterator[S_co]:
        return Ordered[S_co](self._plan, Share()).items(0, 0)

    def get(self, key: str) -> S_co:
        """The sample with a key.

        Raises:
            SampleNotFound: there is none.
            LoadError: the shards are packed, or several samples of a view have the key.
            ShardError, DecodeError: as for an index.
        """
        self._plan.check_random()
        sample: S_co = self._plan.sample(self._plan.find(key))
        return sample

    def keys(self) -> list[str]:
        """The keys of all samples, in order; no sample is decoded, unless to filter it."""
        return self._plan.key_list()

    def head(self, n: int = 5) -> list[S_co]:
        """The first samples, at most `n` of them."""
        return list(itertools.islice(self, count_of("n", n, LoadError, least=0)))

    def statistics(self) -> dict[str, FieldStatistics] | None:
        """What manifests say about each field of all samples: counts, bounds, and few values with their counts.

        `None` where they do not say it of every shard, and of views, which hold other samples.
        """
        from atdata.manifest.summary import summary

        return summary(self._plan.shards) if isinstance(self._plan, Stored) else None

    @property
    def f(self) -> FieldRefs:
        """The fields, for conditions in Python: `ds.where(ds.f.confidence > 0.9)`, `ds.f["odd-name"]`."""
        from atdata.manifest.query.typed import FieldRefs
        from atdata.views.matching import model_of

        return FieldRefs(model_of(self._plan, self._schema))

    # A compiled class names its batch class, so the second overload takes it; every other class has batches
    # whose columns are found at run time. mypy cannot know that no class is both.
    @overload
    def ordered(
        self,
        batch_size: None = None,
        *,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
    ) -> Ordered[S_co]: ...
    @overload
    def ordered(  # type: ignore[overload-overlap]  # as said above
        self: Readable[Sample[B]],
        batch_size: int,
        *,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
    ) -> Ordered[B]: ...
    @overload
    def ordered(
        self,
        batch_size: int,
        *,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
    ) -> Ordered[DynamicBatch[S_co]]: ...
    def ordered(
        self,
        batch_size: int | None = None,
        *,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
    ) -> Ordered[Any]:
        """Samples in the order they were written; with `batch_size`, batches of them.

        Args:
            batch_size: samples in a batch of one rank.
            rank: which of the processes that read together this is, from 0.
            world_size: how many there are. Step by step, each gets its stretch of a global batch of
                `batch_size * world_size` samples, and all have equally many steps. The last global batch is
                dealt out evenly where it is shorter, so that a rank's batch may be empty; without
                `batch_size`, a rank may then get one sample less than another.
            drop_last: leave out the last samples where they are less than a global batch.
            pad: fill the last global batch up from the beginning of the epoch.
            validate: hold values against their fields, as writing does: ranges, lengths, formats, constants
                and finiteness, which reading else takes as they are. Kinds, dtypes, shapes and members of
                enumerations are demanded always. A `ValidationError` then names the field and the key.

        Raises:
            LoadError: `batch_size` is less than 1, there is no such rank, or `drop_last` and `pad` are both
                given; `validate` is given for samples without a type, when they are read.
        """
        share = Share.checked(batch_size, rank, world_size, drop_last, pad)
        return Ordered(self._plan, share, validate)

    @overload
    def shuffled(
        self,
        batch_size: None = None,
        seed: int = 0,
        epoch: int | None = None,
        order: str = "global",
        *,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
    ) -> Shuffled[S_co]: ...
    @overload
    def shuffled(  # type: ignore[overload-overlap]  # as said above
        self: Readable[Sample[B]],
        batch_size: int,
        seed: int = 0,
        epoch: int | None = None,
        order: str = "global",
        *,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
    ) -> Shuffled[B]: ...
    @overload
    def shuffled(
        self,
        batch_size: int,
        seed: int = 0,
        epoch: int | None = None,
        order: str = "global",
        *,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
    ) -> Shuffled[DynamicBatch[S_co]]: ...
    def shuffled(
        self,
        batch_size: int | None = None,
        seed: int = 0,
        epoch: int | None = None,
        order: str = "global",
        *,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        pad: bool = False,
        validate: bool = False,
    ) -> Shuffled[Any]:
        """Samples in an order drawn over all of them; with `batch_size`, batches.

        Args:
            batch_size: samples in a batch of one rank.
            seed: another seed, another order.
            epoch: fixes the epoch; without it, each `iter()` of the result is the next one, from 0.
            order: `"global"`, or `"window:256MB"`: the shards are shuffled, and then the samples of as many
                shards in a row as have at most that many bytes together.
            rank: as for `ordered`.
            world_size: as for `ordered`.
            drop_last: as for `ordered`.
            pad: as for `ordered`.
            validate: as for `ordered`.

        Raises:
            LoadError: as for `ordered`; `epoch` is negative, there is no such order, or the shards are
                packed.
        """
        share = Share.checked(batch_size, rank, world_size, drop_last, pad)
        return Shuffled(self._plan, share, seed_of(seed), epoch, order, validate)

    def __repr__(self) -> str:
        plan = self._plan
        known = plan.known_type
        name = "?" if known is None else getattr(known, "__name__", str(known))
        count, steps = plan.known_count(), plan.steps()
        parts = [] if count is None else [counted(count, "sample")]
        parts.append(f"{'view of ' if steps else ''}{counted(len(plan.files()), 'shard')}")
        split = "" if self._split is None else f", split {self._split!r}"
        after = f": {', '.join(steps)}" if steps else ""
        return f"<Dataset[{name}]: {', '.join(parts)}{split}{after}>"
