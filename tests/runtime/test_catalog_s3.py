"""An Index whose shards lie in S3: real services, and a way there that breaks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import atdata
from atdata.dataset import Dataset
from atdata.errors import StoreError, WriteError
from atdata.index.entry import Entry
from atdata.index.index import Index
from atdata.index.resolve import resolve
from atdata.remote.s3_access import client
from atdata.shards.reader import ShardFile
from atdata.shards.sources.place import RemotePlace
from atdata.stores.s3 import S3DataStore
from catalog import Scan, files_of, scans, shards_of
from servers.faulty_proxy import Answer, Drop
from servers.http import HttpServer
from servers.s3_faulty import FaultyS3
from servers.s3_server import S3Server

SERVICES = ["s3_rgw", "s3_rclone"]

PROGRAM = """
import os, sys
from atdata.index.index import Index
from atdata.stores.s3 import S3DataStore
from catalog import scans

index = Index(sys.argv[1], S3DataStore(sys.argv[2], "p", part_size="5MiB", staging=sys.argv[3]))
print("ready", flush=True)
for number in range(1000):
    index.write(scans(20, str(number)), name="scans", split=f"s{number % 3}", maxcount=3)
"""


@pytest.fixture(params=SERVICES)
def server(request: pytest.FixtureRequest) -> S3Server:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, S3Server)
    return found


@pytest.fixture
def index(server: S3Server, tmp_path: Path) -> Index:
    store = server.store(prefix="p", staging=tmp_path / "staging")
    return Index(tmp_path / "index.db", store)


def read(index: Index, entry: Entry, split: str = "train") -> Dataset[Scan]:
    found = resolve(f"@local/{entry.name}@{entry.version}", index)
    return Dataset(found.splits[split], Scan)


def test_what_is_written_is_read_in_any_order(index: Index) -> None:
    entry = index.write(scans(20), name="scans", maxcount=6, columns=True)
    assert [shard.samples for shard in entry.splits["train"]] == [6, 6, 6, 2]
    assert all(shard.url.startswith("s3://") for shard in entry.splits["train"])
    ds = read(index, entry)
    assert list(ds) == list(scans(20))
    assert ds[13].text == "scan 13"
    texts = [text for batch in ds.shuffled(batch_size=7, seed=1) for text in batch.text]
    assert sorted(texts) == sorted(scan.text for scan in scans(20))


def test_a_version_is_loaded_by_its_place_in_the_bucket_or_on_the_web(
    index: Index, server: S3Server, http_server: HttpServer
) -> None:
    index.write(scans(5), name="scans", maxcount=3)
    store = index.data_store
    assert isinstance(store, S3DataStore)
    address = f"s3://{store.bucket}/p/datasets/scans/1.0.0"
    for place in (address, f"{address}/", f"{address}/dataset.json"):
        assert list(atdata.load_dataset(place, Scan, access=server.access)) == list(scans(5))
    s3 = client(server.access)
    for key in files_of(index):
        data = s3.get_object(Bucket=store.bucket, Key=f"p/{key}")["Body"].read()
        http_server.put(f"lab/{key}", data)
    url = f"{http_server.url}/lab/datasets/scans/1.0.0/dataset.json"
    assert list(atdata.load_dataset(url, Scan)) == list(scans(5))


def test_versions_are_verified_deleted_and_collected(index: Index, server: S3Server) -> None:
    first = index.write(scans(8), name="scans", maxcount=3)
    second = index.write(scans(3, "more"), name="scans", split="test")
    assert index.verify("scans").ok
    index.delete("scans@1.0.0")
    assert index.gc().shards == 0
    index.delete("scans")
    collected = index.gc()
    assert collected.shards == len(shards_of([first, second]))
    assert files_of(index) == []


def test_an_object_that_changed_or_is_gone_is_found(index: Index, server: S3Server) -> None:
    entry = index.write(scans(8), name="scans", maxcount=3)
    store = index.data_store
    assert isinstance(store, S3DataStore)
    keys = [f"p/{shard.key}" for shard in entry.splits["train"]]
    s3 = client(server.access)
    body = bytearray(s3.get_object(Bucket=store.bucket, Key=keys[0])["Body"].read())
    body[700] ^= 1
    s3.put_object(Bucket=store.bucket, Key=keys[0], Body=bytes(body))
    s3.delete_object(Bucket=store.bucket, Key=keys[1])
    assert [verdict.state for verdict in index.verify("scans").shards] == [
        "changed",
        "missing",
        "ok",
    ]


def test_no_more_of_the_local_disk_is_taken_than_the_shards_in_flight(
    index: Index, tmp_path: Path
) -> None:
    seen: list[int] = []

    def produce() -> Iterator[Scan]:
        for sample in scans(60):
            seen.append(sum(1 for _ in (tmp_path / "staging").rglob(".*.tar.part")))
            yield sample

    index.write(produce(), name="scans", maxcount=2, workers=2)
    assert 1 <= max(seen) <= 5
    assert not [path for path in (tmp_path / "staging").rglob("*") if path.is_file()]


def test_nothing_secret_is_kept(index: Index, server: S3Server, tmp_path: Path) -> None:
    entry = index.write(scans(2), name="scans")
    index.close()
    said = index.data_store.get_bytes("datasets/scans/1.0.0/dataset.json") or b""
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("index.db*")) + said
    for secret in (server.access_key, server.secret_key):
        assert secret.encode() not in kept
        assert secret not in repr((entry, index, index.data_store))


def test_another_process_reads_it_with_the_keys_of_its_environment(
    index: Index, server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint is that of the entry's store; the keys come from where AWS's tools look."""
    entry = index.write(scans(3), name="scans")
    env = {name: value for name, value in server.env.items() if name != "AWS_ENDPOINT_URL"}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    other = Index(tmp_path / "index.db", tmp_path / "another store")
    assert list(read(other, entry)) == list(scans(3))
    assert other.verify("scans").ok


def test_files_come_in_from_the_web_as_they_are(
    index: Index, http_server: HttpServer, tmp_path: Path
) -> None:
    local = Index(tmp_path / "local.db", tmp_path / "local")
    entry = local.write(scans(5), name="scans", maxcount=3)
    shards = [tmp_path / "local" / str(shard.key) for shard in entry.splits["train"]]
    places = [RemotePlace(http_server.put(path.name, path.read_bytes())) for path in shards]
    ds = Dataset(tuple(ShardFile(place) for place in places), Scan)
    signed = [RemotePlace(f"{place.address}?signature=secret") for place in places]
    with pytest.raises(WriteError, match="a signature") as caught:
        index.add(Dataset(tuple(map(ShardFile, signed)), Scan), name="signed")
    assert "secret" not in str(caught.value)
    there = index.add(ds, name="there")
    assert [shard.sha256 for shard in there.splits["train"]] == [path.stem for path in shards]
    assert index.verify("there").ok
    assert list(read(index, there)) == list(scans(5))
    copied = index.add(ds, name="copied", copy=True)
    assert [(shard.sha256, shard.index) for shard in copied.splits["train"]] == [
        (shard.sha256, shard.index) for shard in entry.splits["train"]
    ]
    assert list(read(index, copied)) == list(scans(5))


def test_objects_of_a_service_that_only_this_program_knows_are_copied(
    index: Index, server: S3Server
) -> None:
    entry = index.write(scans(5), name="scans", maxcount=3)
    place = RemotePlace(entry.splits["train"][0].url, server.access)
    other = Index(index.provider, server.store())
    ds = Dataset((ShardFile(place),), Scan)
    with pytest.raises(WriteError, match="which its address does not say"):
        other.add(ds, name="there")
    copied = other.add(ds, name="copied", copy=True)
    assert copied.splits["train"][0].sha256 == entry.splits["train"][0].sha256
    assert other.verify("copied").ok


@pytest.mark.parametrize("after", [1, 7, 29])
def test_a_producer_that_fails_takes_back_what_was_sent(index: Index, after: int) -> None:
    def produce() -> Iterator[Scan]:
        yield from scans(after)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.write(produce(), name="scans", maxcount=2)
    assert index.entries() == []
    assert files_of(index) == []


def test_killed_while_it_writes(server: S3Server, tmp_path: Path) -> None:
    bucket = server.new_bucket()
    staging = tmp_path / "staging"
    index = Index(tmp_path / "index.db", server.store(bucket, "p", staging=staging))
    kept = index.write(scans(4, "kept"), name="kept", maxcount=2)
    root = Path(__file__).resolve().parent.parent.parent
    paths = [str(root / name) for name in ("atdata_schema", "codegen", "generated", "tests")]
    env = os.environ | server.env | {"PYTHONPATH": os.pathsep.join(paths)}
    program = [sys.executable, "-c", PROGRAM, str(tmp_path / "index.db"), bucket, str(staging)]
    with subprocess.Popen(program, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        while "scans" not in index.datasets():
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    index.gc()
    entries = [kept, *index.history("scans")]
    shards = {
        f"shards/{digest}{end}" for digest in shards_of(entries) for end in (".tar", ".tar.idx")
    }
    described = {f"datasets/{entry.name}/{entry.version}/dataset.json" for entry in entries}
    assert set(files_of(index)) == shards | described
    assert index.verify("kept").ok
    assert index.verify("scans").ok


@pytest.mark.parametrize(
    "fault", [Answer(403, "AccessDenied"), Answer(507, "QuotaExceeded"), Drop(1000)]
)
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_service_that_refuses_leaves_nothing_and_the_next_write_works(
    faulty_s3: FaultyS3, tmp_path: Path, fault: Answer | Drop, after: int
) -> None:
    index = Index(tmp_path / "index.db", faulty_s3.store)
    kept = index.write(scans(2, "kept"), name="kept")
    before = files_of(index)

    def produce() -> Iterator[Scan]:
        for number, sample in enumerate(scans(12)):
            if number == after * 2:
                faulty_s3.proxy.fail(fault, "PutObject", times=10_000)
            yield sample

    with pytest.raises(StoreError):
        index.write(produce(), name="scans", maxcount=2)
    assert index.entries() == [kept]
    faulty_s3.proxy.heal()
    index.gc()
    assert files_of(index) == before
    assert index.write(scans(12), name="scans", maxcount=2).samples == 12
    assert index.verify("scans").ok
    assert index.verify("kept").ok
