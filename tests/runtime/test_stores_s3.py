"""The store in S3: names, what others keep in its bucket, and keys that nobody sees."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.errors import StoreError
from atdata.remote.s3_access import client
from atdata.stores.disk import LocalDiskStore
from atdata.stores.layout import MARKER, shard_key
from atdata.stores.opening import open_store
from atdata.stores.s3 import S3DataStore
from atdata.stores.s3_parts import Plan
from servers.s3_server import S3Server

MIB = 1 << 20
SECRET = "a-secret-that-nobody-sees"
TOKEN = "a-token-that-nobody-sees"
CONTENT = b"the bytes of a shard"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
KEY = shard_key(DIGEST)


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "home"))


@pytest.fixture
def store(s3_rgw: S3Server) -> S3DataStore:
    return s3_rgw.store()


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    path = tmp_path / "data.tar"
    path.write_bytes(CONTENT)
    return path


def calls_of(store: S3DataStore, shard: Path) -> list[Callable[[], object]]:
    """Everything that asks the service."""
    return [
        lambda: store.put(KEY, shard),
        lambda: store.put_bytes(KEY, CONTENT),
        lambda: store.get_bytes(KEY),
        lambda: store.find(KEY),
        lambda: list(store.list()),
        lambda: store.delete([KEY]),
        lambda: store.sweep([], 0.0),
    ]


# Names and addresses.


def test_a_store_is_found_again_by_its_url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    stores = {
        "s3://bucket": S3DataStore("bucket"),
        "s3://bucket/a/b": S3DataStore("bucket", "/a/b/"),
        "s3://bucket/a?endpoint=https://s3.example.org:9000": S3DataStore(
            "bucket", "a", "https://S3.example.org:9000/"
        ),
        "s3://bucket?endpoint=http://[::1]:9000&region=fr-par": S3DataStore(
            "bucket", "", "http://[::1]:9000", region="fr-par", access_key="A", secret_key=SECRET
        ),
    }
    for url, store in stores.items():
        assert store.url == url
        assert open_store(url).url == url
    disk = LocalDiskStore(tmp_path / "a store é")
    assert open_store(disk.url).url == disk.url
    assert open_store(str(disk.root)).url == disk.url
    opened = open_store("s3://bucket?endpoint=http://[::1]:9000", anonymous=True)
    assert isinstance(opened, S3DataStore)
    assert opened.access.anonymous


def test_the_endpoint_of_the_environment_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://all.example.org")
    assert S3DataStore("bucket").url == "s3://bucket?endpoint=https://all.example.org"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.example.org")
    assert S3DataStore("bucket").url == "s3://bucket?endpoint=https://s3.example.org"
    assert open_store("s3://bucket").url == "s3://bucket?endpoint=https://s3.example.org"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert S3DataStore("bucket").url == "s3://bucket"


@pytest.mark.parametrize(
    "url",
    [
        "https://host/bucket",
        "s3://",
        "s3://b",
        f"s3://AKID:{SECRET}@bucket/prefix",
        f"s3://bucket/prefix?secret_key={SECRET}",
        "s3://bucket?endpoint=https://a&endpoint=https://b",
        f"s3://bucket?endpoint=https://me:{SECRET}@host",
        "s3://bucket/../other",
        "s3://bucket/a//b",
        "s3://bucket/a#b",
        "file://host/folder",
        "file:///folder?x=1",
        "s3://[",
    ],
)
def test_what_is_no_url_of_a_store_is_refused(url: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(url)
    assert SECRET not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    "options",
    [
        {"bucket": "no/bucket"},
        {"bucket": ""},
        {"prefix": "a/../b"},
        {"prefix": "a b"},
        {"prefix": "a?b"},
        {"prefix": "x" * 401},
        {"part_size": "4MiB"},
        {"part_size": "1GB"},
        {"part_size": "much"},
        {"part_size": 0},
        {"parallel": 0},
        {"parallel": 33},
    ],
)
def test_arguments_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    whole: dict[str, Any] = {"bucket": "bucket", **options}
    with pytest.raises(StoreError, match="give|part_size"):
        S3DataStore(**whole)


def test_parts_are_as_many_as_s3_takes() -> None:
    for size in (5 * MIB + 1, 10_000 * 5 * MIB, 10_000 * 5 * MIB + 1, 5 << 40):
        plan = Plan.of(size, 5 * MIB)
        assert plan.count <= 10_000
        assert sum(plan.bytes_of(n) for n in range(1, plan.count + 1)) == size
        assert plan.bytes_of(plan.count) > 0
    with pytest.raises(StoreError, match="larger than S3 takes"):
        Plan.of(6 << 40, 5 * MIB)


# What lies in the bucket.


def test_the_layout_is_that_of_the_format(s3_rgw: S3Server, shard: Path) -> None:
    store = s3_rgw.store(prefix="lab/data")
    store.put(KEY, shard)
    s3: Any = client(store.access)
    names = [item["Key"] for item in s3.list_objects_v2(Bucket=store.bucket)["Contents"]]
    assert names == [f"lab/data/{MARKER}", f"lab/data/{KEY}"]
    assert store.url_of(KEY) == f"s3://{store.bucket}/lab/data/{KEY}"
    found = s3.head_object(Bucket=store.bucket, Key=names[1])
    assert found["Metadata"]["sha256"] == DIGEST


def test_more_than_a_thousand_are_listed_and_deleted(store: S3DataStore) -> None:
    names = [f"shards/{number:05d}.tar" for number in range(1105)]
    s3: Any = client(store.access)

    def put(name: str) -> None:
        s3.put_object(Bucket=store.bucket, Key=name)

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(put, names))) == len(names)
    assert [file.key for file in store.list("shards/")] == names
    store.delete(names[:1001])
    assert [file.key for file in store.list()] == names[1001:]


def test_what_others_keep_in_the_bucket_is_left_alone(s3_rgw: S3Server) -> None:
    store = s3_rgw.store(prefix="data")
    store.put_bytes(KEY, CONTENT)
    s3: Any = client(store.access)
    others = ["data-2/shards/x.tar", "data/a b", "data/shards/", "dat", "shards/x.tar"]
    for name in others:
        s3.put_object(Bucket=store.bucket, Key=name, Body=b"theirs")
    for name in ("shards/theirs.tar", "data/movie.mp4", "data-2/shards/theirs.tar"):
        s3.create_multipart_upload(Bucket=store.bucket, Key=name)
    s3.create_multipart_upload(Bucket=store.bucket, Key="data/shards/ours.tar")
    assert [file.key for file in store.list()] == [KEY]
    store.sweep([], older_than=0.0)
    left = [upload["Key"] for upload in s3.list_multipart_uploads(Bucket=store.bucket)["Uploads"]]
    assert left == ["data-2/shards/theirs.tar", "data/movie.mp4", "shards/theirs.tar"]


def test_uploads_of_writes_that_go_on_are_not_swept(store: S3DataStore) -> None:
    store.put_bytes(KEY, CONTENT)
    s3: Any = client(store.access)
    begun = s3.create_multipart_upload(Bucket=store.bucket, Key="shards/x.tar")
    s3.upload_part(
        Bucket=store.bucket,
        Key="shards/x.tar",
        UploadId=begun["UploadId"],
        PartNumber=1,
        Body=b"12345",
    )
    assert store.sweep(["5f" * 16], older_than=0.0) == 0
    assert store.sweep([], older_than=3600.0) == 0
    assert store.sweep([], older_than=0.0) == 5
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=store.bucket)


@pytest.mark.parametrize("server", ["s3_rgw", "s3_rclone", "s3_moto"])
def test_what_other_programs_put_is_known_by_its_tag(
    server: str, shard: Path, request: pytest.FixtureRequest
) -> None:
    """Also where a service keeps no metadata, as rclone does."""
    store = request.getfixturevalue(server).store()
    client(store.access).put_object(Bucket=store.bucket, Key=KEY, Body=CONTENT)
    assert store.put(KEY, shard, sha256=DIGEST) is False
    shard.write_bytes(b"X" + CONTENT[1:])
    with pytest.raises(
        StoreError, match="another file is there, of the same size and with other bytes"
    ):
        store.put(KEY, shard)


def test_a_missing_bucket_is_no_empty_store(s3_rgw: S3Server, shard: Path) -> None:
    store = s3_rgw.store(bucket="nobody-made-this")
    for call in calls_of(store, shard):
        with pytest.raises(
            StoreError, match="s3://nobody-made-this.*: there is no such bucket: make it"
        ):
            call()


@pytest.mark.parametrize(
    ("server", "keeps"), [("s3_rgw", True), ("s3_moto", True), ("s3_rclone", False)]
)
def test_services_that_ignore_conditions_are_found_out(
    server: str, keeps: bool, request: pytest.FixtureRequest
) -> None:
    store = request.getfixturevalue(server).store()
    assert store.keeps_conditions() is keeps


# Keys that nobody sees.


def texts_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def test_no_key_is_in_a_message_a_log_a_repr_or_a_url(
    s3_rgw: S3Server, shard: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    caplog.set_level(logging.DEBUG, logger="atdata")
    bucket = s3_rgw.new_bucket()
    stores = [
        s3_rgw.store(bucket, secret_key=SECRET),
        s3_rgw.store(bucket, secret_key=SECRET, session_token=TOKEN),
        s3_rgw.store(bucket, access_key="AKIDNOBODYKNOWS00001", secret_key=SECRET),
        s3_rgw.store(bucket, endpoint_url="http://127.0.0.1:1", secret_key=SECRET),
    ]
    seen: list[str] = []
    for store in stores:
        seen += [repr(store), str(store), store.url, store.url_of(KEY), repr(store.access)]
        for call in calls_of(store, shard):
            with pytest.raises(StoreError) as raised:
                call()
            seen.append(texts_of(raised.value))
            seen.append(repr(pickle.loads(pickle.dumps(raised.value))))
    seen += [record.getMessage() for record in caplog.records if record.name.startswith("atdata")]
    assert len(seen) > 60
    for text in seen:
        assert SECRET not in text
        assert TOKEN not in text
        assert s3_rgw.secret_key not in text


def test_workers_get_the_access_of_their_parent(store: S3DataStore, shard: Path) -> None:
    store.put(KEY, shard)
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1) as pool:
        assert pool.apply(store.get_bytes, (KEY,)) == CONTENT
    assert store.access == pickle.loads(pickle.dumps(store)).access


def test_reading_without_a_key(store: S3DataStore, shard: Path) -> None:
    store.put(KEY, shard)
    s3: Any = client(store.access)
    s3.put_object_acl(Bucket=store.bucket, Key=KEY, ACL="public-read")
    anyone = open_store(store.url, anonymous=True)
    assert anyone.get_bytes(KEY) == CONTENT
    with pytest.raises(StoreError, match="access was denied"):
        anyone.put_bytes("shards/x.tar", b"")


def test_stores_are_names_of_the_package(source_env: dict[str, str]) -> None:
    assert atdata.S3DataStore is S3DataStore
    assert atdata.LocalDiskStore is LocalDiskStore
    code = "import atdata, sys; atdata.S3DataStore('bucket'); print('boto3' in sys.modules)"
    said = subprocess.check_output([sys.executable, "-c", code], env=source_env, text=True)
    assert said == "False\n"
