"""A store in S3 whose service denies, throttles or loses, or whose network breaks: said clearly, and repaired by the same call."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from atdata.errors import StoreError
from atdata.remote.s3_access import client
from atdata.stores.layout import shard_key
from atdata.stores.s3 import S3DataStore
from servers.faulty_proxy import (
    Answer,
    Corrupt,
    Drop,
    FaultyProxy,
    Lose,
    Shorten,
)
from servers.s3_faulty import FaultyS3
from servers.s3_server import S3Server

MIB = 1 << 20
LARGE = np.arange(17 * MIB // 8 + 3, dtype="<u8").tobytes()
PARTS = 4  # of 5 MiB
SMALL = b"the bytes of a shard"
SLOW_DOWN = Answer(503, "SlowDown")
DENIED = Answer(403, "AccessDenied")


def key_of(content: bytes) -> str:
    return shard_key(hashlib.sha256(content).hexdigest())


@pytest.fixture
def proxy(faulty_s3: FaultyS3) -> FaultyProxy:
    return faulty_s3.proxy


@pytest.fixture
def store(faulty_s3: FaultyS3) -> S3DataStore:
    return faulty_s3.store


@pytest.fixture
def direct(faulty_s3: FaultyS3) -> S3DataStore:
    return faulty_s3.direct


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.tar"
    path.write_bytes(LARGE)
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.tar"
    path.write_bytes(SMALL)
    return path


def put_large(store: S3DataStore, large: Path, sent: list[int] | None = None) -> bool:
    digest = hashlib.sha256(LARGE).hexdigest()
    progress = None if sent is None else sent.append
    return store.put(key_of(LARGE), large, sha256=digest, progress=progress)


def keys(store: S3DataStore) -> list[str]:
    return [file.key for file in store.list()]


def uploads(store: S3DataStore) -> int:
    answer = client(store.access).list_multipart_uploads(Bucket=store.bucket)
    return len(answer.get("Uploads", []))


@pytest.mark.parametrize(
    ("fault", "operation"),
    [
        (Drop(), "HeadObject"),
        (Drop(), "CreateMultipartUpload"),
        (Drop(3 * MIB), "UploadPart"),
        (Drop(), "CompleteMultipartUpload"),
        (SLOW_DOWN, "UploadPart"),
        (SLOW_DOWN, "CreateMultipartUpload"),
        (Answer(500, "InternalError"), "CompleteMultipartUpload"),
        (Answer(429, "TooManyRequests"), "HeadObject"),
        (Corrupt(), "UploadPart"),
        (Lose(), "CreateMultipartUpload"),
        (Lose(), "UploadPart"),
        (Lose(), "CompleteMultipartUpload"),
    ],
)
def test_what_breaks_once_is_done_again(
    store: S3DataStore,
    direct: S3DataStore,
    proxy: FaultyProxy,
    large: Path,
    fault: Answer | Drop | Corrupt | Lose,
    operation: str,
) -> None:
    proxy.fail(fault, operation)
    assert put_large(store, large) is True
    assert proxy.count(operation) >= 2
    assert direct.get_bytes(key_of(LARGE)) == LARGE


@pytest.mark.parametrize("fault", [Drop(), Lose(), SLOW_DOWN, Corrupt()])
def test_a_small_file_that_breaks_once_is_put_again(
    store: S3DataStore, direct: S3DataStore, proxy: FaultyProxy, fault: Drop | Lose | Answer
) -> None:
    """Also where the answer was lost, so that the second try finds the key taken: by the first one."""
    proxy.fail(fault, "PutObject")
    assert store.put_bytes(key_of(SMALL), SMALL) is True
    assert proxy.count("PutObject") == 2
    assert store.put_bytes(key_of(SMALL), SMALL) is False
    assert direct.get_bytes(key_of(SMALL)) == SMALL


def test_reading_and_deleting_go_on_after_a_break(store: S3DataStore, proxy: FaultyProxy) -> None:
    store.put_bytes(key_of(SMALL), SMALL)
    calls: dict[str, Callable[[], object]] = {
        "GetObject": lambda: store.get_bytes(key_of(SMALL)) == SMALL,
        "HeadObject": lambda: store.find(key_of(SMALL)),
        "ListObjectsV2": lambda: len(keys(store)) == 2,
    }
    for operation, call in calls.items():
        for fault in (Drop(), SLOW_DOWN, Lose()):
            proxy.fail(fault, operation)
            assert call()
    proxy.fail(Shorten(), "GetObject", times=2)
    assert store.get_bytes(key_of(SMALL)) == SMALL
    proxy.fail(Lose(), "DeleteObjects")
    store.delete([key_of(SMALL)])
    assert keys(store) == ["shards/first.tar"]


@pytest.mark.parametrize("operation", ["UploadPart", "CompleteMultipartUpload"])
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Drop(), "cannot be reached or broke off"),
        (SLOW_DOWN, "the service asked to slow down"),
        (DENIED, "access was denied: check the credentials"),
        (Answer(500, "InternalError"), "the service failed at this: try again later"),
    ],
)
def test_an_upload_that_cannot_end_is_seen_by_nobody_and_goes_on(
    store: S3DataStore,
    direct: S3DataStore,
    proxy: FaultyProxy,
    large: Path,
    fault: Drop | Answer,
    said: str,
    operation: str,
) -> None:
    passed = 2 if operation == "UploadPart" else 0
    proxy.fail(fault, operation, times=100, after=passed)
    with pytest.raises(StoreError, match=said) as raised:
        put_large(store, large)
    assert f"s3://{store.bucket}/p/{key_of(LARGE)}" in str(raised.value)
    assert keys(direct) == ["shards/first.tar"]
    assert large.exists()
    proxy.heal()
    sent: list[int] = []
    assert put_large(store, large, sent) is True
    arrived = 2 if operation == "UploadPart" else PARTS
    assert proxy.count("UploadPart") == PARTS - arrived
    assert sum(sent) == proxy.sent("UploadPart")
    assert direct.get_bytes(key_of(LARGE)) == LARGE
    assert uploads(direct) == 0


def test_parts_of_another_file_are_not_gone_on_with(
    store: S3DataStore, direct: S3DataStore, proxy: FaultyProxy, large: Path
) -> None:
    proxy.fail(DENIED, "CompleteMultipartUpload", times=9)
    with pytest.raises(StoreError):
        put_large(store, large)
    proxy.heal()
    other = b"X" + LARGE[1:]
    large.write_bytes(other)
    assert store.put(key_of(LARGE), large) is True
    assert proxy.count("UploadPart") == PARTS
    assert direct.get_bytes(key_of(LARGE)) == other


def test_a_file_that_begins_alike_is_put_as_what_it_is(
    store: S3DataStore, direct: S3DataStore, proxy: FaultyProxy, large: Path
) -> None:
    proxy.fail(DENIED, "CompleteMultipartUpload", times=9)
    with pytest.raises(StoreError):
        put_large(store, large)
    proxy.heal()
    other = LARGE[:-1] + b"X"
    large.write_bytes(other)
    assert store.put(key_of(LARGE), large) is True
    assert (
        direct.get_bytes(key_of(LARGE)) == other
    )  # which holds it against the digest in its metadata


def test_parts_of_another_size_are_not_gone_on_with(
    s3_rgw: S3Server, store: S3DataStore, direct: S3DataStore, proxy: FaultyProxy, large: Path
) -> None:
    proxy.fail(DENIED, "CompleteMultipartUpload", times=9)
    with pytest.raises(StoreError):
        put_large(store, large)
    wider = s3_rgw.store(direct.bucket, "p", part_size="6MiB")
    assert put_large(wider, large) is True
    assert direct.get_bytes(key_of(LARGE)) == LARGE


def test_who_may_not_list_uploads_begins_anew(
    store: S3DataStore, direct: S3DataStore, proxy: FaultyProxy, large: Path
) -> None:
    proxy.fail(DENIED, "ListMultipartUploads", times=9)
    assert put_large(store, large) is True
    assert direct.get_bytes(key_of(LARGE)) == LARGE


def test_an_upload_that_is_swept_is_begun_anew(
    store: S3DataStore, direct: S3DataStore, large: Path
) -> None:
    """By another machine's collection, while it goes on."""
    swept: list[int] = []

    def sweep(count: int) -> None:
        if not swept:
            swept.append(direct.sweep([], older_than=0.0))

    digest = hashlib.sha256(LARGE).hexdigest()
    assert store.put(key_of(LARGE), large, sha256=digest, progress=sweep) is True
    assert swept[0] >= 5 * MIB
    assert direct.get_bytes(key_of(LARGE)) == LARGE
    assert uploads(direct) == 0


def test_a_file_that_changes_while_it_is_sent_is_not_put(
    store: S3DataStore, direct: S3DataStore, large: Path
) -> None:
    def change(count: int) -> None:
        with large.open("r+b") as file:
            file.seek(-1, 2)
            file.write(b"X")

    digest = hashlib.sha256(LARGE).hexdigest()
    with pytest.raises(StoreError, match="the file was changed since its digest was made"):
        store.put(key_of(LARGE), large, sha256=digest, progress=change)
    assert keys(direct) == ["shards/first.tar"]
    assert uploads(direct) == 0


def test_an_object_that_is_lost_is_missed(
    store: S3DataStore, direct: S3DataStore, proxy: FaultyProxy, large: Path
) -> None:
    proxy.fail(Answer(404, "NotFound"), "HeadObject", after=1, times=9)
    with pytest.raises(
        StoreError, match="said that it stored the object, and lost it: put it again"
    ):
        put_large(store, large)
    proxy.heal()
    assert put_large(store, large) is False
    direct.delete([key_of(LARGE)])
    assert store.get_bytes(key_of(LARGE)) is None
    assert store.find(key_of(LARGE)) is None
    assert put_large(store, large) is True


def test_an_object_that_is_damaged_is_noticed(
    store: S3DataStore, direct: S3DataStore, small: Path
) -> None:
    digest = hashlib.sha256(SMALL).hexdigest()
    client(direct.access).put_object(
        Bucket=direct.bucket,
        Key=f"p/{key_of(SMALL)}",
        Body=b"X" + SMALL[1:],
        Metadata={"sha256": digest},
    )
    with pytest.raises(StoreError, match="the object is damaged: its sha-256 is not"):
        store.get_bytes(key_of(SMALL))
