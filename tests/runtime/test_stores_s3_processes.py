"""The store in S3 and its processes: several at once, killed ones, and what they take of memory and disk."""

from __future__ import annotations

import hashlib
import multiprocessing
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from atdata.stores.layout import shard_key
from atdata.stores.s3 import S3DataStore
from servers.faulty_proxy import FaultyProxy, Hold, faulty_proxy
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


def put_at_once(store: S3DataStore, shard: Path, together: Barrier, new: Any) -> None:
    for number in range(len(new)):
        together.wait(60)
        if number % 2:
            done = store.put(f"shards/{number}.tar", shard)
        else:
            done = store.put_bytes(f"shards/{number}.tar", CONTENT)
        with new.get_lock():
            new[number] += done


def test_of_processes_that_put_at_once_one_is_first(store: S3DataStore, shard: Path) -> None:
    rounds, count = 12, 3
    fork = multiprocessing.get_context("fork")
    new, together = fork.Array("i", rounds), fork.Barrier(count)
    processes = [
        fork.Process(target=put_at_once, args=(store, shard, together, new)) for _ in range(count)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert new[:] == [1] * rounds
    assert {store.get_bytes(file.key) for file in store.list()} == {CONTENT}


def put_large(store: S3DataStore, path: Path, together: Barrier) -> None:
    together.wait(60)
    store.put("shards/large.tar", path)
    assert store.get_bytes("shards/large.tar") == path.read_bytes()


def test_processes_that_put_the_same_large_file_at_once(store: S3DataStore, tmp_path: Path) -> None:
    path = tmp_path / "large.tar"
    path.write_bytes(np.arange(12 * MIB // 8, dtype="<u8").tobytes())
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(3)
    processes = [fork.Process(target=put_large, args=(store, path, together)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0


PUT = """
import sys
from pathlib import Path
import atdata
store = atdata.S3DataStore(sys.argv[1], part_size="5MiB", parallel=2)
store.put("shards/large.tar", Path(sys.argv[2]))
"""


def start_put(
    server: S3Server, bucket: str, path: Path, env: dict[str, str]
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PUT, bucket, str(path)]
    return subprocess.Popen(command, env={**env, **server.env, "AWS_MAX_ATTEMPTS": "2"})


@pytest.fixture
def proxy(s3_rgw: S3Server) -> Iterator[FaultyProxy]:
    with faulty_proxy(s3_rgw.endpoint) as proxy:
        yield proxy


@pytest.mark.parametrize(
    ("operation", "passed", "arrived"),
    [
        ("CreateMultipartUpload", 0, 0),
        ("UploadPart", 0, 0),
        ("UploadPart", 3, 3),
        ("CompleteMultipartUpload", 0, 5),
    ],
)
def test_an_upload_whose_process_is_killed_goes_on(
    s3_rgw: S3Server,
    proxy: FaultyProxy,
    tmp_path: Path,
    source_env: dict[str, str],
    operation: str,
    passed: int,
    arrived: int,
) -> None:
    path = tmp_path / "large.tar"
    path.write_bytes(np.arange(22 * MIB // 8, dtype="<u8").tobytes())
    store = s3_rgw.store()
    way = S3Server("way", proxy.endpoint, s3_rgw.access_key, s3_rgw.secret_key)
    until, held = threading.Event(), threading.Event()

    class Holding(threading.Event):
        """Says when the process waits."""

        def wait(self, timeout: float | None = None) -> bool:
            held.set()
            return until.wait(timeout)

    proxy.fail(Hold(Holding()), operation, times=100, after=passed)
    process = start_put(way, store.bucket, path, source_env)
    assert held.wait(60)
    # Of two that are sent at once, the other one may be on its way.
    while proxy.passed("UploadPart") < arrived:
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    until.set()
    assert list(store.list()) == []
    proxy.heal()
    assert start_put(way, store.bucket, path, source_env).wait(120) == 0
    assert store.get_bytes("shards/large.tar") == path.read_bytes()
    assert proxy.count("UploadPart") == 5 - arrived


MEMORY = """
import resource, sys
from pathlib import Path
import atdata
store = atdata.S3DataStore(sys.argv[1], part_size="5MiB", parallel=2)
store.put_bytes("shards/first.tar", b"first")  # what boto3 takes by itself
def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
before = most()
store.put("shards/large.tar", Path(sys.argv[2]))
print(most() - before)
"""


def test_memory_holds_a_few_parts_whatever_the_file(
    s3_rgw: S3Server, tmp_path: Path, source_env: dict[str, str]
) -> None:
    path = tmp_path / "large.tar"
    path.write_bytes(np.arange(160 * MIB // 8, dtype="<u8").tobytes())
    store = s3_rgw.store()
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, store.bucket, str(path)],
        env={**source_env, **s3_rgw.env},
        capture_output=True,
        text=True,
        check=True,
    )
    # Two on their way, one that is read, and what their requests take.
    assert int(done.stdout) < 8 * 5 * MIB
    found = store.find("shards/large.tar")
    assert found is not None
    assert found.bytes == 160 * MIB


def test_nothing_waits_on_the_local_disk_but_what_is_on_its_way(
    store: S3DataStore, tmp_path: Path
) -> None:
    with store.staging("5f" * 16) as folder:
        assert folder.is_relative_to(tmp_path / "home")
        for number in range(3):
            path = folder / f"{number}.tar"
            path.write_bytes(np.arange(6 * MIB // 8, dtype="<u8").tobytes() + bytes([number]))
            assert store.put(f"shards/{number}.tar", path, move=True) is True
            assert list(folder.iterdir()) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
