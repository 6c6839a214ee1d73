"""A store in S3 whose service denies, throttles or loses, or whose network breaks: said clearly, and repaired by the same call."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.retries.standard
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
    Lose,
    Request,
    Shorten,
    faulty_proxy,
)
from servers.s3_server import S3Server

MIB = 1 << 20
LARGE = np.arange(17 * MIB // 8 + 3, dtype="<u8").tobytes()
PARTS = 4  # of 5 MiB
SMALL = b"the bytes of a shard"
SLOW_DOWN = Answer(503, "SlowDown")
DENIED = Answer(403, "AccessDenied")


def key_of(content: bytes) -> str:
    return shard_key(hashlib.sha256(content).hexdigest())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tries, and short waits between; how long one waits proves nothing."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    waits = vars(botocore.retries.standard.ExponentialBackoff).get("_DEFAULT_BACKOFF_CONFIG", {})
    monkeypatch.setitem(waits, "throttling_base_scale", 0.01)


@pytest.fixture(scope="module")
def way(s3_rgw: S3Server) -> Iterator[FaultyProxy]:
    """One for all tests, so that they share a client, which takes long to make."""
    with faulty_proxy(s3_rgw.endpoint) as proxy:
        yield proxy


@pytest.fixture
def proxy(way: FaultyProxy) -> FaultyProxy:
    way.heal()
    return way


@pytest.fixture
def direct(s3_rgw: S3Server, tmp_path: Path) -> S3DataStore:
    return store_on(s3_rgw, s3_rgw.endpoint, s3_rgw.new_bucket(), tmp_path)


@pytest.fixture
def store(s3_rgw: S3Server, proxy: FaultyProxy, direct: S3DataStore, tmp_path: Path) -> S3DataStore:
    """The same store by way of the proxy, which has done something already."""
    store = store_on(s3_rgw, proxy.endpoint, direct.bucket, tmp_path)
    store.put_bytes("shards/first.tar", b"first")
    proxy.heal()
    return store


def store_on(server: S3Server, endpoint: str, bucket: str, folder: Path) -> S3DataStore:
    return S3DataStore(
        bucket,
        "p",
        endpoint,
        region="us-east-1",
        access_key=server.access_key,
        secret_key=server.secret_key,
        part_size="5MiB",
        parallel=2,
        staging=folder / "staging",
    )


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
    wider = S3DataStore(
        direct.bucket,
        "p",
        s3_rgw.endpoint,
        region="us-east-1",
        access_key=s3_rgw.access_key,
        secret_key=s3_rgw.secret_key,
        part_size="6MiB",
    )
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


def test_a_service_without_checks_is_checked_by_us(
    s3_moto: S3Server, tmp_path: Path, large: Path
) -> None:
    """moto takes whatever arrives: what it says that it stored is held against what was sent."""
    with faulty_proxy(s3_moto.endpoint) as proxy:
        store = store_on(s3_moto, proxy.endpoint, s3_moto.new_bucket(), tmp_path)
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
