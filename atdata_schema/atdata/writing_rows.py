"""Samples become rows of shards: the hot path of writing.

Each sample is encoded before the next one is asked for, since a producer may use its arrays again. Small
samples are gathered and written together; large ones are written at once from the arrays' own memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ValidationError, WriteError, say_where
from atdata.sample_keys import Keys
from atdata.shards.index.keys import CounterKeys, KeyTexts
from atdata.shards.keys import counter
from atdata.shards.shard_sequence import ShardSequence
from atdata.shards.tar_headers import counted, named
from atdata.shards.writer import Rows
from atdata_schema.sample import TOO_DEEP, Sample
from atdata_schema.wire.npy import Buffer

__all__ = ["write_rows"]

LARGE: Final = 1 << 16
"""Bytes of a sample that is written by itself, without a copy."""

GATHERED: Final = 1 << 20
"""Bytes that are gathered before they are written."""

_EACH: Final = 512  # what a sample counts beside its payload
_MOST_COUNTED: Final = 10**9  # numbers of nine digits


def write_rows(writer: ShardSequence, samples: Iterator[Any], cls: type[Any], keys: Keys) -> None:
    """Write all samples.

    Raises:
        ValidationError: a value that its field does not allow; the message has the sample's number and key.
        WriteError: a sample of another class, or a key that may not be written.
        OSError: the disk is full, or another of its reasons.
    """
    rows = _Rows(writer, keys)
    whole, pieces = _encoders(cls)
    gather, make_key = rows.payloads.append, None if keys.are_counted else rows.make_key
    weight, large = 0, False
    for sample in samples:
        if type(sample) is not cls:
            raise _other_class(rows.number, sample, cls)
        if make_key is not None:
            make_key(sample)
        try:
            payload = b"" if large else whole(sample)
            parts = pieces(sample) if large else []
        except ValidationError as error:
            say_where(error, f"sample {rows.number}, key {rows.key!r}")
            raise
        except RecursionError:
            raise ValidationError(f"{TOO_DEEP} (sample {rows.number}, key {rows.key!r})") from None
        if large:
            large = rows.write_pieces(parts)
            continue
        gather(payload)
        weight += len(payload) + _EACH
        if weight >= GATHERED:
            rows.write()
            weight, large = 0, len(payload) > LARGE
    rows.write()


class _Rows:
    """Samples on their way.

    Attributes:
        payloads: those that are gathered.
    """

    def __init__(self, writer: ShardSequence, keys: Keys) -> None:
        self.payloads: list[bytes] = []
        self._writer = writer
        self._keys = keys
        self._made: list[str] = []
        self._written = 0

    @property
    def number(self) -> int:
        """The number of the sample that is next to be gathered."""
        return self._written + len(self.payloads)

    @property
    def key(self) -> str:
        """The key of that sample, when it was made."""
        return counter(self.number) if self._keys.are_counted else self._made[-1]

    def make_key(self, sample: Any) -> None:
        """Make the key of the next sample."""
        self._made.append(self._keys.make(self.number, sample))

    def write(self) -> None:
        """Write what is gathered."""
        if self.payloads:
            sizes = np.fromiter(map(len, self.payloads), np.int64, len(self.payloads))
            self._writer.add(self._rows(sizes), self.payloads)
            self._written += len(self.payloads)
            self.payloads.clear()

    def write_pieces(self, pieces: list[Buffer]) -> bool:
        """Write one sample from its pieces; whether it is large."""
        size = sum(map(len, pieces))
        self._writer.add_pieces(self._rows(np.array([size])), pieces)
        self._written += 1
        return size > LARGE

    def _rows(self, sizes: NDArray[np.int64]) -> Rows:
        count = len(sizes)
        if self._keys.are_counted and self._written + count <= _MOST_COUNTED:
            names = counted(self._written, count)
            return Rows(CounterKeys(self._written, count), names, sizes)
        keys = self._made or [counter(self._written + index) for index in range(count)]
        text = "".join(keys).encode("ascii")
        lengths = np.fromiter(map(len, keys), np.int64, count)
        rows = Rows(KeyTexts(np.frombuffer(text, np.uint8), lengths), named(keys), sizes)
        self._made.clear()
        return rows


def _encoders(cls: type[Any]) -> tuple[Callable[[Any], bytes], Callable[[Any], list[Buffer]]]:
    """How samples of a class become bytes, whole and in pieces."""
    if cls.encode is not Sample.encode:  # a class with an encoding of its own
        return cls.encode, lambda sample: [sample.encode()]
    encoder = cls.FIELDS.encoder
    return encoder.whole, encoder.pieces


def _other_class(number: int, sample: object, cls: type[Any]) -> WriteError:
    return WriteError(
        f"sample {number} is a {type(sample).__name__}, sample 0 is a {cls.__name__}: "
        "all samples of a dataset have one class"
    )
