"""The index file of a shard: where each sample lies, its key, and digests of the contents.

Opening one reads its head alone. Each section is held against its digest when it is first asked for.

>>> import numpy as np
>>> from atdata.shards.index.keys import keys_of
>>> data = encode_index(
...     offsets=np.array([512, 1536]),
...     sizes=np.array([3, 3]),
...     keys=keys_of(["a", "b"]),
...     shard_bytes=3072,
... )
>>> index = decode_index(data, Path("data.tar"))
>>> index.count, index.find("b"), index.offsets.tolist()
(2, 1, [512, 1536])
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.files import sync_folder
from atdata.shards.index.form import BYTES, Head, IndexFault, decode_head, encode_head
from atdata.shards.index.keys import DUPLICATE, Keys
from atdata.shards.index.sections import (
    Places,
    encode_keys,
    encode_places,
    read_keys,
    read_places,
)

__all__ = [
    "SUFFIX",
    "IndexFault",
    "ShardIndexFile",
    "decode_index",
    "encode_index",
    "index_path",
    "open_index",
    "write_index",
]

SUFFIX: Final = ".idx"
"""What follows the name of a shard in the name of its index file."""

_NONE: Final = bytes(32)


class Sections(Protocol):
    """The bytes of an index file."""

    def read(self, begin: int, count: int) -> bytes:
        """Some of them; fewer at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes in memory."""

    data: bytes

    def read(self, begin: int, count: int) -> bytes:
        """Some of them."""
        return self.data[begin : begin + count]


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes of a file, which is not kept open: a dataset has more shards than a process may have files."""

    path: Path

    def read(self, begin: int, count: int) -> bytes:
        """Some of them, as they are now."""
        with self.path.open("rb", buffering=0) as file:
            file.seek(begin)
            return file.read(count)


@dataclass(frozen=True, eq=False)
class ShardIndexFile:
    """Where each sample of a shard lies.

    What a section says is read and checked when it is first used. A section that turns out to be wrong
    is made anew from the shard, where `rebuild` says how.

    Attributes:
        shard: the shard.
        head: the head of the file.
        sections: its bytes.
        rebuild: makes the index anew from the shard.

    Raises:
        IndexFault: from any property, where a section is wrong and there is no `rebuild`.
        ShardError: where the index made anew counts other samples.
    """

    shard: Path | str
    head: Head
    sections: Sections
    rebuild: Callable[[], ShardIndexFile] | None = None

    @property
    def count(self) -> int:
        """The number of samples."""
        return self.head.count

    def __len__(self) -> int:
        return self.head.count

    @property
    def shard_bytes(self) -> int:
        """The size of the shard."""
        return self.head.shard_bytes

    @property
    def shard_sha256(self) -> str | None:
        """The digest of the shard in hexadecimal digits, where it is known."""
        return None if self.head.shard_sha256 == _NONE else self.head.shard_sha256.hex()

    @property
    def type_cid(self) -> str | None:
        """The type of the samples, where it is known."""
        return self.head.type_cid.rstrip(b"\0").decode("ascii") or None

    @property
    def layout(self) -> str:
        """How alike the samples are: `"A"`, `"B"` or `"C"`, a hint only."""
        return chr(self.head.layout)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """int64[n], where each payload begins in the shard, in bytes."""
        return self._places.offsets

    @property
    def sizes(self) -> NDArray[np.int64]:
        """int64[n], bytes of each payload."""
        return self._places.sizes

    def key(self, number: int) -> str:
        """The key of one sample."""
        return self._keys[number]

    def keys(self) -> Keys:
        """The keys in order: a sequence that is iterated, numbered and searched."""
        return self._keys

    def find(self, key: str) -> int | None:
        """The number of the sample with a key.

        Raises:
            ShardError: the key stands more than once.
        """
        found = self._keys.find(key)
        if found == DUPLICATE:
            raise ShardError(f"the key {key!r} stands more than once", self.shard)
        return found

    @property
    def key_digest(self) -> str:
        """The sha-256 of the keys in order, each followed by a newline."""
        return self._keys.digest

    @cached_property
    def blocks(self) -> NDArray[np.uint8] | None:
        """uint8[blocks, 32], the sha-256 of each 1 MiB of the shard, where they are known."""
        try:
            data = self._section(4)
        except IndexFault:
            return self.rebuilt().blocks
        return np.frombuffer(data, np.uint8).reshape(-1, 32) if data else None

    @cached_property
    def _places(self) -> Places:
        try:
            return read_places(self.head, self._section(0), self._section(1))
        except IndexFault:
            return self.rebuilt()._places

    @cached_property
    def _keys(self) -> Keys:
        try:
            return read_keys(self.head, self._section(2), self._section(3))
        except IndexFault:
            return self.rebuilt()._keys

    def rebuilt(self) -> ShardIndexFile:
        """The index made anew from the shard, after this one was found out to be wrong.

        Raises:
            IndexFault: nobody said how.
            ShardError: it counts other samples; what was read by this one cannot go on.
        """
        if self.rebuild is None:
            raise IndexFault("the index file is damaged, or was replaced while it was used")
        anew = self._anew
        if anew.count != self.count:
            raise ShardError(
                f"holds {anew.count} samples, where its index file said {self.count}; "
                "that index is not used any more: load the dataset again",
                self.shard,
            )
        return anew

    @cached_property
    def _anew(self) -> ShardIndexFile:
        assert self.rebuild is not None
        return self.rebuild()

    def _section(self, number: int) -> bytes:
        lengths = self.head.sections
        if not lengths[number]:
            return b""
        begin = BYTES + sum(length + -length % 8 for length in lengths[:number])
        try:
            data = self.sections.read(begin, lengths[number])
        except OSError as error:
            raise IndexFault(f"it cannot be read: {error.strerror}") from None
        said = self.head.digests[32 * number : 32 * number + 32]
        if len(data) != lengths[number] or hashlib.sha256(data).digest() != said:
            raise IndexFault("a section does not have the digest that its head says")
        return data


def index_path(shard: Path) -> Path:
    """Where the index file of a shard lies.

    >>> index_path(Path("out/data-000000.tar")).name
    'data-000000.tar.idx'
    """
    return shard.with_name(shard.name + SUFFIX)


def encode_index(
    *,
    offsets: NDArray[np.int64],
    sizes: NDArray[np.int64],
    keys: Keys,
    shard_bytes: int,
    shard_sha256: str | None = None,
    type_cid: str | None = None,
    layout: str = "C",
    blocks: NDArray[np.uint8] | None = None,
    mtime_ns: int = 0,
) -> bytes:
    """The bytes of an index file; equal arguments give equal bytes.

    Args:
        offsets: int64[n], where each payload begins.
        sizes: int64[n], bytes of each payload.
        keys: their keys.
        shard_bytes: the size of the shard.
        shard_sha256: its digest in hexadecimal digits.
        type_cid: the type of the samples.
        layout: `"A"`, `"B"` or `"C"`.
        blocks: uint8[blocks, 32], the sha-256 of each 1 MiB of the shard.
        mtime_ns: when the shard was modified; writers leave it out, so that equal shards have equal indexes.

    Raises:
        ValueError: the arguments do not describe a shard.
    """
    places, names = encode_places(offsets, sizes), encode_keys(keys)
    digests = b"" if blocks is None else blocks.tobytes()
    parts = (places.offsets, places.sizes, names.lengths, names.text, digests)
    sha256 = _NONE if shard_sha256 is None else bytes.fromhex(shard_sha256)
    head = Head(
        *(len(offsets), shard_bytes, mtime_ns, sha256, _cid(type_cid or ""), ord(layout)),
        *(places.place_form, places.size_form, names.form),
        *(places.first, places.stride, places.size, names.key, len(names.text)),
        *(len(digests) // 32, b"".join(map(_digest, parts))),
    )
    return b"".join((_checked(head), *(part + bytes(-len(part) % 8) for part in parts)))


def _cid(text: str) -> bytes:
    if len(text) > 64:
        raise ValueError(f"{text!r} is no type CID")
    return text.encode("ascii").ljust(64, b"\0")


def _digest(part: bytes) -> bytes:
    return hashlib.sha256(part).digest() if part else _NONE


def _checked(head: Head) -> bytes:
    """The bytes of a head that can be read again."""
    try:
        packed = encode_head(head)
        decode_head(packed)
    except IndexFault as fault:
        raise ValueError(f"no index can say this: {fault}") from None
    return packed


def decode_index(data: bytes, shard: Path | str) -> ShardIndexFile:
    """An index from its bytes.

    Raises:
        IndexFault: they are no index, or not as long as they say.
    """
    head = decode_head(data[:BYTES])
    _check_length(head, len(data))
    return ShardIndexFile(shard, head, Held(data))


def open_index(path: Path, shard: Path) -> ShardIndexFile:
    """An index from its file, of which the head alone is read.

    Raises:
        IndexFault: there is none, or it is damaged.
    """
    try:
        with path.open("rb", buffering=0) as file:
            head = decode_head(file.read(BYTES))
            _check_length(head, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise IndexFault(f"it cannot be read: {error.strerror}") from None
    return ShardIndexFile(shard, head, Stored(path))


def write_index(path: Path, content: bytes) -> None:
    """Write an index file: whole or not at all, and beside others who write it at the same time.

    Raises:
        OSError: the folder takes no file; nothing is left of the attempt.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _check_length(head: Head, length: int) -> None:
    if length != head.file_bytes:
        raise IndexFault(f"it has {length} bytes, where its head says {head.file_bytes}")
