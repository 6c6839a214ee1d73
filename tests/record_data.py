"""Records for tests: those in `tests/data/records`, changed in one place, and datasets to be published."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from atdata.atmosphere.records.dataset import PublishedDataset
from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.shards import BlobPlace, HttpPlace, Place, PublishedShard, S3Place
from atdata_schema.data import cid_of_bytes

__all__ = [
    "CREATED",
    "DID",
    "SCHEMA_REF",
    "WHERE",
    "blob",
    "changed",
    "dataset",
    "http",
    "parts",
    "record",
    "s3",
    "shard",
    "spots",
]

FOLDER = Path(__file__).resolve().parent / "data" / "records"
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
WHERE = f"at://{DID}/science.alt.dataset.entry/3kabc2defgh2a"
CREATED = "2026-02-26T00:00:00.000Z"
SCHEMA_REF = StrongRef(
    f"at://{DID}/science.alt.dataset.schema/org.example.digit:1.0.0",
    "bafyreih7f2i7u6hhzo5xbbdlzo2vlx7b3tk5cgxpkgxyvjrffjr4qsvsya",
)


def record(name: str) -> dict[str, Any]:
    """A record of `tests/data/records`."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def changed(value: Any, *steps: str | int, to: Any = ...) -> Any:
    """A copy with one place changed, or taken out where nothing is to stand there."""
    made = copy.deepcopy(value)
    inner = made
    for step in steps[:-1]:
        inner = inner[step]
    if to is ...:
        del inner[steps[-1]]
    else:
        inner[steps[-1]] = to
    return made


def spots(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The steps to every place of a value."""
    if at:
        yield at
    for step, item in parts(value):
        yield from spots(item, (*at, step))


def parts(value: Any) -> list[tuple[str | int, Any]]:
    """What a list or an object holds, with the step to each."""
    if isinstance(value, dict):
        return [*cast("dict[str, Any]", value).items()]
    return [*enumerate(cast("Iterable[Any]", value))] if isinstance(value, list) else []


def http(number: int = 0) -> HttpPlace:
    """A place on a web server."""
    return HttpPlace(f"https://data.example.org/digits/train-{number:06d}.tar")


def s3(number: int = 0) -> S3Place:
    """An object of a bucket."""
    return S3Place("digits", f"train-{number:06d}.tar", "https://s3.example.org", "eu-central-1")


def blob(number: int = 0, size: int = 10_240) -> BlobPlace:
    """A blob that a server has."""
    return BlobPlace(cid_of_bytes(b"%d" % number), size, "application/x-tar")


def shard(place: Place, number: int = 0, **more: Any) -> PublishedShard:
    """A shard of which all is known."""
    sha256 = hashlib.sha256(b"%d" % number).hexdigest()
    known: dict[str, Any] = {
        "sha256": sha256,
        "bytes": 10_240,
        "samples": 10,
        "index": sha256,
        **more,
    }
    return PublishedShard(place, **known)


def dataset(*shards: PublishedShard, **more: Any) -> PublishedDataset:
    """A dataset that can be published."""
    known: dict[str, Any] = {
        "name": "digits",
        "schema_uri": SCHEMA_REF.uri,
        "schema": SCHEMA_REF,
        "version": "1.0.0",
        "created": CREATED,
        "splits": {"train": shards},
        **more,
    }
    return PublishedDataset(**known)
