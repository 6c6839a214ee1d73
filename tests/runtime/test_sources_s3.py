"""Objects in buckets: the same contract, on services that are each a little different."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.errors import DatasetNotFound, SourceError
from atdata.remote.s3_access import S3Access, client
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.place import RemotePlace
from atdata.shards.sources.source import Denied
from remote_data import COUNT, Large, large, no_wait, numbers, same
from servers.http import HttpServer, Reply, cut, status, whole
from servers.s3_server import S3Server

CONTENT = random.Random(0).randbytes(3_000_000)
SERVERS = ["s3_moto", "s3_rclone", "s3_rgw"]


@pytest.fixture(autouse=True)
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache folder, no waits of ours, and no credentials but those of a test."""
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(request.param)
    return found


def put(server: S3Server, bucket: str, key: str, content: bytes) -> RemotePlace:
    client(server.access).put_object(Bucket=bucket, Key=key, Body=content)
    return RemotePlace(f"s3://{bucket}/{key}", server.access)


def put_folder(server: S3Server, folder: Path, bucket: str, prefix: str) -> str:
    for path in folder.iterdir():
        if path.is_file():
            put(server, bucket, prefix + path.name, path.read_bytes())
    return f"s3://{bucket}/{prefix}"


def test_it_reads_what_is_there(server: S3Server) -> None:
    bucket = server.new_bucket()
    source = open_source(put(server, bucket, "a folder/data ä.tar", CONTENT))
    assert source.url == f"s3://{bucket}/a folder/data ä.tar"
    assert source.read(100, 50) == CONTENT[100:150]
    assert source.size() == len(CONTENT)
    assert source.version()
    assert source.read(len(CONTENT) - 1, 1) == CONTENT[-1:]
    assert b"".join(source.chunks()) == CONTENT
    assert b"".join(source.chunks(5, 1_000_000)) == CONTENT[5:1_000_000]
    ranges = [(0, 10), (2_000_000, 500_000), (7, 0), (20, 10), (0, len(CONTENT))]
    assert source.read_many(ranges) == [CONTENT[at : at + size] for at, size in ranges]
    for at in (len(CONTENT) - 1, len(CONTENT), len(CONTENT) + 10):
        with pytest.raises(SourceError, match=r"data ä\.tar: has no bytes"):
            source.read(at, 2)
    empty = open_source(put(server, bucket, "empty.tar", b""))
    assert empty.size() == 0
    assert list(empty.chunks()) == []


def _asked_of_boto3(access: S3Access) -> list[str]:
    """The keys that the client of an access is asked for from now on."""
    found: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        found.append(params["Key"])

    client(access).meta.events.register("provide-client-params.s3.GetObject", note)
    return found


def test_a_bucket_that_is_known_is_asked_without_boto3(server: S3Server) -> None:
    """Signed, in all services, and for keys of any characters."""
    bucket = server.new_bucket()
    places = [
        put(server, bucket, key, CONTENT + key.encode())
        for key in ("data-0.tar", "a folder/x+y=z&ä~%20!'()*.tar", "data-1.tar")
    ]
    asked = _asked_of_boto3(server.access)
    for place in places:
        key = place.bucket_and_key[1].encode()
        source = open_source(place)
        assert source.read(len(CONTENT), 8) == key[:8]
        assert source.read(5, 100_000) == CONTENT[5:100_005]
        assert b"".join(source.chunks(2_999_990)) == CONTENT[-10:] + key
    assert asked == ["data-0.tar"]


def test_a_replaced_object_is_an_error_and_never_mixed(server: S3Server) -> None:
    bucket = server.new_bucket()
    place = put(server, bucket, "data.tar", CONTENT)
    source = open_source(place)
    chunks = source.chunks()
    next(chunks)
    put(server, bucket, "data.tar", bytes(len(CONTENT)))
    with pytest.raises(SourceError, match=r"data\.tar: was replaced while it was read"):
        source.read(20, 10)
    assert open_source(place).read(20, 10) == bytes(10)


def test_what_is_not_there_is_named(server: S3Server) -> None:
    bucket = server.new_bucket()
    with pytest.raises(DatasetNotFound, match=rf"s3://{bucket}/none\.tar"):
        open_source(RemotePlace(f"s3://{bucket}/none.tar", server.access)).size()
    with pytest.raises(DatasetNotFound, match="s3://no-such-bucket-here/x"):
        open_source(RemotePlace("s3://no-such-bucket-here/x.tar", server.access)).read(0, 1)


@pytest.mark.parametrize("name", ["s3_rclone", "s3_rgw"])  # moto looks at no signature
def test_who_may_not_is_told_why_and_no_secret_is_shown(
    name: str, request: pytest.FixtureRequest
) -> None:
    server: S3Server = request.getfixturevalue(name)
    place = put(server, server.new_bucket(), "data.tar", CONTENT)
    wrong = S3Access(
        server.endpoint, region="us-east-1", access_key=server.access_key, secret_key="wrong-secret"
    )
    nobody = S3Access(server.endpoint, region="us-east-1", anonymous=True)
    none = S3Access(server.endpoint, region="us-east-1")
    for access, error in ((wrong, Denied), (nobody, SourceError), (none, SourceError)):
        one = RemotePlace(place.address, access)
        with pytest.raises(error) as caught:
            open_source(one).read(0, 1)
        text = str(caught.value)
        assert text.startswith(place.url)
        for shown in (text, repr(one), repr(caught.value)):
            assert "wrong-secret" not in shown
            assert server.secret_key not in shown
    assert "anonymous=True" in text, "what to do without credentials"


def test_every_way_of_reading_gives_what_the_disk_gives(server: S3Server, tmp_path: Path) -> None:
    local = large(tmp_path / "out", maxcount=15)
    folder = put_folder(server, tmp_path / "out", server.new_bucket(), "some/where/")
    ds = atdata.load_dataset(folder, Large, access=server.access)
    same(ds, local)
    assert ds.locations[1] == f"{folder}data-000001.tar"
    again = pickle.loads(pickle.dumps(ds))
    assert again[20].number == 20
    assert server.secret_key not in repr(ds) + repr(ds.locations) + repr(again)


def test_the_environment_says_where_and_who(
    s3_rclone: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(tmp_path / "out")
    folder = put_folder(s3_rclone, tmp_path / "out", s3_rclone.new_bucket(), "")
    for name, value in s3_rclone.env.items():
        monkeypatch.setenv(name, value)
    assert atdata.load_dataset(folder, Large)[7].number == 7


LOCATIONS: dict[str, Callable[[str], Any]] = {
    "a folder": lambda at: at,
    "a folder without a slash": lambda at: at.rstrip("/"),
    "a description": lambda at: f"{at}data.dataset.json",
    "what it was written to": lambda at: f"{at}data.tar",
    "wildcards": lambda at: f"{at}data-*.tar",
    "a wildcard for a digit": lambda at: f"{at}data-00000?.tar",
    "choices": lambda at: f"{at}data-00000[0-9].tar",
    "below": lambda at: at.replace("some/where/", "**/data-*.tar"),
    "braces": lambda at: f"{at}data-{{000000..000002}}.tar",
    "braces and wildcards": lambda at: f"{at}data-*{{0,1,2}}.tar",
    "descriptions": lambda at: f"{at}*.dataset.json",
    "a list": lambda at: [f"{at}data-00000{n}.tar" for n in range(3)],
}


@pytest.fixture(scope="module")
def placed(s3_rclone: S3Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[S3Server, str]:
    """A described dataset of three shards, and the folder that it is in."""
    out = tmp_path_factory.mktemp("placed")
    large(out, maxcount=15)
    return s3_rclone, put_folder(s3_rclone, out, s3_rclone.new_bucket(), "some/where/")


@pytest.mark.parametrize("form", LOCATIONS)
def test_every_form_of_address_finds_the_same(placed: tuple[S3Server, str], form: str) -> None:
    server, at = placed
    ds = atdata.load_dataset(LOCATIONS[form](at), Large, access=server.access)
    assert ds.locations == tuple(f"{at}data-00000{n}.tar" for n in range(3))
    assert len(ds) == COUNT
    assert ds.schema.id == "local.packable.large"


def test_names_say_the_splits_where_nothing_else_does(s3_moto: S3Server, tmp_path: Path) -> None:
    local = large(tmp_path / "out", count=2)
    content, bucket = local.shards[0].read_bytes(), s3_moto.new_bucket()
    for name in (
        "train-0.tar",
        "train-1.tar",
        "test-0.tar",
        ".hidden.tar",
        "notes.txt",
        "x.tar.idx",
    ):
        put(s3_moto, bucket, f"d/{name}", content)
    ds = atdata.load_dataset(f"s3://{bucket}/d", Large, split="train", access=s3_moto.access)
    assert ds.locations == (f"s3://{bucket}/d/train-0.tar", f"s3://{bucket}/d/train-1.tar")
    with pytest.raises(atdata.SplitError, match="test"):
        atdata.load_dataset(f"s3://{bucket}/d/", Large, split="none", access=s3_moto.access)
    found = atdata.load_dataset(
        f"s3://{bucket}/d/*.tar", Large, split="test", access=s3_moto.access
    )
    assert len(found) == 2


def test_what_names_nothing_is_an_error_that_says_what_is_there(s3_moto: S3Server) -> None:
    bucket, access = s3_moto.new_bucket(), s3_moto.access
    put(s3_moto, bucket, "one/shards/a.tar", b"x")
    put(s3_moto, bucket, "one/datasets/b/dataset.json", b"x")
    put(s3_moto, bucket, "two/three/a.txt", b"x")
    wrong = {
        f"s3://{bucket}/one/": (atdata.LoadError, "is the root of a store"),
        f"s3://{bucket}/two/": (atdata.DatasetNotFound, r"neither .* it has the folders three"),
        f"s3://{bucket}/four/": (atdata.DatasetNotFound, "holds neither"),
        f"s3://{bucket}/two/*.tar": (atdata.DatasetNotFound, "no shard matches"),
        f"s3://{bucket}/two/a.tar": (atdata.DatasetNotFound, "no such object"),
        f"s3://{bucket}/two/[z-a].tar": (atdata.LoadError, "no choice of characters"),
        "s3://no-such-bucket-here/": (atdata.DatasetNotFound, "no such bucket"),
        "s3://": (atdata.LoadError, "an address is s3://bucket/key"),
        "s3://bucket": (atdata.LoadError, "an address is s3://bucket/key"),
        "s3://AKIA:SECRET@bucket/key": (atdata.LoadError, "no keys stand in an address"),
    }
    for address, (error, text) in wrong.items():
        with pytest.raises(error, match=text) as caught:
            atdata.load_dataset(address, Large, access=access)
        assert "SECRET" not in str(caught.value)


def test_a_body_that_breaks_off_is_gone_on_with_and_errors_are_boto3s_to_repeat(
    http_server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A web server that answers GETs is enough of S3 for reading; this one misbehaves."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setattr("time.sleep", no_wait)
    access = S3Access(http_server.url, region="us-east-1", anonymous=True)
    large(tmp_path / "out")
    http_server.put_folder(tmp_path / "out", "bucket/")
    ds = atdata.load_dataset("s3://bucket/data.dataset.json", Large, access=access)
    http_server.forget()
    assert ds[9].number == 9
    assert [one.path for one in http_server.asked] == ["/bucket/data.tar.idx", "/bucket/data.tar"]
    http_server.then(cut(200_000), cut(0), cut(700_000, reset=True))
    assert sorted(numbers(ds.shuffled(batch_size=8))) == list(range(COUNT))
    named = "s3://bucket/data.dataset.json"
    again = atdata.load_dataset(named, Large, access=access, cache=False)
    http_server.then(status(503), status(503), status(503))
    with pytest.raises(SourceError, match=r"s3://bucket/data\.tar: the service asked to slow down"):
        again[0]
    http_server.always(cut(10), "bucket/data.tar")
    with pytest.raises(SourceError, match=r"broke off, and again at each of 8 tries"):
        list(map(again.__getitem__, range(COUNT)))


def test_what_is_no_answer_is_asked_again_of_boto3(
    http_server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", no_wait)
    access = S3Access(http_server.url, region="us-east-1", access_key="AKID", secret_key="secret")
    for name in ("a.tar", "b.tar"):
        http_server.put(f"bucket/{name}", CONTENT)
    first, other = (
        open_source(RemotePlace(f"s3://bucket/{name}", access)) for name in ("a.tar", "b.tar")
    )
    asked = _asked_of_boto3(access)
    assert first.read(0, 10) == CONTENT[:10]
    http_server.then(status(503))
    assert first.read(10, 10) == CONTENT[10:20]
    assert asked == ["a.tar", "a.tar"]
    assert first.read(20, 10) == CONTENT[20:30]
    assert asked == ["a.tar", "a.tar"]
    http_server.then(status(403))
    assert [other.read(begin, 10) for begin in (0, 10)] == [CONTENT[:10], CONTENT[10:20]]
    assert asked == ["a.tar", "a.tar", "b.tar", "b.tar"]
    assert first.read(30, 10) == CONTENT[30:40]
    assert len(asked) == 4
    http_server.always(status(403))
    with pytest.raises(Denied, match=r"s3://bucket/a\.tar") as caught:
        first.read(40, 10)
    assert "secret" not in str(caught.value)
    assert "AKID" not in str(caught.value)


def test_an_answer_with_other_bytes_is_refused(http_server: HttpServer) -> None:
    def other(reply: Reply) -> None:
        reply.headers["Content-Range"] = "bytes 5-14/3000000"

    http_server.put("bucket/data.tar", CONTENT)
    access = S3Access(http_server.url, region="us-east-1", anonymous=True)
    http_server.always(other)
    with pytest.raises(SourceError, match="gave other bytes than those asked for"):
        open_source(RemotePlace("s3://bucket/data.tar", access)).read(0, 10)


def test_of_a_service_without_ranges_small_objects_are_read_whole_and_large_ones_in_order(
    http_server: HttpServer, tmp_path: Path
) -> None:
    access = S3Access(http_server.url, region="us-east-1", anonymous=True)
    http_server.always(whole)
    http_server.put("bucket/small.tar", CONTENT)
    small = open_source(RemotePlace("s3://bucket/small.tar", access))
    assert small.read(1000, 10) == CONTENT[1000:1010]
    assert small.read(2_000_000, 10) == CONTENT[2_000_000:2_000_010]
    assert len(http_server.asked) == 1
    large(tmp_path / "out", 90)  # 10.8 MB
    http_server.put_folder(tmp_path / "out", "bucket/")
    for name in ("data.dataset.json", "data.tar"):
        ds = atdata.load_dataset(f"s3://bucket/{name}", Large, access=access, cache=False)
        assert [sample.number for sample in ds] == list(range(90))
        refused = r"s3://bucket/data\.tar: the server gives no ranges of bytes.*read it in order"
        with pytest.raises(SourceError, match=refused):
            next(iter(ds.shuffled(batch_size=8)))
        with pytest.raises(SourceError, match=refused):
            ds[80]
