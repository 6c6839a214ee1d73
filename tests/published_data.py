"""Datasets published for tests: records as our own code writes them, on a real server or a forged one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray

import atdata
from atdata.atmosphere import Atmosphere
from atdata.atmosphere.records.collections import ENTRY, LABEL, SCHEMA, new_tid, schema_rkey
from atdata.atmosphere.records.dataset import PublishedDataset, dataset_to_record
from atdata.atmosphere.records.label import PublishedLabel, label_to_record
from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.schema import PublishedSchema, schema_to_record
from atdata.atmosphere.records.shards import BlobPlace, HttpPlace, PublishedShard
from atdata_schema.data.links import cid_text
from atdata_schema.schema import Schema
from servers.forged_pds import ForgedPds

__all__ = [
    "COUNT",
    "CREATED",
    "Desk",
    "ForgedDesk",
    "Large",
    "Local",
    "RealDesk",
    "Word",
    "blob_cid",
    "blob_shards",
    "http_shards",
    "large",
    "local",
    "publish",
]

CREATED = "2026-01-31T12:00:00.000Z"
COUNT = 40
"""Samples that have some 4.8 MB in all: several blocks of 1 MiB."""


@atdata.packable(nsid="org.example.publishedLarge")
class Large:
    pixels: Annotated[NDArray[np.uint8], atdata.Shape(300, 400)]
    number: int


@atdata.packable(nsid="org.example.publishedWord")
class Word:
    text: str


def large(folder: Path, count: int = COUNT, **options: Any) -> atdata.Dataset[Large]:
    """A dataset of samples of 120 kB, in `data.tar` of a folder."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (count, 300, 400)).astype(np.uint8)
    samples = (Large(pixels=item, number=number) for number, item in enumerate(pixels))
    return atdata.write_samples(samples, folder / "data.tar", **options)


class Desk(Protocol):
    """Where records are published."""

    def put(self, path: str, record: Mapping[str, Any]) -> StrongRef:
        """Publish a record."""
        ...

    def blob(self, data: bytes, mime_type: str) -> BlobPlace:
        """Upload a blob."""
        ...


class RealDesk:
    """The server of an account that is logged in."""

    def __init__(self, atmosphere: Atmosphere) -> None:
        self._own = atmosphere.own()
        self._did = atmosphere.did

    def put(self, path: str, record: Mapping[str, Any]) -> StrongRef:
        """Publish a record; one of the same key is replaced."""
        collection, rkey = path.split("/")
        body = {"repo": self._did, "collection": collection, "rkey": rkey, "record": dict(record)}
        made = self._own.call("com.atproto.repo.putRecord", {**body, "validate": False})
        return StrongRef(made["uri"], made["cid"])

    def blob(self, data: bytes, mime_type: str) -> BlobPlace:
        """Upload a blob."""
        import io

        method = "com.atproto.repo.uploadBlob"
        made = self._own.upload(method, io.BytesIO(data), len(data), mime_type)["blob"]
        return BlobPlace(made["ref"]["$link"], made["size"], made["mimeType"])


class ForgedDesk:
    """A server that any answer may be forged of."""

    def __init__(self, server: ForgedPds) -> None:
        self._server = server

    def put(self, path: str, record: Mapping[str, Any]) -> StrongRef:
        """Publish a record."""
        return StrongRef(self._server.put(path, record), self._server.cid(path))

    def blob(self, data: bytes, mime_type: str) -> BlobPlace:
        """Upload a blob."""
        cid = blob_cid(data)
        self._server.blobs[cid] = data
        return BlobPlace(cid, len(data), mime_type)


def blob_cid(data: bytes) -> str:
    """The CID of a blob."""
    return cid_text(b"\x01\x55\x12\x20" + hashlib.sha256(data).digest())


@dataclass(frozen=True)
class Local:
    """A dataset on the disk.

    Attributes:
        folder: its folder.
        schema: its type.
        shards: of each split, what its `dataset.json` says of each shard.
    """

    folder: Path
    schema: Schema
    shards: Mapping[str, Sequence[Mapping[str, Any]]]


def local(dataset: atdata.Dataset[Any]) -> Local:
    """A dataset that was written."""
    folder = Path(dataset.shards[0]).parent
    (path,) = folder.glob("*.dataset.json")
    said = json.loads(path.read_bytes())
    return Local(folder, dataset.schema, said["splits"])


def http_shards(data: Local, url: str, split: str = "train") -> tuple[PublishedShard, ...]:
    """Shards at an address that ends in a slash."""
    return tuple(
        PublishedShard(
            HttpPlace(f"{url}{item['file']}"),
            item["sha256"],
            item["bytes"],
            item["samples"],
            item["index"],
        )
        for item in data.shards[split]
    )


def blob_shards(
    desk: Desk, data: Local, split: str = "train", *, index: bool = True
) -> tuple[PublishedShard, ...]:
    """Shards uploaded as blobs, with their indexes or without."""
    found: list[PublishedShard] = []
    for item in data.shards[split]:
        place = desk.blob((data.folder / item["file"]).read_bytes(), "application/x-tar")
        shard = PublishedShard(place, item["sha256"], item["bytes"], item["samples"])
        if index:
            content = (data.folder / f"{item['file']}.idx").read_bytes()
            blob = desk.blob(content, "application/octet-stream")
            shard = replace(shard, index=item["index"], index_blob=blob)
        found.append(shard)
    return tuple(found)


def publish(
    desk: Desk,
    name: str,
    schema: Schema,
    splits: Mapping[str, Sequence[PublishedShard]],
    *,
    version: str | None = "1.0.0",
    label: bool = True,
    change: Mapping[str, Any] | None = None,
    **more: Any,
) -> StrongRef:
    """Publish a dataset: its type, its entry and its label; the entry.

    Args:
        desk: where.
        name: its name.
        schema: its type.
        splits: its shards.
        version: its version, and that of its type.
        label: whether it gets a label.
        change: what is another thing in the record than our code would write.
        more: more of `PublishedDataset`.
    """
    typed = PublishedSchema("Sample", version or "1.0.0", schema, CREATED)
    path = f"{SCHEMA}/{schema_rkey(schema.id, version or '1.0.0')}"
    ref = desk.put(path, schema_to_record(typed))
    dataset = PublishedDataset(
        name,
        ref.uri,
        {split: tuple(shards) for split, shards in splits.items()},
        CREATED,
        schema=ref,
        version=version,
        **more,
    )
    record = {**dataset_to_record(dataset, local=True), **(change or {})}
    entry = desk.put(f"{ENTRY}/{new_tid()}", record)
    if label:
        said = PublishedLabel(name, entry.uri, CREATED, version)
        desk.put(f"{LABEL}/{new_tid()}", label_to_record(said))
    return entry
