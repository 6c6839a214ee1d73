"""Every shard of a version is read and held against its sha-256."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias

from atdata.errors import AtdataError, DatasetNotFound
from atdata.index.entry import Entry, ShardRecord
from atdata.index.places import Reach
from atdata.index.stopping import Stop
from atdata.progress import counted_bytes
from atdata.shards.digests import DIGEST_BLOCK
from atdata.shards.index.file import decode_index
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.place import Place
from atdata.shards.sources.source import Source
from atdata.stores.store import Store

__all__ = ["Places", "State", "Verdict", "Verified", "verify", "verify_shards"]

State: TypeAlias = Literal["ok", "missing", "changed", "unreadable", "unknown"]
"""What became of a shard: `unknown` is one whose sha-256 nobody ever computed."""

_WORKERS: Final = (
    4  # shards that are read at once: hashing leaves the interpreter free, a network waits
)
_LARGEST_INDEX: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one shard.

    Attributes:
        split: the split that it belongs to.
        shard: what the Index says of it.
        state: what became of it.
        detail: what is wrong, for people; empty where nothing is.
    """

    split: str
    shard: ShardRecord
    state: State
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.state}: {self.shard.url}{f': {self.detail}' if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of each shard of a version. It is true where all are as they were written.

    Attributes:
        entry: the version.
        shards: one verdict a shard, in order.
    """

    entry: Entry
    shards: tuple[Verdict, ...]

    @property
    def ok(self) -> bool:
        """Whether every shard is as it was written."""
        return all(verdict.state == "ok" for verdict in self.shards)

    @property
    def faults(self) -> tuple[Verdict, ...]:
        """The shards that are not."""
        return tuple(verdict for verdict in self.shards if verdict.state != "ok")

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        bad = self.faults
        head = f"{self.entry.name}@{self.entry.version}: "
        if not bad:
            return (
                f"{head}{len(self.shards)} shards, {self.entry.bytes} bytes: as they were written"
            )
        lines = [f"{head}{len(bad)} of {len(self.shards)} shards are not as they were written"]
        return "\n".join([*lines, *(f"  {verdict}" for verdict in bad)])


class Places(Protocol):
    """How the files of shards are reached."""

    def place(self, url: str) -> Place:
        """Where a shard, or the index beside it, lies."""
        ...


def verify(entry: Entry, store: Store | None, *, progress: bool) -> Verified:
    """Verify a version; see `Index.verify`."""
    name = f"{entry.name}@{entry.version}"
    return Verified(
        entry, verify_shards(entry.splits, Reach(entry, store), name, progress=progress)
    )


def verify_shards(
    splits: Mapping[str, Sequence[ShardRecord]], reach: Places, name: str, *, progress: bool
) -> tuple[Verdict, ...]:
    """Hold shards against what is said of them, one verdict a shard, in order.

    Args:
        splits: the shards of each split.
        reach: where they lie.
        name: what a bar on standard error says.
        progress: whether there is one.
    """
    listed = [(split, shard) for split, shards in splits.items() for shard in shards]
    total = sum(shard.bytes for _, shard in listed)
    stop = Stop()
    with (
        counted_bytes(total, name, progress) as count,
        ThreadPoolExecutor(_WORKERS, "atdata-verify") as pool,
    ):

        def read(size: int) -> None:
            stop.check()
            count(size)

        try:
            return tuple(pool.map(lambda item: _verdict(item[0], item[1], reach, read), listed))
        except BaseException:
            stop.now()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _verdict(
    split: str, shard: ShardRecord, reach: Places, count: Callable[[int], None]
) -> Verdict:
    try:
        state, detail = _state(shard, open_source(reach.place(shard.url)), reach, count)
    except DatasetNotFound:
        state, detail = "missing", "there is no such file"
    except (AtdataError, OSError) as error:
        state, detail = "unreadable", str(error)
    return Verdict(split, shard, state, detail)


def _state(
    shard: ShardRecord, source: Source, reach: Places, count: Callable[[int], None]
) -> tuple[State, str]:
    size = source.size()
    if size != shard.bytes:
        return "changed", f"it has {size} bytes, not {shard.bytes}"
    if shard.sha256 is None:
        return "unknown", "its sha-256 was never computed: write or add it anew to have one"
    digest = hashlib.sha256()
    for chunk in source.chunks():
        digest.update(chunk)
        count(len(chunk))
    if digest.hexdigest() == shard.sha256:
        return "ok", ""
    where = _changed_blocks(shard, source, reach)
    return "changed", f"its sha-256 is {digest.hexdigest()}, not {shard.sha256}{where}"


def _changed_blocks(shard: ShardRecord, source: Source, reach: Places) -> str:
    """Which part of a shard is another one, where its index is as it was and says so."""
    try:
        blocks = _said_blocks(shard, reach)
    except (AtdataError, OSError):
        return ""
    if not blocks:
        return ""
    found = list(_digests(source.chunks()))
    bad = [number for number, (a, b) in enumerate(zip(blocks, found, strict=False)) if a != b]
    if not bad:
        return ""
    return f"; {len(bad)} of its {len(blocks)} MiB differ, the first from byte {bad[0] * DIGEST_BLOCK} on"


def _said_blocks(shard: ShardRecord, reach: Places) -> list[bytes]:
    """The digests of blocks that the shard's index has, if it is the one that the Index vouches for."""
    beside = open_source(reach.place(f"{shard.url}.idx"))
    if shard.index is None or beside.size() > _LARGEST_INDEX:
        return []
    data = b"".join(beside.chunks())
    if hashlib.sha256(data).hexdigest() != shard.index:
        return []
    index = decode_index(data, Path(shard.url))
    return [] if index.blocks is None else [bytes(row) for row in index.blocks]


def _digests(chunks: Iterable[bytes]) -> Iterable[bytes]:
    """The sha-256 of each MiB."""
    digest, room = hashlib.sha256(), DIGEST_BLOCK
    for chunk in chunks:
        rest = memoryview(chunk)
        while len(rest) >= room:
            digest.update(rest[:room])
            yield digest.digest()
            rest, digest, room = rest[room:], hashlib.sha256(), DIGEST_BLOCK
        digest.update(rest)
        room -= len(rest)
    if room < DIGEST_BLOCK:
        yield digest.digest()
