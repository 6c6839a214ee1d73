"""Shards that cannot be mapped: their rows are fetched when they are read, many at a time."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.columnar.contents import Contents
from atdata.shards.columnar.layouts import Layouts
from atdata.shards.columnar.promised import Promised
from atdata.shards.columnar.rows import Held, Located
from atdata.shards.columnar.table import Table
from atdata.shards.fetched.ahead import promised
from atdata.shards.fetched.blocks import LIMIT, BlockCache
from atdata.shards.fetched.flights import Flights, Wanted
from atdata.shards.fetched.following import Following
from atdata.shards.fetched.memory import Memory, common_memory, give_back
from atdata.shards.fetched.on_disk import OnDisk
from atdata.shards.fetched.placing import are_dense, block_bytes, in_place, room_for, rounded
from atdata.shards.fetched.plan import Buffer, Plan
from atdata.shards.fetched.rounds import ROUND, Part, rounds, soon
from atdata.shards.fetched.shard import FetchedShard, IndexLies
from atdata.shards.fetched.shelf import Shelf
from atdata.shards.fetched.whole import blob_path
from atdata.shards.kept.keeping import Keeping
from atdata.shards.kept.shard import KeptShard
from atdata.shards.reader import ShardFile, ShardIndex
from atdata.shards.sources.hosted_blob import HostedBlob
from atdata.shards.sources.source import Range, Source
from atdata.shards.sources.together import Fresh, Room, at_once
from atdata_schema.fields.fieldset import Fields
from atdata_schema.memory import Buffers

__all__ = ["Fetched"]

FIRST: Final = 1 << 20
"""Bytes that are fetched first where samples are read one by one in order; each time twice as many, up to `MOST`."""

MOST: Final = 8 << 20
"""Bytes of rows that are held together."""

FORESEEN: Final = 8
"""Shards whose indexes are fetched ahead."""

_SPARE: Final = 4096  # a window as wide as one row may begin at the last one
_HELD: Final = 20
_SMALL: Final = 100 * 1024  # samples as large as this cost about their own bytes
_NONE: Final = np.empty(0, np.int64)


class Fetched(Contents):
    """Shards whose rows are fetched.

    Args:
        shelf: the shards.
        keeps: whether what is fetched is kept on disk.
    """

    def __init__(self, shelf: Shelf, *, keeps: bool = False) -> None:
        super().__init__(shelf.files, shelf.index)
        self._shelf = shelf
        self._keeping = shelf.keeping = _keeping(shelf) if keeps else None
        self._disk = (
            None if self._keeping is None else OnDisk(self._keeping, len(shelf.files), self._shard)
        )
        self._layouts: dict[int, tuple[Fields, Layouts]] = {}
        self._cache = BlockCache()
        self._flights = Flights()
        # Memory that was written before: pages that are new take longer to come than what is copied to them.
        self._room = Buffers()
        self._room.keep(_HELD)
        self._indexes: dict[int, ShardIndex] = {}
        self._shards: dict[int, FetchedShard] = {}
        # Payloads that came by in the first reading of a shard, until they are held.
        self._passing: dict[tuple[int, int], bytes] = {}
        self._foreseen = set[int]()
        self._underway: list[int] = []  # those that are read from their beginning just now
        weakref.finalize(self, give_back).atexit = False

    @property
    def are_fetched(self) -> bool:
        """True: the first batch waits for its own bytes alone; later ones are fetched several at a time.

        It is false once everything is on disk.
        """
        return self._disk is None or not self._disk.has_all

    def scattered(self) -> str | None:
        """What an order over all samples costs, where blocks are not kept: they hold many small samples, of which one is wanted."""
        sizes = self._everywhere.sizes
        if self._keeping is not None or not len(sizes) or int(sizes.sum(dtype=np.int64)) <= LIMIT:
            return None
        mean = float(sizes.mean())
        if mean >= _SMALL:
            return None
        return (
            f"{self._files[0].place}: its {len(sizes):,} samples have {mean:,.0f} bytes each, in blocks of a MiB of which none is "
            "kept on disk, so that nearly each of them is a request, or a block that is fetched for it alone"
        )

    def located(self, place: int, index: ShardIndex) -> Located:
        """The samples that an index of one shard knows; `at` is where they lie in the shard."""
        self._known[place] = self._indexes[place] = index
        count = len(index.offsets)
        places = np.full(count, place, np.int32)
        return Located(places, np.arange(count, dtype=np.int64), index.offsets, index.sizes)

    def parts(self, place: int) -> Iterator[Located]:
        """The samples of a shard; one without an index, or without ranges, is read from its beginning meanwhile."""
        if self._looked_up(place):
            yield self.shard(place)
            return
        self._underway.append(place)
        try:
            yield from self._followed(place)
        finally:
            self._underway.remove(place)

    def _followed(self, place: int) -> Iterator[Located]:
        found = self._shelf.following(place)
        self._known[place] = ShardIndex(found.keys, _NONE, _NONE, 0, "")
        begin, size, limit = 0, 0, FIRST
        fault: ShardError | None = None
        try:
            for number, payload in enumerate(found.payloads()):
                self._passing[place, number] = payload
                size += len(payload)
                if size >= limit:
                    yield _part(place, found, begin, number + 1)
                    begin, size, limit = number + 1, 0, min(2 * limit, MOST)
        except ShardError as error:
            fault = error
        if begin < len(found.keys):
            yield _part(place, found, begin, len(found.keys))
        if fault is not None:
            raise fault
        self._shelf.keep(place, found)
        self._known[place] = self._index(place)

    def stretches(self, parts: Iterable[Located]) -> Iterator[Located]:
        """A few rows first, so that the first sample comes soon, then more at a time."""
        limit = FIRST
        for rows in parts:
            ends, begin = np.cumsum(rows.sizes), 0
            while begin < len(rows):
                before = int(ends[begin - 1]) if begin else 0
                end = max(begin + 1, int(np.searchsorted(ends, before + limit, side="right")))
                yield rows.cut(begin, end)
                begin, limit = end, min(2 * limit, MOST)

    def promised(self, parts: Iterable[Located], *, located: bool = False) -> Generator[Promised]:
        """The parts; from the second one on, those that follow are fetched meanwhile, unless all are on disk."""
        if not self.are_fetched:
            return super().promised(parts)
        return promised(self, parts, located=located)

    def weight(self, rows: Located) -> int | None:
        """About how many bytes are in memory while some rows are fetched; `None` for rows that came by already."""
        if not len(rows):
            return 0
        if (int(rows.places[-1]), int(rows.inner[-1])) in self._passing:
            return None
        return max(int(rows.sizes.sum()), min(block_bytes(rows), ROUND))

    def unforeseen(self, place: int) -> list[int]:
        """Of a shard and some behind it, those that were not looked up."""
        places = range(place, min(place + FORESEEN, len(self)))
        return [each for each in places if each not in self._foreseen]

    def foresee(self, places: Sequence[int]) -> None:
        """Find the indexes of some shards, as far as they can be had without reading the shards."""
        at_once(self._looked_up, places)

    def _looked_up(self, place: int) -> bool:
        """Whether a shard has an index, and can be read anywhere."""
        found = self._shelf.known(place) is not None and (
            (self._disk is not None and self._disk.has(place))  # its server need not be asked
            or self._shelf.source(place).gives_ranges()
        )
        self._foreseen.add(place)
        return found

    def hold(self, rows: Located, later: Sequence[Located] = ()) -> Held:
        """Fetch the payloads of some rows into one piece of memory, verified.

        Args:
            rows: the rows.
            later: rows that are wanted soon; what of them lies between these is fetched with them.

        Raises:
            ShardError: a shard is damaged or was replaced, or its index does not agree with it.
            SourceError, DatasetNotFound: it cannot be read.
        """
        on_disk = self._held_on_disk(rows)
        if on_disk is not None:
            return on_disk
        memory = common_memory()
        if memory is not None and self._may_stay(rows):
            # All at once, since all of it stays: so it is one row of memory for each shard, and what others want too is
            # planned before it is fetched again.
            came = [
                (parts, self._fetched(parts, memory, later))
                for parts in rounds(self._shard, rows, np.arange(len(rows)), sys.maxsize)
            ]
            pairs = [
                (own, plan)
                for parts, plans in came
                for (_, _, own), plan in zip(parts, plans, strict=True)
            ]
            held = in_place(rows, pairs, memory)
            return self._gathered(rows, came) if held is None else held
        flat, at = self._room_of(rows)
        for parts in rounds(self._shard, rows, self._not_passing(flat, at, rows)):
            self._put(flat.data, at, parts, self._fetched(parts, memory))
        return Held(flat, replace(rows, at=at))

    def _gathered(self, rows: Located, came: list[tuple[list[Part], list[Plan]]]) -> Held:
        """Rows that came, copied behind each other."""
        flat, at = self._room_of(rows)
        for parts, plans in came:
            self._put(flat.data, at, parts, plans)
        return Held(flat, replace(rows, at=at))

    def _room_of(self, rows: Located) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Memory for copies of rows, and where each begins in it."""
        at, size = room_for(rows.sizes)
        flat = self._room.take(rounded(size + _SPARE))
        flat[size:] = 0
        return flat, at

    def _may_stay(self, rows: Located) -> bool:
        """Whether rows are read where they were received: they are a good part of the blocks, and nothing has to be looked at before them."""
        if self._passing or not len(rows) or int(rows.at.min()) < 0:
            return False
        if not are_dense(int(rows.sizes.sum()), block_bytes(rows)):
            return False
        return all(self._shard(place).are_tried(inner) for place, inner in rows.by_shard())

    def _held_on_disk(self, rows: Located) -> Held | None:
        """The rows where they are mapped, if all of their shards are on disk."""
        if self._disk is None:
            return None
        try:
            return self._disk.held(rows)
        except IndexLies as lie:
            raise self._shelf.belied(lie.place) from None

    def _not_passing(
        self, flat: NDArray[np.uint8], at: NDArray[np.int64], rows: Located
    ) -> NDArray[np.int64]:
        """Take what came by; the rows that did not."""
        if not self._passing:
            return np.arange(len(rows))
        left: list[int] = []
        spots = zip(rows.places.tolist(), rows.inner.tolist(), strict=True)
        for row, spot in enumerate(spots):
            payload = self._passing.pop(spot, None)
            if payload is None:
                left.append(row)
            else:
                _put(flat, int(at[row]), payload)
        return np.array(left, np.int64)

    def _fetched(
        self, parts: list[Part], memory: Memory | None, later: Sequence[Located] = ()
    ) -> list[Plan]:
        """What came for some rows, verified."""
        plans = list[Plan]()
        for shard, spans, _ in parts:
            shard.prepare(spans)  # before it is planned, for which others wait
        wanted_soon = soon([shard for shard, _, _ in parts], later)

        def wanted() -> Wanted:
            plans.extend(shard.plan(spans) for shard, spans, _ in parts)
            found: list[tuple[Source, list[Range]]] = []
            for (shard, _, _), plan in zip(parts, plans, strict=True):
                own, more = shard.wanted(plan), wanted_soon.get(shard.place)
                found.append((shard.source, own if more is None else own + shard.gaps(plan, more)))
            return found

        def accept(number: int, ranges: Sequence[Range], came: Sequence[Buffer], /) -> list[Buffer]:
            return parts[number][0].accept(ranges, came)

        def take(size: int) -> Room:
            return (None if memory is None else memory.take(size)) or Fresh(size)

        with self._flights.fetching(wanted) as flight:
            came = flight.read(take, accept)
            for (shard, _, _), plan, data in zip(parts, plans, came, strict=True):
                shard.receive(plan, data)
        return plans

    def _put(
        self, flat: memoryview, at: NDArray[np.int64], parts: list[Part], plans: list[Plan]
    ) -> None:
        for (shard, _, rows), plan in zip(parts, plans, strict=True):
            try:
                shard.put(plan, flat, at[rows].tolist())
            except IndexLies as lie:
                raise self._shelf.belied(lie.place) from None

    def _shard(self, place: int) -> FetchedShard:
        found = self._shards.get(place)
        if found is None:
            # Of a damaged local shard, samples before the fault are located by an index of just these.
            shelf, index = self._shelf, self._indexes.get(place) or self._index(place)
            file, source = shelf.files[place], shelf.source(place)
            kept = self._kept(place, file, index)
            made = FetchedShard(place, file, source, index, shelf.verify, self._cache, kept)
            found = self._shards.setdefault(place, made)
        return found

    def _kept(self, place: int, file: ShardFile, index: ShardIndex) -> KeptShard | None:
        """What is kept of a shard: of one whose blocks have digests, which say what they are."""
        digests = None if index.file is None else index.file.blocks
        if self._keeping is None or file.is_local or digests is None or not len(digests):
            return None
        if isinstance(file.place, HostedBlob):
            path = blob_path(file.place.digest)
            if path is None:
                return None
            return self._keeping.whole(place, path, index.bytes, digests)
        return self._keeping.shard(place, index.bytes, digests)

    def verify(self, rows: Located) -> None:
        """Nothing: what is held was verified."""

    def payload(self, place: int, inner: int) -> memoryview:
        """The bytes of one sample, by its shard and its number in that, verified.

        Raises:
            ShardError, SourceError, DatasetNotFound: as `hold`.
        """
        mapped = None if self._disk is None else self._disk.payload(place, inner)
        if mapped is not None:
            return mapped
        index, part = self._shard(place).index, slice(inner, inner + 1)
        number, places = np.array([inner], np.int64), np.array([place], np.int32)
        flat, rows = self.hold(Located(places, number, index.offsets[part], index.sizes[part]))
        begin = int(rows.at[0])
        return flat[begin : begin + int(rows.sizes[0])].data

    @cached_property
    def _everywhere(self) -> Table:
        self._shelf.find_all()
        return super()._everywhere

    def layouts(self, fields: Fields) -> Layouts:
        """Nothing, unless blocks are kept: a layout is not taken for granted in bytes that are fetched again.

        Nor is there one while it is not known how many samples a shard has.
        """
        if self._keeping is None or self._underway:
            return Layouts()
        # By identity, as for mapped shards. The fields are kept, and so is their id.
        return self._layouts.setdefault(id(fields), (fields, Layouts()))[1]


def _part(place: int, found: Following, begin: int, end: int) -> Located:
    numbers = np.arange(begin, end, dtype=np.int64)
    sizes = np.array(found.sizes[begin:end], np.int64)
    # Where they lie is not wanted: they came by, and are in memory.
    at = np.full(end - begin, -1, np.int64)
    return Located(np.full(end - begin, place, np.int32), numbers, at, sizes)


def _keeping(shelf: Shelf) -> Keeping | None:
    """What keeps the blocks of shards; `None` where they are not to be verified, and so could not be told from others."""
    if shelf.verify == "never":
        return None
    entries = [file.entry for file in shelf.files]
    return Keeping.of([None if entry is None else entry.bytes for entry in entries])


def _put(flat: NDArray[np.uint8], at: int, payload: Buffer) -> None:
    flat.data[at : at + len(payload)] = payload
