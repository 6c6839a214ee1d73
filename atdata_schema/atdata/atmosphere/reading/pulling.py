"""A dataset of the network as local files: its shards, its description, and the records that prove where it is from.

    <folder>/data-000000.tar …        the shards, numbered through all splits
    <folder>/data.dataset.json        what they are; complete when all of them are there
    <folder>/records/entry.json …     the records as people read them, and their proofs as `.car`

A pull that broke off goes on where it stopped: what is there is held against its digest and not fetched again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from atdata.atmosphere.proofs.verification import VerifiedRecord
from atdata.atmosphere.reading.kept_records import KeptRecords, put
from atdata.atmosphere.reading.published import Published
from atdata.errors import DatasetExists, LoadError, ShardError, WriteError
from atdata.shards.description import Description, ShardEntry
from atdata.shards.description_file import write_description
from atdata.shards.files import part_of, sync_folder
from atdata.shards.form import is_grouped
from atdata.shards.forward import is_packed
from atdata.shards.index.trust import build
from atdata.shards.reader import ShardFile, index_of
from atdata.shards.sources.opening import open_source
from atdata_schema.data import to_json
from atdata_schema.syntax import parse_at_uri

__all__ = ["DESCRIPTION", "pull_into"]

DESCRIPTION: Final = "data.dataset.json"
"""The description of what was pulled."""

_RECORDS: Final = "records"
_WORKERS: Final = 4
_CHUNK: Final = 4 << 20
_PACKED: Final = (".tar.gz", ".tgz", ".tar.zst")

Count = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _Job:
    """One shard to be fetched.

    Attributes:
        split: its split.
        file: where it lies.
        path: where it goes.
    """

    split: str
    file: ShardFile
    path: Path


def pull_into(found: Published, folder: Path, count: Count) -> Path:
    """Bring a dataset of the network into a folder.

    Args:
        found: the dataset.
        folder: a folder that is not there, is empty, or holds what an earlier pull of the same entry left.
        count: called with numbers of bytes as they come, or are found to be there.

    Returns:
        The description, for `load_dataset`; the folder where samples are several files each, which none describes.

    Raises:
        DatasetExists: the folder holds something else.
        ShardError: a shard is not what the record says. What came before it stays, for the next try.
        SourceError, DatasetNotFound: a shard cannot be read.
        WriteError: the disk has too little room, or the folder takes no file.
    """
    try:
        return _pulled(found, folder, count)
    except OSError as error:
        if isinstance(error, LoadError | WriteError):
            raise
        raise WriteError(f"{folder}: {error.strerror or error}") from error


def _pulled(found: Published, folder: Path, count: Count) -> Path:
    _check_free(found, folder)
    jobs = list(_jobs(found, folder))
    folder.mkdir(parents=True, exist_ok=True)
    _check_room(jobs, folder)
    _put_records(found, folder / _RECORDS)
    description, schema = folder / DESCRIPTION, found.schema.schema.to_json()
    # Until all of it is here, nobody takes a part for the whole.
    write_description(description, Description(schema, {}, complete=False))
    with ThreadPoolExecutor(_WORKERS, "atdata-pull") as pool:
        done = [pool.submit(_fetched, job, count) for job in jobs]
        try:
            entries = [item.result() for item in done]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    sync_folder(folder)
    if any(entry is None for entry in entries):
        description.unlink()
        return folder
    splits: dict[str, tuple[ShardEntry, ...]] = dict.fromkeys(found.splits, ())
    for job, entry in zip(jobs, entries, strict=True):
        assert entry is not None
        splits[job.split] = (*splits[job.split], entry)
    write_description(description, Description(schema, splits, complete=True))
    return description


def _jobs(found: Published, folder: Path) -> Iterator[_Job]:
    number = 0
    for split, files in found.splits.items():
        for file in files:
            ending = next((end for end in _PACKED if file.place.name.endswith(end)), ".tar")
            yield _Job(split, file, folder / f"data-{number:06d}{ending}")
            number += 1


def _check_free(found: Published, folder: Path) -> None:
    """Refuse a folder that holds anything but what an earlier pull of the same entry left."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    said: Any = None
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads((folder / _RECORDS / "entry.json").read_bytes())["cid"]
    if said != found.entry.cid:
        what = "another dataset, or another state of it" if said else "other files"
        raise DatasetExists(f"{folder}: holds {what}: give another folder with --to")


def _check_room(jobs: list[_Job], folder: Path) -> None:
    wanted = sum(_size(job) for job in jobs if not job.path.exists())
    free = shutil.disk_usage(folder).free
    if wanted > free:
        raise WriteError(
            f"{folder}: has {free:,} bytes of room, and what is to come has {wanted:,}: give a folder on a larger "
            "disk with --to"
        )


def _size(job: _Job) -> int:
    return 0 if job.file.entry is None else job.file.entry.bytes


def _put_records(found: Published, folder: Path) -> None:
    records = {"entry": found.entry, "schema": found.schema_record, "label": found.label}
    kept = KeptRecords()
    for name, record in records.items():
        if record is not None:
            folder.mkdir(exist_ok=True)
            put(folder / f"{name}.json", _text(record).encode())
            proof = kept.proof(parse_at_uri(record.uri), record.cid)
            if proof is not None:
                put(folder / f"{name}.car", proof)


def _text(record: VerifiedRecord) -> str:
    content = {
        "uri": record.uri,
        "cid": record.cid,
        "rev": record.commit.rev,
        "level": str(record.level),
        "value": to_json(record.value),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _fetched(job: _Job, count: Count) -> ShardEntry | None:
    """A shard in its place, as a description lists it; `None` where its samples are several files each."""
    sha256 = _digest_of(job.path, count) if job.path.exists() else None
    if sha256 is None or job.file.digest not in (None, sha256) or not _has_size(job):
        sha256 = _fetch(job, count)
    plain = ShardFile(job.path)
    if job.file.grouped or (job.file.entry is None and is_grouped(plain)):
        return None
    size = job.path.stat().st_size
    samples = (
        len(index_of(plain).keys) if is_packed(job.path) else build(job.path, digests=True).count
    )
    said = job.file.entry
    if said is not None and samples != said.samples:
        raise ShardError(
            f"holds {samples} samples, where its record says {said.samples}", str(job.file.place)
        )
    return ShardEntry(job.path.name, size, samples, sha256)


def _has_size(job: _Job) -> bool:
    return job.file.entry is None or job.path.stat().st_size == job.file.entry.bytes


def _digest_of(path: Path, count: Count) -> str:
    digest = hashlib.sha256()
    _hash(path, digest, count)
    return digest.hexdigest()


def _hash(path: Path, digest: Any, count: Count) -> None:
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            digest.update(data)
            count(len(data))


def _fetch(job: _Job, count: Count) -> str:
    """Fetch a shard, going on where an earlier pull stopped; its digest."""
    part = part_of(job.path)
    sha256: str | None = None
    # Without a digest nobody could tell that the rest is of the same file.
    if job.file.digest is not None and part.exists():
        sha256 = _written(job, part, count, part.stat().st_size)
    if sha256 is None or sha256 != job.file.digest:
        part.unlink(missing_ok=True)
        sha256 = _written(job, part, count, 0)
    if job.file.digest not in (None, sha256):
        part.unlink()
        raise ShardError(
            f"its sha-256 is {sha256}, where its record says {job.file.digest}: it was damaged or replaced",
            str(job.file.place),
        )
    part.replace(job.path)
    return sha256


def _written(job: _Job, part: Path, count: Count, begin: int) -> str:
    digest = hashlib.sha256()
    if begin:
        _hash(part, digest, count)
    stop = _size(job) or None
    most = stop or shutil.disk_usage(part.parent).free // 2
    at = begin
    with part.open("ab") as file:
        if stop is None or at < stop:
            for chunk in open_source(job.file.place).chunks(at, stop):
                at += len(chunk)
                if at > most:
                    raise ShardError(
                        f"does not end after {most:,} bytes, half of the room that the disk has",
                        str(job.file.place),
                    )
                file.write(chunk)
                digest.update(chunk)
                count(len(chunk))
        file.flush()
        os.fsync(file.fileno())
    if stop is not None and at != stop:
        raise ShardError(f"has {at} bytes, where its record says {stop}", str(job.file.place))
    return digest.hexdigest()
