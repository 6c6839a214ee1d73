"""The shards of a dataset as one sequence of samples, numbered from 0."""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from atdata.errors import LoadError, SampleNotFound, ShardError
from atdata.shards.columnar.arena import can_map
from atdata.shards.columnar.contents import Contents
from atdata.shards.columnar.mapped import Mapped
from atdata.shards.fetched.contents import Fetched
from atdata.shards.fetched.shelf import Shelf
from atdata.shards.forward import is_packed
from atdata.shards.grouped.parts import Part
from atdata.shards.grouped.reader import grouped_stream
from atdata.shards.index.blocks import Verify
from atdata.shards.index.keys import DUPLICATE, Keys, keys_of
from atdata.shards.reader import ShardFile, ShardIndex, stream
from atdata.shards.sources.place import Place
from atdata.shards.unpacking import unpacked
from atdata_schema.wire.npy import Buffer

__all__ = ["Row", "ShardSet"]


@dataclass(frozen=True, slots=True)
class Row:
    """One sample, undecoded.

    Attributes:
        key: its key.
        payload: its bytes; of a grouped shard that was read in order, its members.
        shard: the shard it lies in.
    """

    key: str
    payload: Buffer | list[Part]
    shard: ShardFile


class ShardSet:
    """Shards in order. What is found out about them is kept; pickles hold only which ones they are.

    Args:
        files: the shards.
        verify: when contents are held against their digests.
        cache: what is kept in the cache folder: blocks of plain shards elsewhere (`None`), packed shards too, which are
            unpacked once, where that helps (`True`), or nothing (`False`).

    Attributes:
        notes: what other parts found out about them, by the name that each part gives it.
    """

    def __init__(
        self, files: Sequence[ShardFile], verify: Verify = "first", *, cache: bool | None = None
    ) -> None:
        self.files = tuple(files)
        self.verify: Verify = verify
        self.cache: bool | None = cache
        self._shelf = Shelf(self.files, verify)
        self._unpacked: Shelf | None = None
        self._keys: dict[int, Keys] = {}
        self.notes: dict[str, object] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (self.files, self.verify, self.cache)

    def __len__(self) -> int:
        return self.starts[-1]

    def __iter__(self) -> Iterator[Row]:
        """Every sample in order, reading ahead of none."""
        for place, shard in enumerate(self.files):
            source = None if shard.is_local else self._shelf.source(place)
            rows = grouped_stream(shard, source) if shard.grouped else stream(shard, source)
            for key, payload in rows:
                yield Row(key, payload, shard)

    @property
    def is_grouped(self) -> bool:
        """Whether a sample is several members of an archive, as other writers have it."""
        return any(file.grouped for file in self.files)

    def is_empty(self) -> bool:
        """Whether there is no sample, found out by the first one, or by the index of a shard elsewhere."""
        for place, file in enumerate(self.files):
            known = None if file.is_local else self._shelf.known(place)
            if known is None:
                return next(iter(self), None) is None
            if len(known.keys):
                return False
        return True

    def check_plain(self) -> None:
        """Refuse shards in which no sample can be reached without the ones before it.

        Raises:
            LoadError: a shard is packed.
        """
        if self._packed is not None:
            raise LoadError(
                f"{self._packed}: single samples and shuffled order need plain shards, and this one is "
                "packed; load it with cache=True, which unpacks it once into the cache folder, unpack it "
                "and load the .tar, or read it in order"
            )

    @cached_property
    def contents(self) -> Contents | None:
        """The bytes of plain shards, mapped where they can be and else fetched; `None` where one is packed."""
        if self._packed is not None:
            return None
        shelf = self._plain()
        if not (can_map() and all(file.is_local for file in shelf.files)):
            return Fetched(shelf, keeps=self.cache is not False)
        if self._unpacks:
            # While what was unpacked is there: mapped, it stays, but its index is a file of its own, of which
            # the digests are not read before they are needed.
            for place in range(len(self.files)):
                index = shelf.index(place)
                _ = index.file and index.file.blocks
        return Mapped(shelf.files, shelf.index, self.verify)

    def _plain(self) -> Shelf:
        """The shards that are read: those of the cache, where they are packed and may be unpacked."""
        if not self._unpacks:
            return self._shelf
        known = self._unpacked
        # What was unpacked may have made room for something else since; once mapped, it stays readable.
        if known is None or not ("contents" in self.__dict__ or known.are_there()):
            known = self._unpacked = Shelf(unpacked(self._shelf), self.verify)
        return known

    @property
    def _unpacks(self) -> bool:
        return bool(self.cache) and any(is_packed(file.place) for file in self.files)

    def row(self, number: int) -> Row:
        """One sample, by its number from 0.

        Raises:
            LoadError: a shard is packed.
            ShardError: its shard is damaged.
            SourceError: it lies elsewhere and cannot be read.
        """
        place = bisect.bisect_right(self.starts, number) - 1
        inner = number - self.starts[place]
        contents = self.contents
        if contents is None:
            self.check_plain()
        assert contents is not None  # a packed one was refused
        key = self.index(place).keys[inner]
        return Row(key, contents.payload(place, inner), self.files[place])

    def find(self, key: str) -> int:
        """The number of the sample with a key.

        Raises:
            SampleNotFound: there is none.
            ShardError: there are several.
        """
        self.find_all()
        found = [
            self.starts[place] + number
            for place in range(len(self.files))
            if (number := self._number_in(place, key)) is not None
        ]
        if not found:
            raise SampleNotFound(f"no sample has the key {key!r}; {self._examples()}")
        if len(found) > 1:
            raise ShardError(f"the key {key!r} stands more than once", self._names())
        return found[0]

    def _number_in(self, place: int, key: str) -> int | None:
        index = self.index(place)
        if index.file is not None:
            return index.file.find(key)
        if place not in self._keys:
            self._keys[place] = index.keys if isinstance(index.keys, Keys) else keys_of(index.keys)
        found = self._keys[place].find(key)
        if found == DUPLICATE:
            raise ShardError(f"the key {key!r} stands more than once", str(self.files[place].place))
        return found

    def keys(self) -> Iterator[str]:
        """Every key in order."""
        self.find_all()
        for place in range(len(self.files)):
            yield from self.index(place).keys

    def index(self, place: int) -> ShardIndex:
        """Where the samples of one shard lie."""
        return self._plain().index(place)

    def find_all(self) -> None:
        """Find the index of every shard; of those elsewhere, many at a time."""
        self._plain().find_all()

    @cached_property
    def fingerprint(self) -> str:
        """What the order of a shuffled epoch depends on: the shards' samples, bytes and keys, in order.

        The sha-256 of one line a shard: samples, bytes of the file and the digest of its keys, with a space
        between.
        """
        digest = hashlib.sha256()
        self.find_all()
        for place, file in enumerate(self.files):
            index = self.index(place)
            # Of a packed shard the size of the file counts, whether it was unpacked or not.
            packed = self._unpacks and is_packed(file.place)
            size = self._shelf.source(place).size() if packed else index.bytes
            digest.update(f"{len(index.keys)} {size} {index.key_digest}\n".encode())
        return digest.hexdigest()

    @cached_property
    def _packed(self) -> Place | None:
        if self.cache:
            return None
        return next((file.place for file in self.files if is_packed(file.place)), None)

    @cached_property
    def starts(self) -> list[int]:
        """The number of each shard's first sample, and of all samples."""
        starts = [0]
        if any(file.entry is None for file in self.files):
            self.find_all()
        for place, file in enumerate(self.files):
            # What the description says is held against the shard when that is read.
            count = len(self.index(place).keys) if file.entry is None else file.entry.samples
            starts.append(starts[-1] + count)
        return starts

    def _examples(self) -> str:
        first = [key for _, key in zip(range(3), self.keys(), strict=False)]
        return (
            f"the first keys are {', '.join(map(repr, first))}" if first else "there are no samples"
        )

    def _names(self) -> str:
        first = self.files[0].place
        return str(first) if len(self.files) == 1 else f"{first} and {len(self.files) - 1} more"


def _remade(files: tuple[ShardFile, ...], verify: Verify, cache: bool | None) -> ShardSet:
    """Shards out of a pickle."""
    return ShardSet(files, verify, cache=cache)
