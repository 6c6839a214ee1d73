"""Going through a dataset: in order or shuffled, sample by sample or batch by batch.

What `Dataset.ordered` and `Dataset.shuffled` return can be gone through again and again.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from atdata.errors import DecodeError, LoadError, ValidationError, say_where
from atdata.order import permutation
from atdata.sample_type import SampleType
from atdata.shards.shard_set import Row, ShardSet
from atdata.shards.sizes import count_of

__all__ = ["Ordered", "Shuffled", "decode_row"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


def decode_row(cls: SampleType[T], row: Row) -> T:
    """The sample of a row.

    Raises:
        DecodeError: the payload is no sample of the type; the message names field, key and shard.
        ValidationError: the same, for a value that its field does not allow.
    """
    try:
        return cls.decode(row.payload)
    except (DecodeError, ValidationError) as error:
        say_where(error, f"key {row.key!r} of {row.shard.path}")
        raise


class _Iteration(Generic[T_co]):
    """What both ways through a dataset have in common."""

    def __init__(self, shards: ShardSet, cls: SampleType[Any], batch_size: int | None) -> None:
        self._shards = shards
        self._cls = cls
        self._batch_size = (
            None if batch_size is None else count_of("batch_size", batch_size, LoadError)
        )

    def __len__(self) -> int:
        """Samples, or batches, that one time through gives."""
        return -(-len(self._shards) // (self._batch_size or 1))

    def __bool__(self) -> bool:
        return not self._shards.is_empty()

    def _decoded(self, rows: Iterable[Row]) -> Iterator[Any]:
        cls = self._cls
        if self._batch_size is None:
            return (decode_row(cls, row) for row in rows)
        pairs = ((row.key, decode_row(cls, row)) for row in rows)
        return _batches(pairs, self._batch_size, cls.collate)


class Ordered(_Iteration[T_co]):
    """Samples or batches in the order in which they were written.

    Reading an epoch raises `ShardError` for a damaged shard and `DecodeError` for a payload that is no
    sample of the type, after everything before the fault was given out.
    """

    def __iter__(self) -> Iterator[T_co]:
        return self._decoded(self._shards)


class Shuffled(_Iteration[T_co]):
    """Samples or batches in an order drawn over the whole dataset, each sample exactly once an epoch.

    Each `iter()` begins the next epoch, counted from 0; with `epoch` given it is always that one. The order
    depends on the data, the seed and the epoch, never on the batch size or on where the data lies.
    """

    def __init__(
        self,
        shards: ShardSet,
        cls: SampleType[Any],
        batch_size: int | None,
        seed: int,
        epoch: int | None,
    ) -> None:
        super().__init__(shards, cls, batch_size)
        shards.check_plain()
        self._seed = operator.index(seed)
        self._epochs = (
            itertools.count()
            if epoch is None
            else itertools.repeat(count_of("epoch", epoch, LoadError, least=0))
        )

    def __iter__(self) -> Iterator[T_co]:
        return self._decoded(self._rows(next(self._epochs)))

    def _rows(self, epoch: int) -> Iterator[Row]:
        shards = self._shards
        for number in permutation(shards.fingerprint, self._seed, epoch, len(shards)).tolist():
            yield shards.row(number)


def _batches(
    pairs: Iterable[tuple[str, T]],
    size: int,
    collate: Callable[[Sequence[T], Sequence[str]], Any],
) -> Iterator[Any]:
    """Batches of `size`, the last one shorter; at a fault, first the batch of what came before it."""
    rows = iter(pairs)
    fault: Exception | None = None
    while fault is None:
        taken: list[tuple[str, T]] = []
        try:
            taken.extend(itertools.islice(rows, size))
        except Exception as error:
            fault = error
        if not taken:
            break
        yield collate([sample for _, sample in taken], [key for key, _ in taken])
    if fault is not None:
        raise fault
