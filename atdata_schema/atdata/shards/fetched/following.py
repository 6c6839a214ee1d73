"""A plain shard elsewhere, read from its beginning; where its samples lie is noted as they come by."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import numpy as np

from atdata.errors import ShardError
from atdata.shards.digests import BlockHash
from atdata.shards.forward import Streamed
from atdata.shards.index.file import encode_index
from atdata.shards.index.keys import keys_of
from atdata.shards.kept.growing import Growing
from atdata.shards.keys import key_of
from atdata.shards.reader import ShardFile, key_at_fault
from atdata.shards.scan import Member, scan
from atdata.shards.sources.source import Source
from atdata.shards.tar import TarFault

__all__ = ["Following"]


class Following:
    """One reading of a shard from its beginning.

    Args:
        shard: the shard, a plain one.
        source: its source.
        digests: whether all of it is read and held against the digest in the description of its dataset.
        growing: keeps it on disk, if it is held against that.

    Attributes:
        keys: those of the samples that came by.
        sizes: bytes of their payloads.
    """

    def __init__(
        self, shard: ShardFile, source: Source, *, digests: bool, growing: Growing | None = None
    ) -> None:
        self._shard = shard
        self._source = source
        self._whole, self._blocks = hashlib.sha256(), BlockHash()
        self._digests = digests
        self._growing = growing if digests else None
        self._offsets: list[int] = []
        self._bytes = 0
        self.keys: list[str] = []
        self.sizes: list[int] = []

    def payloads(self) -> Iterator[bytes]:
        """The payload of every sample, in order.

        Raises:
            ShardError: the shard is damaged, refused, or not the one that its dataset.json describes; the
                samples before the fault were given out.
            SourceError: it cannot be read.
        """
        with self._opened() as stream:
            for member in scan(stream):
                key = key_of(member.name)
                payload = stream.read(member.size)
                if len(payload) < member.size:
                    raise TarFault("the file ends within its payload", member.name)
                self._note(key, member)
                yield payload
            self._finish(stream)

    def members(self) -> None:
        """Note every sample; payloads are passed over, as far as they need not be held against a digest.

        Raises:
            ShardError, SourceError: as `payloads`.
        """
        with self._opened() as stream:
            for member in scan(stream):
                self._note(key_of(member.name), member)
            self._finish(stream)

    def content(self) -> bytes:
        """The index file that says what came by, once all did."""
        sha256 = self._shard.sha256
        return encode_index(
            offsets=np.array(self._offsets, np.int64),
            sizes=np.array(self.sizes, np.int64),
            keys=keys_of(self.keys),
            shard_bytes=self._bytes,
            shard_sha256=self._whole.hexdigest() if self._digests else sha256,
            blocks=np.frombuffer(self._blocks.digests(), np.uint8) if self._digests else None,
        )

    @contextmanager
    def _opened(self) -> Iterator[Streamed]:
        with closing(Streamed(self._source, self._listener())) as stream:
            try:
                yield stream
            except TarFault as fault:
                key = key_at_fault(self._shard, fault)
                raise ShardError(str(fault), str(self._shard.place), key) from None
            finally:
                if self._growing is not None:
                    self._growing.drop()

    def _listener(self) -> Callable[[memoryview], None] | None:
        """What is called with all bytes in order, none of which is then passed over."""
        return self._hash if self._digests else None

    def _hash(self, data: memoryview) -> None:
        self._whole.update(data)
        self._blocks.update(data)
        if self._growing is not None:
            self._growing.add(data)

    def _note(self, key: str, member: Member) -> None:
        self.keys.append(key)
        self.sizes.append(member.size)
        self._offsets.append(member.offset)

    def _finish(self, stream: Streamed) -> None:
        """Hold what came by against what the dataset says; the stream is at its end."""
        self._bytes = stream.at
        shard, entry = self._shard, self._shard.entry
        if entry is not None:
            found, said = (len(self.keys), stream.at), (entry.samples, entry.bytes)
            if found != said:
                raise TarFault(
                    f"holds {found[0]} samples in {found[1]} bytes, where {shard.described_by} says {said[0]} in "
                    f"{said[1]}; one of the two was replaced"
                )
        if self._digests and self._whole.hexdigest() != shard.sha256:
            raise TarFault(
                f"its sha-256 is {self._whole.hexdigest()}, where {shard.described_by} says {shard.sha256}: it "
                "was damaged or replaced after it was written; restore it from where it came from"
            )
        if self._growing is not None:
            self._growing.finish(np.frombuffer(self._blocks.digests(), np.uint8).reshape(-1, 32))
