"""Which shards stay where they are and which go up, and into how many blobs each of those."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from atdata.atmosphere.publishing.addresses import NotPublic, PublicPlace, public_place
from atdata.atmosphere.publishing.copies import local_file, staging_folder
from atdata.atmosphere.publishing.cutting import Piece, described
from atdata.atmosphere.publishing.journal import Journal, Part
from atdata.atmosphere.publishing.public_checks import Asked, check_public
from atdata.atmosphere.publishing.request import Request, SourceShard
from atdata.atmosphere.records.web_address import web_address
from atdata.errors import PublishError
from atdata.shards.forward import is_packed
from atdata.shards.sources.place import RemotePlace

__all__ = ["UNLIMITED", "Found", "Prepared", "index_file", "looked_at", "parts_of"]

UNLIMITED: Final = 1 << 62
"""The limit of files that are not cut."""

_WORKERS: Final = 2  # shards that are read at once: what is read is hashed, twice


@dataclass(frozen=True, slots=True)
class Found:
    """A shard, and whether everybody can read it.

    Attributes:
        shard: the shard.
        place: where everybody reads it; `None` where nobody else can.
        why: where nobody else can: why not.
        index: whether its index is there for everybody too.
    """

    shard: SourceShard
    place: PublicPlace | None
    why: str = ""
    index: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A shard that goes up.

    Attributes:
        shard: the shard.
        parts: what it becomes, in order; one where it is not cut.
    """

    shard: SourceShard
    parts: tuple[Part, ...]


def looked_at(request: Request, *, local: bool) -> list[Found]:
    """Which shards everybody can read where they are, in the order of the request.

    Args:
        request: what is to be published.
        local: take http and private addresses too, for experiments and tests.
    """
    places = [_place(shard, local) for shard in request.shards]
    asked = [
        (number, Asked(web_address(place), record.bytes, shard.sha256, record.index))
        for number, (shard, place) in enumerate(zip(request.shards, places, strict=True))
        if not isinstance(place, str)
        for record in [shard.record]
    ]
    answers = check_public([item for _, item in asked], local=local)
    found = {number: answer for (number, _), answer in zip(asked, answers, strict=True)}
    made: list[Found] = []
    for number, (shard, place) in enumerate(zip(request.shards, places, strict=True)):
        if isinstance(place, str):
            made.append(Found(shard, None, place))
        elif (fault := found[number].fault) is not None:
            made.append(Found(shard, None, f"without credentials it cannot be read: {fault}"))
        else:
            made.append(Found(shard, place, index=found[number].index))
    return made


def parts_of(
    shards: Sequence[SourceShard], journal: Journal, did: str, limit: int, *, flat: bool
) -> list[Prepared]:
    """What shards become when they go up; those that were looked at before are not read again.

    Args:
        shards: the shards.
        journal: where what was found is noted.
        did: the account.
        limit: bytes that a file may have.
        flat: whether no field of the samples holds others.

    Raises:
        ShardError: one is damaged.
        PublishError: one is not what it should be, cannot be read, or has a sample that is larger than a file may be.
    """
    sent = journal.blobs(did)

    def prepare(shard: SourceShard) -> Prepared:
        parts = journal.parts(shard.sha256, limit)
        if parts is None or not all(p.index in sent or index_file(p).is_file() for p in parts):
            parts = _as_it_is(shard, limit) or _read(shard, limit, flat=flat)
            journal.note_parts(shard.sha256, limit, parts)
        return Prepared(shard, tuple(parts))

    with ThreadPoolExecutor(_WORKERS, "atdata-prepare") as pool:
        # Shards with the same bytes are one.
        jobs = {shard.sha256: pool.submit(prepare, shard) for shard in shards}
        try:
            return [replace(jobs[shard.sha256].result(), shard=shard) for shard in shards]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def index_file(part: Part) -> Path:
    """Where the index of a part waits to be sent."""
    return staging_folder() / f"{part.index}.idx"


def _place(shard: SourceShard, local: bool) -> PublicPlace | str:
    """Where everybody might read a shard, or why nobody else can."""
    place = shard.place
    if isinstance(place, RemotePlace) and place.address != place.url:
        return "its address holds a user or a signature"
    try:
        return public_place(shard.record.url, shard.store, local=local)
    except NotPublic as error:
        return error.reason


def _as_it_is(shard: SourceShard, limit: int) -> list[Part] | None:
    """A shard that needs no cutting and has its index beside it: all is known, and the shard is not read."""
    place, record = shard.place, shard.record
    if not isinstance(place, Path) or is_packed(place) or record.bytes > limit:
        return None
    beside = place.with_name(f"{place.name}.idx")
    if record.index is None or not beside.is_file():
        return None
    index = beside.read_bytes()
    if hashlib.sha256(index).hexdigest() != record.index:
        return None
    size = place.stat().st_size
    if size != record.bytes:
        raise _replaced(shard)
    piece = Piece(0, size, 0, record.samples, ended=True)
    part = Part.of(piece, shard.sha256, record.index, len(index))
    _stage(index_file(part), index)
    return [part]


def _read(shard: SourceShard, limit: int, *, flat: bool) -> list[Part]:
    """Read a shard once: where it is cut, and what each part is."""
    parts: list[Part] = []
    with local_file(shard) as path:
        if path == shard.place and path.stat().st_size > limit:
            _check_whole(shard, path)  # of what is cut, no part has the digest that is known
        for item in described(path, limit, flat=flat, name=str(shard.place)):
            digest = hashlib.sha256(item.index).hexdigest()
            part = Part.of(item.piece, item.sha256, digest, len(item.index))
            _stage(index_file(part), item.index)
            parts.append(part)
    samples = sum(part.samples for part in parts)
    whole = len(parts) == 1 and not is_packed(shard.place)
    if samples != shard.record.samples or (whole and parts[0].sha256 != shard.sha256):
        raise _replaced(shard)
    return parts


def _check_whole(shard: SourceShard, path: Path) -> None:
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != shard.sha256:
            raise _replaced(shard)


def _replaced(shard: SourceShard) -> PublishError:
    return PublishError(
        f"{shard.place}: is not the file that the Index knows, with {shard.record.samples:,} samples and the sha-256 "
        f"{shard.sha256}: it was damaged or replaced since it was added; restore it, or add it anew"
    )


def _stage(path: Path, data: bytes) -> None:
    """Put an index where it waits. Others may put the same one at the same moment."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
