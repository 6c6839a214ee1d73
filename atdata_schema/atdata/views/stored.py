"""The samples of some shards."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from atdata.errors import DecodeError, LoadError, ShardError, ValidationError, say_where
from atdata.order import Places
from atdata.sample_type import SampleType, fields_of, sample_type_of
from atdata.shards.columnar.contents import Contents
from atdata.shards.columnar.reading import Reading
from atdata.shards.index.blocks import Verify
from atdata.shards.reader import ShardFile
from atdata.shards.shard_set import Row, ShardSet
from atdata.views.plan import Entry, Numbers, Plan
from atdata.views.rows import Rows, sound

if TYPE_CHECKING:
    from atdata.views.question import Question

__all__ = ["Stored", "decode_row"]


class Stored(Plan):
    """Every sample of some shards, read as a class.

    Args:
        shards: the shards.
        cls: the class.
        extra: whether entries that the class does not declare are kept in `sample.extra`.

    Attributes:
        shards: the shards.
    """

    def __init__(self, shards: ShardSet, cls: type[Any], *, extra: bool = False) -> None:
        self.shards = shards
        self._type = cls
        self._extra = extra
        self._class: SampleType[Any] = _reader(cls, shards, extra)

    @property
    def sample_type(self) -> type[Any]:
        return self._type

    @cached_property
    def fingerprint(self) -> str:
        return self.shards.fingerprint

    def count(self) -> int:
        return len(self.shards)

    def known_count(self) -> int | None:
        counts = [file.entry.samples for file in self.shards.files if file.entry is not None]
        return sum(counts) if len(counts) == len(self.shards.files) else None

    def is_empty(self) -> bool:
        return self.shards.is_empty()

    def stream(self) -> Iterator[Entry]:
        contents = self.shards.contents
        if contents is None:
            return ((row.key, decode_row(self._class, row)) for row in self.shards)
        return self._stream(contents)

    def _stream(self, contents: Contents) -> Iterator[Entry]:
        faults: list[ShardError | LoadError] = []
        reading = Reading(contents, self._class)
        yield from reading.entries(sound(contents, faults))
        for fault in faults:
            raise fault

    def entries(self, blocks: Iterable[Numbers]) -> Iterator[Entry]:
        contents = self.shards.contents
        if contents is None:
            return self._read_on(blocks)
        reading = Reading(contents, self._class)
        located = (contents.samples(block) for block in blocks)
        # A block is drawn when the one before it is used up, so each is read by itself.
        return itertools.chain.from_iterable(reading.entries([rows]) for rows in located)

    def _read_on(self, blocks: Iterable[Numbers]) -> Iterator[Entry]:
        """What comes later is read on to; for what came before, the shards are read anew."""
        rows, at = iter(self.shards), 0
        for block in blocks:
            for number in block.tolist():
                if number < at:
                    rows, at = iter(self.shards), 0
                for row in rows:
                    at += 1
                    if at > number:
                        yield row.key, decode_row(self._class, row)
                        break

    def sample(self, number: int) -> Any:
        return decode_row(self._class, self.shards.row(number))

    def find(self, key: str) -> int:
        return self.shards.find(key)

    def key_list(self) -> list[str]:
        return list(self.shards.keys())

    def places(self) -> Places:
        self.shards.find_all()
        shards = range(len(self.shards.files))
        sizes = np.asarray([self.shards.index(place).bytes for place in shards], np.int64)
        counts = np.diff(self.shards.starts)
        return Places(np.repeat(np.arange(len(shards), dtype=np.int32), counts), sizes)

    def files(self) -> tuple[ShardFile, ...]:
        return self.shards.files

    def steps(self) -> tuple[str, ...]:
        return ()

    @property
    def verify(self) -> Verify:
        return self.shards.verify

    def check_random(self) -> None:
        self.shards.check_plain()

    def rows(self) -> Rows | None:
        return None if self.shards.contents is None else Rows(self.shards, self._class)

    def truth(self, question: Question) -> NDArray[np.bool_] | None:
        return self._asked(question, "mask")

    def true_numbers(self, question: Question) -> Numbers | None:
        return self._asked(question, "rows")

    def _asked(self, question: Question, form: Literal["mask", "rows"]) -> NDArray[Any] | None:
        try:
            self.shards.check_plain()
        except ValueError:
            return None
        # Imported where it is needed: most programs ask nothing.
        from atdata.manifest.search import search_of
        from atdata.views.scanning import Scanner

        scanned: dict[int, str] = {}
        search, scanner = search_of(self.shards), Scanner(self, self.shards)
        find = search.mask if form == "mask" else search.rows
        found = find(question.condition, question.fields, scanner.read, scanned)
        for place, reason in scanned.items():
            question.note(self.shards.files[place].place.name, reason)
        return found

    def as_class(self, cls: type[Any]) -> Plan:
        # A class that leaves fields out would find them again in `extra`.
        extra = self._extra and fields_of(self._type) <= fields_of(cls)
        return type(self)(self.shards, cls, extra=extra)


def _reader(cls: type[Any], shards: ShardSet, extra: bool) -> SampleType[Any]:
    grouped = shards.is_grouped
    if not grouped and not extra:
        return sample_type_of(cls)
    # Imported where it is needed: most datasets are read by plain `decode`.
    from atdata.samples.reading import reader_of

    return reader_of(cls, grouped=grouped, extra=extra)


def decode_row(cls: SampleType[Any], row: Row) -> Any:
    """The sample of a row.

    Raises:
        DecodeError: the payload is no sample of the type; the message names field, key and shard.
        ValidationError: the same, for a value that its field does not allow.
    """
    try:
        return cls.decode(row.payload)
    except (DecodeError, ValidationError) as error:
        say_where(error, f"key {row.key!r} of {row.shard.place}")
        raise
