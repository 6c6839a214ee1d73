"""Going through a dataset: in order or shuffled, sample by sample or batch by batch.

What `Dataset.ordered` and `Dataset.shuffled` return can be gone through again and again, and each time
stopped and taken up again anywhere.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from atdata.epoch import Epoch, Opening, Size, Standing
from atdata.errors import LoadError, StateError
from atdata.order import Order, permutation, window_permutation
from atdata.ranks import Share
from atdata.sample_type import sample_type_of
from atdata.shards.columnar.promised import Promised
from atdata.shards.sizes import count_of
from atdata.state import State
from atdata.views.plan import Entry, Plan
from atdata.views.rows import Rows
from atdata_schema.batch import Batch, SampleColumns, source_of
from atdata_schema.checking import Limits
from atdata_schema.fields.fieldset import Fields
from atdata_schema.memory import Buffers

__all__ = ["Iteration", "Ordered", "Shuffled"]

T_co = TypeVar("T_co", covariant=True)
_ROWS: Final = 16384
_MOST_NARROW: Final = 1 << 32


class Iteration(ABC, Generic[T_co]):
    """What both ways through a dataset have in common.

    Reading an epoch raises `ShardError` for a damaged shard and `DecodeError` for a payload that is no
    sample of the type, after everything before the fault was given out.

    Attributes:
        buffers: the memory of batches whose samples come one by one.
    """

    def __init__(self, plan: Plan, share: Share, epoch: int | None, validate: bool) -> None:
        self._plan = plan
        self._share = share
        self._validate = validate
        self._fixed = None if epoch is None else count_of("epoch", epoch, LoadError, least=0)
        self._next = self._fixed or 0
        self._position = 0
        # Not the iterator itself: what reads ahead for it ends when whoever goes through it has left.
        self._latest: Standing | None = None
        self.buffers = Buffers()

    def __len__(self) -> int:
        """Samples, or batches, that one time through gives to this rank."""
        return self._share.items(self._plan.count())

    def __bool__(self) -> bool:
        return not self._plan.is_empty()

    def __iter__(self) -> Epoch[T_co]:
        return self.begin(self.begun_at)

    def begin(self, opening: Opening, size: Size = len) -> Epoch[T_co]:
        """The next epoch, of samples or batches that come from `opening` and have the size that `size` says."""
        epoch: Epoch[T_co] = Epoch(self, self.upcoming, opening, size)
        self._next, self._position = self._after(self._next), 0
        self._latest = epoch.standing
        return epoch

    @property
    def upcoming(self) -> tuple[int, int]:
        """The epoch and the position at which the next `iter()` begins."""
        return self._next, self._position

    def set_epoch(self, epoch: int) -> None:
        """Make the next `iter()` that of an epoch; what is left of this very epoch after `load_state_dict` stays.

        Raises:
            LoadError: it is negative.
        """
        number = count_of("epoch", epoch, LoadError, least=0)
        if self._fixed is not None:
            self._fixed = number
        if self._latest is not None or number != self._next:
            self._position = 0
        self._next, self._latest = number, None

    def state_dict(self) -> dict[str, Any]:
        """Where the latest iterator stands, as JSON objects of less than 1 kB.

        What was handed out counts, whatever was read ahead. The state fits any batch size, rank and world
        size: `position` counts the samples that all ranks were given by the end of this rank's last step. It
        needs the dataset's fingerprint, and so the index of each shard and the result of each filter.
        """
        if self._latest is not None:
            return self.state_of(self._latest)
        return self._state(self._next, self._position).to_json()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Make the next `iter()` go on from where another iteration stood; at its end, with the next epoch.

        Raises:
            StateError: it is no state, or that of another dataset, seed or order.
        """
        self._next, self._position = self.begun_from(state)
        self._latest = None

    def begun_from(self, state: Mapping[str, Any]) -> tuple[int, int]:
        """The epoch and the position at which a state goes on."""
        found = State.from_json(state)
        found.check_fits(self._state(0, 0))
        count = self._plan.count()
        if self._fixed is not None and found.epoch != self._fixed:
            raise StateError(
                f"the state is of epoch {found.epoch} and this iteration is fixed to epoch {self._fixed}"
            )
        if found.position > count:
            raise StateError(f"the state's position is {found.position}, of {count} samples")
        if not self._share.steps(count - found.position):
            return self._after(found.epoch), 0
        return found.epoch, found.position

    def state_of(self, standing: Standing) -> dict[str, Any]:
        """The state of one time through, as JSON."""
        position = standing.begun + standing.given
        return self.state_at(standing.epoch, position, standing.ended).to_json()

    def state_at(self, epoch: int, position: int, ended: bool) -> State:
        """The state after some samples of an epoch; what `drop_last` leaves out is passed over at the end."""
        count = self._plan.count()
        if ended or position >= count or not self._share.steps(count - position):
            position = count
        return self._state(epoch, position)

    def width(self, item: Any, size: Size) -> int:
        """How many samples all ranks are given where this one is given a sample or a batch."""
        share = self._share
        if share.batch_size is None or share.world_size > 1:
            return share.together
        return size(item)  # less than a batch before a fault

    def begun_at(self, epoch: int, position: int) -> Iterator[Any]:
        """The samples or batches of an epoch from a position on, validated where that is asked for."""
        items = self.items(epoch, position)
        return self._validated(items) if self._validate else items

    def _validated(self, items: Iterator[Any]) -> Iterator[Any]:
        fields = getattr(self._plan.sample_type, "FIELDS", None)
        if not isinstance(fields, Fields):
            raise LoadError(
                "validate=True needs a sample type, whose fields say what is allowed; "
                "give one to load_dataset, or read the dataset with as_type"
            )
        limits = Limits(fields)
        check = limits.check_sample if self._share.batch_size is None else limits.check_batch
        for item in items:
            check(item)
            yield item

    def items(self, epoch: int, position: int) -> Iterator[Any]:
        """The samples or batches of an epoch from a position on."""
        yield from self._read(self.numbers(epoch, position, _ROWS))
        if self.ends_empty(position):
            yield self.nothing()

    def numbers(
        self, epoch: int, position: int, rows: int, *, first: int | None = None
    ) -> Iterator[NDArray[np.int64]]:
        """The samples of an epoch that this rank gets, by number: about `rows` at a time, in whole steps.

        Args:
            epoch: the epoch.
            position: where it begins.
            rows: how many samples at a time.
            first: how many the first time.
        """
        share, count = self._share, self._plan.count()
        blocks = share.positions(position, count, rows)
        if first is not None and position + share.together < count:
            steps = max(1, min(first // share.size, (count - position) // share.together))
            rest = position + steps * share.together
            blocks = itertools.chain(
                share.positions(position, rest, first), share.positions(rest, count, rows)
            )
        order = self._order(epoch)
        if order is None:
            return blocks
        return (order[block].astype(np.int64, copy=False) for block in blocks)

    def read(self, numbers: Iterable[NDArray[np.int64]]) -> Iterator[Any]:
        """Some samples, or batches of them, validated where that is asked for."""
        items = self._read(numbers)
        return self._validated(items) if self._validate else items

    def ahead(self, pieces: Iterable[NDArray[np.int64]]) -> Generator[Callable[[], Iterator[Any]]]:
        """For each piece what reads it, validated where that is asked for.

        What is fetched is fetched ahead: the bytes of pieces behind one that was handed out. Pieces may then be read
        in any thread, and an exception in drawing them comes behind the pieces before it.
        """
        size = self._share.batch_size
        if size is None or not self._plan.are_fetched:
            yield from self._reading(pieces, size)
            return
        rows = self._plan.rows()
        if rows is None:
            with closing(self._plan.reads(pieces)) as reads:
                for read in reads:
                    yield partial(self._called, read)
            return
        with closing(rows.promised(pieces)) as promises:
            for promised in promises:
                yield partial(self._given, rows, promised, size)

    def _reading(
        self, pieces: Iterable[NDArray[np.int64]], size: int | None
    ) -> Iterator[Callable[[], Iterator[Any]]]:
        rows = None if size is None else self._plan.rows()
        for piece in pieces:
            if rows is None or size is None:
                yield partial(self.read, [piece])
            else:
                yield partial(self._located, rows, piece, size)

    def _located(self, rows: Rows, piece: NDArray[np.int64], size: int) -> Iterator[Any]:
        return self._given(rows, rows.promise(piece), size)

    def _called(self, read: Callable[[], Iterator[Entry]]) -> Iterator[Any]:
        items = self._gathered(read())
        return self._validated(items) if self._validate else items

    def _given(self, rows: Rows, promised: Promised, size: int) -> Iterator[Any]:
        items = rows.given(promised, size)
        return self._validated(items) if self._validate else items

    def _read(self, numbers: Iterable[NDArray[np.int64]]) -> Iterator[Any]:
        rows = self._plan.rows()
        if rows is not None:
            return rows.read(numbers, self._share.batch_size)
        return self._gathered(self._plan.entries(numbers))

    def ends_empty(self, position: int) -> bool:
        """Whether this rank's last batch, from a position on, has no samples."""
        left = self._plan.count() - position
        return self._share.batch_size is not None and self._share.ends_empty(left)

    def nothing(self) -> Any:
        """A batch of no samples."""
        return sample_type_of(self._plan.sample_type).collate([], [])

    @property
    def plan(self) -> Plan:
        """The samples that are gone through."""
        return self._plan

    @property
    def share(self) -> Share:
        """What this rank gets of them."""
        return self._share

    def _gathered(self, entries: Iterator[Entry]) -> Iterator[Any]:
        """Samples, or batches, of samples that come one by one."""
        if self._share.batch_size is None:
            return (sample for _, sample in entries)
        return self._batches(entries, self._share.batch_size)

    def _batches(self, entries: Iterable[Entry], size: int) -> Iterator[Any]:
        """Batches of `size`, the last one shorter; at a fault, first the batch of what came before it."""
        waiting = iter(entries)
        fault: Exception | None = None
        while fault is None:
            taken: list[Entry] = []
            try:
                taken.extend(itertools.islice(waiting, size))
            except Exception as error:
                fault = error
            if not taken:
                break
            keys, samples = [key for key, _ in taken], [sample for _, sample in taken]
            batch = sample_type_of(self._plan.sample_type).collate(samples, keys)
            source = source_of(batch) if isinstance(batch, Batch) else None
            if type(source) is SampleColumns:
                source.buffers = self.buffers
            yield batch
        if fault is not None:
            raise fault

    def _after(self, epoch: int) -> int:
        return epoch + 1 if self._fixed is None else self._fixed

    @abstractmethod
    def _order(self, epoch: int) -> NDArray[np.integer] | None:
        """The numbers of all samples in the order of an epoch; `None` where that is their own."""

    @abstractmethod
    def _state(self, epoch: int, position: int) -> State: ...

    def __getstate__(self) -> dict[str, Any]:
        """An iteration in another process goes on with the next epoch."""
        return {**self.__dict__, "_latest": None}


class Ordered(Iteration[T_co]):
    """Samples or batches in the order in which they were written."""

    def __init__(
        self, plan: Plan, share: Share, validate: bool = False, epoch: int | None = None
    ) -> None:
        super().__init__(plan, share, epoch, validate)

    def items(self, epoch: int, position: int) -> Iterator[Any]:
        """The samples or batches of an epoch from a position on."""
        if position or not self._share.is_all():
            return super().items(epoch, position)
        size = self._share.batch_size
        rows = None if self._plan.calls else self._plan.rows_in_order()
        if rows is None:
            return self._gathered(self._plan.stream())
        return rows.read_all(size) if rows.numbers is None else super().items(epoch, 0)

    def _order(self, epoch: int) -> None:
        return None

    def _state(self, epoch: int, position: int) -> State:
        return State(self._plan.fingerprint, None, epoch, "ordered", position)


class Shuffled(Iteration[T_co]):
    """Samples or batches in an order drawn over the whole dataset, each sample exactly once an epoch.

    Each `iter()` begins the next epoch, counted from 0; with `epoch` given it is always that one. The order
    depends on the data, the seed, the epoch and the mode, never on the batch size, the ranks or on where
    the data lies.
    """

    def __init__(
        self,
        plan: Plan,
        share: Share,
        seed: int,
        epoch: int | None,
        order: str,
        validate: bool = False,
    ) -> None:
        super().__init__(plan, share, epoch, validate)
        plan.check_random()
        self._seed = seed
        self._mode = Order.parse(order)

    def _order(self, epoch: int) -> NDArray[np.integer]:
        plan, window = self._plan, self._mode.window
        if window is None:
            rows = plan.rows()
            if rows is not None:
                rows.warn_of_order()
            found = permutation(plan.fingerprint, self._seed, epoch, plan.count())
        else:
            found = window_permutation(plan.fingerprint, self._seed, epoch, plan.places(), window)
        # It is kept for an epoch: four bytes a sample instead of eight.
        return found.astype(np.uint32) if len(found) <= _MOST_NARROW else found

    def _state(self, epoch: int, position: int) -> State:
        return State(self._plan.fingerprint, self._seed, epoch, str(self._mode), position)
