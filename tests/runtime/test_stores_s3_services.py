"""Services that are none, know less, or say what they will: what is said, and what is done all the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from atdata.errors import StoreError
from atdata.remote.s3_access import client
from atdata.stores.layout import MARKER, shard_key
from atdata.stores.s3 import S3DataStore
from servers.faulty_proxy import (
    Answer,
    Corrupt,
    Drop,
    FaultyProxy,
    Request,
    faulty_proxy,
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


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (DENIED, r"access was denied: check the credentials .* \(HTTP 403"),
        (SLOW_DOWN, "the service asked to slow down, and did so after every wait: try again later"),
        (Drop(), "http://127.0.0.1:[0-9]+ cannot be reached or broke off"),
        (Answer(403, "ExpiredToken"), "the credentials have expired|access was denied"),
        (
            Answer(403, "RequestTimeTooSkewed"),
            "the clock of this machine is wrong|access was denied",
        ),
    ],
)
def test_every_call_says_what_is_wrong(
    store: S3DataStore, proxy: FaultyProxy, small: Path, fault: Answer | Drop, said: str
) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.put(key_of(SMALL), small),
        lambda: store.put_bytes(key_of(SMALL), SMALL),
        lambda: store.get_bytes("shards/first.tar"),
        lambda: store.find("shards/first.tar"),
        lambda: keys(store),
        lambda: store.delete(["shards/first.tar"]),
        lambda: store.sweep([], 0.0),
        store.keeps_conditions,
    ]
    for call in calls:
        proxy.fail(fault, times=100)
        with pytest.raises(StoreError, match=said) as raised:
            call()
        assert f"s3://{store.bucket}" in str(raised.value)
        proxy.heal()
    assert keys(store) == ["shards/first.tar"]
    assert store.put(key_of(SMALL), small) is True


def test_one_of_many_that_cannot_be_deleted_is_named(
    store: S3DataStore, proxy: FaultyProxy
) -> None:
    said = "<Error><Key>p/shards/first.tar</Key><Code>AccessDenied</Code></Error>"
    proxy.fail(Answer(200, "", f"<DeleteResult>{said}{said}</DeleteResult>"), "DeleteObjects")
    with pytest.raises(
        StoreError, match=r"first\.tar: cannot be deleted \(AccessDenied\), nor can 1 others"
    ):
        store.delete(["shards/first.tar"])


@pytest.mark.parametrize("status", [200, 404, 405, 502])
@pytest.mark.parametrize("text", ["<html><body>It works!", "{}", "<x/>", "\x00\xff"])
def test_what_is_no_s3_service_is_said_to_be_none(
    store: S3DataStore, proxy: FaultyProxy, small: Path, status: int, text: str
) -> None:
    """A page of a web server, of a proxy or of a hotel."""
    calls: list[Callable[[], object]] = [
        lambda: store.put(key_of(SMALL), small),
        lambda: store.put_bytes(key_of(SMALL), SMALL),
        lambda: store.find(key_of(SMALL)),
        lambda: keys(store),
        lambda: store.delete(["shards/first.tar"]),
        lambda: store.sweep([], 0.0),
    ]
    for call in calls:
        proxy.fail(Answer(status, "", text), times=100)
        try:
            assert call() in (None, 0, [])  # an answer may happen to say that there is nothing
        except StoreError as error:
            said = str(error)
            assert f"s3://{store.bucket}" in said
            assert text not in said
        proxy.heal()
    assert keys(store) == ["shards/first.tar"]


def old_service(proxy: FaultyProxy, status: int, code: str, *headers: str) -> None:
    """Refuse what has one of these headers, as services do that do not know them."""

    def has_one(request: Request) -> bool:
        return any(name in request.headers for name in headers)

    proxy.fail(Answer(status, code), times=10_000, when=has_one)


@pytest.mark.parametrize(
    ("status", "code"), [(501, "NotImplemented"), (400, "InvalidArgument"), (400, "InvalidRequest")]
)
@pytest.mark.parametrize(
    "headers",
    [
        ("x-amz-checksum-sha256", "x-amz-checksum-algorithm"),
        ("if-none-match",),
        ("x-amz-checksum-sha256", "x-amz-checksum-algorithm", "if-none-match"),
    ],
)
def test_a_service_that_knows_less_is_asked_in_older_words(
    store: S3DataStore,
    direct: S3DataStore,
    proxy: FaultyProxy,
    large: Path,
    small: Path,
    status: int,
    code: str,
    headers: tuple[str, ...],
) -> None:
    old_service(proxy, status, code, *headers)
    assert put_large(store, large) is True
    assert put_large(store, large) is False
    assert store.put(key_of(SMALL), small) is True
    assert store.put_bytes(key_of(SMALL), b"other") is False
    assert direct.get_bytes(key_of(LARGE)) == LARGE
    assert direct.get_bytes(key_of(SMALL)) == SMALL


def test_what_an_old_service_refuses_otherwise_is_refused(
    store: S3DataStore, proxy: FaultyProxy
) -> None:
    proxy.fail(Answer(400, "InvalidArgument"), "PutObject", times=100)
    with pytest.raises(StoreError, match="InvalidArgument"):
        store.put_bytes(key_of(SMALL), SMALL)


def test_a_service_that_deletes_one_by_one(store: S3DataStore, proxy: FaultyProxy) -> None:
    names = [f"shards/{number}.tar" for number in range(20)]
    for name in names:
        store.put_bytes(name, b"")
    proxy.fail(Answer(501, "NotImplemented"), "DeleteObjects", times=9)
    store.delete(names)
    assert keys(store) == ["shards/first.tar"]
    assert proxy.count("DeleteObject") == 20


def test_a_service_without_checks_is_checked_by_us(s3_moto: S3Server, large: Path) -> None:
    """moto takes whatever arrives: what it says that it stored is held against what was sent."""
    with faulty_proxy(s3_moto.endpoint) as proxy:
        store = s3_moto.store(endpoint_url=proxy.endpoint)
        proxy.fail(Corrupt(), "UploadPart")
        assert put_large(store, large) is True
        assert store.get_bytes(key_of(LARGE)) == LARGE
        proxy.fail(Corrupt(), "PutObject")
        assert store.put_bytes(key_of(SMALL), SMALL) is True
        assert store.get_bytes(key_of(SMALL)) == SMALL
        proxy.fail(Corrupt(), "PutObject", times=100)
        with pytest.raises(StoreError, match="the service stored something else than was sent"):
            store.put_bytes("shards/x.tar", SMALL)


def test_a_later_layout_is_left_alone(direct: S3DataStore, small: Path) -> None:
    client(direct.access).put_object(
        Bucket=direct.bucket, Key=f"p/{MARKER}", Body=b'{"format": 2, "kind": "atdata store"}'
    )
    for call in (
        lambda: direct.put(key_of(SMALL), small),
        lambda: direct.put_bytes(key_of(SMALL), SMALL),
        lambda: direct.delete([key_of(SMALL)]),
        lambda: direct.sweep([], 0.0),
    ):
        with pytest.raises(StoreError, match="the store has format 2"):
            call()
