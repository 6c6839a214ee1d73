"""The index of a shard: from beside it, from the cache, or made anew; never one that does not fit it."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from functools import partial
from pathlib import Path

from atdata.errors import ShardError
from atdata.shards.description import ShardEntry
from atdata.shards.forward import open_forward
from atdata.shards.index.blocks import digest_blocks
from atdata.shards.index.cache import cached_path
from atdata.shards.index.file import (
    IndexFault,
    ShardIndexFile,
    decode_index,
    encode_index,
    index_path,
    open_index,
    write_index,
)
from atdata.shards.index.form import FAMILY
from atdata.shards.index.mapped import map_file
from atdata.shards.index.scan import scan_members

__all__ = ["build", "index_of", "kept_index"]


def index_of(
    path: Path, entry: ShardEntry | None = None, *, digests: bool = False
) -> ShardIndexFile:
    """The index of a plain shard.

    An index beside the shard is taken when it is about a file of this size, with the digest that the
    description of the dataset gives. Without digests of blocks it has to be of the same modification
    time as well. Otherwise the shard is scanned, and its index is kept.

    Args:
        path: the shard.
        entry: what the description of its dataset says about it.
        digests: whether an index without digests of blocks is made anew with them, which reads all of the shard.

    Raises:
        DatasetNotFound: there is no such file.
        ShardError: it is damaged, refused, or not the one that is described.
    """
    kept = kept_index(path, entry)
    if kept is None or (digests and len(kept) and not kept.head.blocks):
        return build(path, entry, digests=digests)
    return kept


def kept_index(path: Path, entry: ShardEntry | None = None) -> ShardIndexFile | None:
    """The index of a plain shard that lies beside it or in the cache, as `index_of` takes it, if there is one.

    Raises:
        DatasetNotFound, ShardError: as `index_of`.
    """
    status = _status(path)
    _check_size(path, status, entry)
    return _beside(path, status, entry) or _cached(path, status, entry)


def build(path: Path, entry: ShardEntry | None = None, *, digests: bool = False) -> ShardIndexFile:
    """Make the index of a shard from its bytes and keep it, beside the shard or in the cache.

    Raises:
        ShardError: as `index_of`.
    """
    status = _status(path)
    flat = map_file(path)
    found = scan_members(flat, path)
    _check_count(path, len(found.sizes), entry)
    blocks, whole = digest_blocks(flat) if digests else (None, None)
    if entry is not None and whole not in (None, entry.sha256):
        raise ShardError(
            f"its sha-256 is {whole}, where its dataset.json says {entry.sha256}; one of the two was replaced",
            path,
        )
    content = encode_index(
        offsets=found.offsets,
        sizes=found.sizes,
        keys=found.keys,
        shard_bytes=len(flat),
        shard_sha256=whole or (None if entry is None else entry.sha256),
        blocks=blocks,
        mtime_ns=status.st_mtime_ns,
    )
    _keep(path, status, content, is_pinned=entry is not None and entry.index is not None)
    return decode_index(content, path)


def _status(path: Path) -> os.stat_result:
    with suppress(OSError):
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            return status
    with open_forward(path):  # which says what is wrong
        return path.stat()


def _beside(path: Path, status: os.stat_result, entry: ShardEntry | None) -> ShardIndexFile | None:
    place = index_path(path)
    if entry is None or entry.index is None:
        return _opened(place, path, status, entry)
    with suppress(OSError, IndexFault):
        content = place.read_bytes()
        if hashlib.sha256(content).hexdigest() == entry.index:
            return _fitting(decode_index(content, path), status, entry)
    return None


def _cached(path: Path, status: os.stat_result, entry: ShardEntry | None) -> ShardIndexFile | None:
    place = cached_path(path, status)
    return None if place is None else _opened(place, path, status, entry)


def _opened(
    place: Path, path: Path, status: os.stat_result, entry: ShardEntry | None
) -> ShardIndexFile | None:
    try:
        return _fitting(open_index(place, path), status, entry)
    except IndexFault:
        return None


def _fitting(
    index: ShardIndexFile, status: os.stat_result, entry: ShardEntry | None
) -> ShardIndexFile | None:
    """An index, if it is about this file."""
    head = index.head
    if head.shard_bytes != status.st_size:
        return None
    # Times change when files are copied: with digests of the contents they say nothing of use.
    if head.mtime_ns not in (0, status.st_mtime_ns) and not head.blocks:
        return None
    if entry is not None and not (
        index.count == entry.samples and index.shard_sha256 in (None, entry.sha256)
    ):
        return None
    rebuild = partial(build, Path(index.shard), entry)
    return ShardIndexFile(index.shard, head, index.sections, rebuild)


def _keep(path: Path, status: os.stat_result, content: bytes, *, is_pinned: bool) -> None:
    """Save an index where it may be saved; without one, the next reader scans again."""
    places = [cached_path(path, status)]
    # An index that a description names is its writer's; a file of another kind is somebody else's.
    if not is_pinned and _is_ours(index_path(path)):
        places.insert(0, index_path(path))
    for place in places:
        if place is None:
            continue
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            write_index(place, content)
            return


def _is_ours(place: Path) -> bool:
    try:
        with place.open("rb") as file:
            return file.read(len(FAMILY)) == FAMILY
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _check_size(path: Path, status: os.stat_result, entry: ShardEntry | None) -> None:
    if entry is not None and status.st_size != entry.bytes:
        raise ShardError(
            f"has {status.st_size} bytes, where its dataset.json says {entry.bytes}; one of the two was replaced",
            path,
        )


def _check_count(path: Path, count: int, entry: ShardEntry | None) -> None:
    if entry is not None and count != entry.samples:
        raise ShardError(
            f"holds {count} samples, where its dataset.json says {entry.samples}; one of the two was replaced",
            path,
        )
