"""`Dataset`: typed samples that lie in shards."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic, SupportsIndex, TypeVar, overload

from atdata.compatibility import check_readable
from atdata.errors import LoadError
from atdata.iteration import Ordered, Shuffled, decode_row
from atdata.sample_type import sample_type_of, schema_of
from atdata.shards.reader import ShardFile
from atdata.shards.shard_set import ShardSet
from atdata.shards.sizes import count_of
from atdata_schema.batch import Batch, DynamicBatch
from atdata_schema.sample import Sample
from atdata_schema.schema import Schema

__all__ = ["Dataset"]

B = TypeVar("B", bound=Batch)
S = TypeVar("S")
U = TypeVar("U")
S_co = TypeVar("S_co", covariant=True)


class Dataset(Generic[S_co]):
    """Samples of one type, in shards; made by `load_dataset` and `write_samples`.

    Samples and batches are read when they are asked for, and a dataset is as cheap to make as it is to
    pickle: it holds the names of its shards and its schema. Counting, indexing and shuffling read the
    headers of the shards once.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import atdata
    >>> @atdata.packable
    ... class Word:
    ...     text: str
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds = atdata.write_samples([Word("one"), Word("two")], Path(folder) / "words.tar")
    ...     print(len(ds), ds[-1].text, next(iter(ds.ordered(batch_size=2))).text)
    2 two ['one', 'two']
    """

    def __init__(
        self,
        shards: tuple[ShardFile, ...],
        sample_type: type[S_co],
        *,
        schema: Schema | None = None,
        split: str | None = None,
    ) -> None:
        self._set = ShardSet(shards)
        self._type = sample_type
        self._class = sample_type_of(sample_type)
        self._schema = schema
        self._split = split

    @property
    def sample_type(self) -> type[S_co]:
        """The class of the samples."""
        return self._type

    @property
    def schema(self) -> Schema:
        """The schema of the samples.

        Raises:
            LoadError: the shards came without one, and the sample type has none.
        """
        schema = schema_of(self._type) or self._schema
        if schema is None:
            raise LoadError(
                f"{self!r} has no schema: its shards have no dataset.json; load it with a sample_type"
            )
        return schema

    @property
    def shards(self) -> tuple[Path, ...]:
        """The files that the samples lie in, in order."""
        return tuple(file.path for file in self._set.files)

    @property
    def split(self) -> str | None:
        """The split that this is, where it is known."""
        return self._split

    @property
    def fingerprint(self) -> str:
        """A sha-256 over each shard's count, size and keys: what the shuffled order depends on."""
        return self._set.fingerprint

    def __len__(self) -> int:
        return len(self._set)

    def __bool__(self) -> bool:
        return not self._set.is_empty()

    def __iter__(self) -> Iterator[S_co]:
        return iter(Ordered[S_co](self._set, self._class, None))

    def __getitem__(self, index: SupportsIndex) -> S_co:
        """The sample at a position; negative ones count from the end.

        Raises:
            IndexError: there are not that many samples.
            LoadError: the shards are packed.
            ShardError: the shard is damaged.
            DecodeError: the sample is not of the type.
        """
        self._set.check_plain()
        count, number = len(self), operator.index(index)
        if not -count <= number < count:
            raise IndexError(f"index {number} is out of range: the dataset has {count} samples")
        return decode_row(self._class, self._set.row(number % count))

    def get(self, key: str) -> S_co:
        """The sample with a key.

        Raises:
            SampleNotFound: there is none.
            LoadError: the shards are packed.
            ShardError, DecodeError: as for an index.
        """
        self._set.check_plain()
        return decode_row(self._class, self._set.row(self._set.find(key)))

    def keys(self) -> list[str]:
        """The keys of all samples, in order; no sample is decoded."""
        return list(self._set.keys())

    def head(self, n: int = 5) -> list[S_co]:
        """The first samples, at most `n` of them."""
        return list(itertools.islice(self, count_of("n", n, LoadError, least=0)))

    # A compiled class names its batch class, so the second overload takes it; every other class has batches
    # whose columns are found at run time. mypy cannot know that no class is both.
    @overload
    def ordered(self, batch_size: None = None) -> Ordered[S_co]: ...
    @overload
    def ordered(  # type: ignore[overload-overlap]  # as said above
        self: Dataset[Sample[B]], batch_size: int
    ) -> Ordered[B]: ...
    @overload
    def ordered(self, batch_size: int) -> Ordered[DynamicBatch[S_co]]: ...
    def ordered(self, batch_size: int | None = None) -> Ordered[Any]:
        """Samples in the order they were written; with `batch_size`, batches of them, the last one shorter.

        Raises:
            LoadError: `batch_size` is less than 1.
        """
        return Ordered(self._set, self._class, batch_size)

    @overload
    def shuffled(
        self, batch_size: None = None, seed: int = 0, epoch: int | None = None
    ) -> Shuffled[S_co]: ...
    @overload
    def shuffled(  # type: ignore[overload-overlap]  # as said above
        self: Dataset[Sample[B]], batch_size: int, seed: int = 0, epoch: int | None = None
    ) -> Shuffled[B]: ...
    @overload
    def shuffled(
        self, batch_size: int, seed: int = 0, epoch: int | None = None
    ) -> Shuffled[DynamicBatch[S_co]]: ...
    def shuffled(
        self, batch_size: int | None = None, seed: int = 0, epoch: int | None = None
    ) -> Shuffled[Any]:
        """Samples in an order drawn over all of them; with `batch_size`, batches, the last one shorter.

        Args:
            batch_size: samples in a batch.
            seed: another seed, another order.
            epoch: fixes the epoch; without it, each `iter()` of the result is the next one, from 0.

        Raises:
            LoadError: `batch_size` is less than 1, `epoch` is negative, or the shards are packed.
        """
        return Shuffled(self._set, self._class, batch_size, seed, epoch)

    def as_type(self, sample_type: type[U]) -> Dataset[U]:
        """The same samples as another class, whose model is the same, descriptions apart.

        A dataset without a schema takes any class; what does not fit shows when a sample is read.

        Raises:
            SchemaMismatch: the models differ; the message lists the differences.
            LoadError: `sample_type` is no sample class.
        """
        stored = schema_of(self._type) or self._schema
        check_readable(stored, sample_type)
        return Dataset(self._set.files, sample_type, schema=stored, split=self._split)

    def __repr__(self) -> str:
        name = getattr(self._type, "__name__", str(self._type))
        counts = [file.entry.samples for file in self._set.files if file.entry is not None]
        parts = [_counted(len(self._set.files), "shard")]
        if len(counts) == len(self._set.files):
            parts.insert(0, _counted(sum(counts), "sample"))
        split = "" if self._split is None else f", split {self._split!r}"
        return f"<Dataset[{name}]: {', '.join(parts)}{split}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._set.files, self._type, self._schema, self._split)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _restored(
    files: tuple[ShardFile, ...], cls: type[S], schema: Schema | None, split: str | None
) -> Dataset[S]:
    """A dataset out of a pickle."""
    return Dataset(files, cls, schema=schema, split=split)
