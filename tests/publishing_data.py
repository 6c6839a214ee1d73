"""Datasets to publish, and what is there of them afterwards, asked by none of our own code."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import urllib3
from numpy.typing import NDArray

import atdata
from atdata.atmosphere import Atmosphere
from atdata.index.index import Index
from atdata.remote.s3_access import client
from atdata.stores.s3 import S3DataStore
from servers.pds import Account, PdsServer
from servers.s3_server import S3Server

__all__ = [
    "ENTRY",
    "LABEL",
    "LENS",
    "SCHEMA",
    "Digit",
    "blob_of",
    "commits",
    "digits",
    "index_of",
    "listed",
    "members",
    "public_store",
    "record_at",
]

ENTRY = "science.alt.dataset.entry"
LABEL = "science.alt.dataset.label"
SCHEMA = "science.alt.dataset.schema"
LENS = "dev.atdata.lens"


@atdata.packable(nsid="org.example.publishing.digit")
class Digit:
    """A digit that somebody wrote."""

    image: NDArray[np.uint8]
    label: int


def digits(count: int, size: int = 64, first: int = 0) -> Iterator[Digit]:
    """Digits of some bytes each, no two alike."""
    for number in range(first, first + count):
        pixels = np.random.default_rng(number).integers(0, 256, size, np.uint8)
        yield Digit(image=pixels, label=number % 10)


def index_of(folder: Path, atmosphere: Atmosphere | None = None) -> Index:
    """An Index all of whose files lie in a folder."""
    return Index(folder / "index.db", folder / "data", atmosphere)


def listed(pds: PdsServer, account: Account, collection: str) -> dict[str, dict[str, Any]]:
    """The records of a collection by their AT-URIs, as the server gives them to anybody."""
    answer = pds.get(
        "com.atproto.repo.listRecords", repo=account.did, collection=collection, limit="100"
    )
    return {item["uri"]: item["value"] for item in answer["records"]}


def record_at(pds: PdsServer, uri: str) -> dict[str, Any]:
    """The value of a record."""
    did, collection, rkey = uri.removeprefix("at://").split("/")
    found = pds.get("com.atproto.repo.getRecord", repo=did, collection=collection, rkey=rkey)
    value: dict[str, Any] = found["value"]
    return value


def blob_of(pds: PdsServer, account: Account, blob: dict[str, Any]) -> bytes:
    """The bytes of a blob that a record names, held against its CID."""
    cid = blob["ref"]["$link"]
    query = urlencode({"did": account.did, "cid": cid})
    reply = urllib3.request(
        "GET", f"{pds.url}/xrpc/com.atproto.sync.getBlob?{query}", redirect=False, timeout=60
    )
    assert reply.status == 200, reply.data[:200]
    assert len(reply.data) == blob["size"]
    return reply.data


def commits(pds: PdsServer, account: Account) -> str:
    """The revision of the account's repository: another one after each commit."""
    rev: str = pds.get("com.atproto.sync.getLatestCommit", did=account.did)["rev"]
    return rev


def members(data: bytes) -> list[tuple[str, str]]:
    """Name and digest of each member of an archive, in order, as `tarfile` reads it."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        found: list[tuple[str, str]] = []
        for item in tar:
            file = tar.extractfile(item)
            assert file is not None
            found.append((item.name, hashlib.sha256(file.read()).hexdigest()))
        return found


def public_store(server: S3Server) -> S3DataStore:
    """A store that everybody can read."""
    store = server.store(prefix="atdata")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{store.bucket}/*",
            }
        ],
    }
    client(server.access).put_bucket_policy(Bucket=store.bucket, Policy=json.dumps(policy))
    return store
