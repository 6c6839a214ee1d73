"""How fast files come into a store, beside copying them and beside boto3's own upload.

    PYTHONPATH=tests python benchmarks/store_speed.py [MiB] [rounds]

Both sides of a comparison take turns; each figure is the median of the rounds. S3 is Ceph's gateway in memory on this
machine, so that both sides share the processors with the service.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np

from atdata.remote.s3_access import client
from atdata.stores.disk import LocalDiskStore
from atdata.stores.layout import shard_key
from atdata.stores.s3 import S3DataStore
from servers.s3_rgw import Cluster
from servers.s3_server import S3Server


def main(mebibytes: int = 256, rounds: int = 7) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shard = folder / "data.tar"
        shard.write_bytes(np.random.default_rng(1).bytes(mebibytes << 20))
        digest = hashlib.sha256(shard.read_bytes()).hexdigest()
        print(f"{mebibytes} MiB, median of {rounds}")
        on_disk(folder, shard, digest, rounds)
        moved(folder, rounds * 20)
        in_s3(folder, shard, digest, rounds)


def on_disk(folder: Path, shard: Path, digest: str, rounds: int) -> None:
    """Copied in, with its digest held against it and synced."""
    store = LocalDiskStore(folder / "store")
    key = shard_key(digest)
    copy = folder / "copy.tar"

    def plain() -> None:
        shutil.copy(shard, copy)

    def synced() -> None:
        shutil.copy(shard, copy)
        with copy.open("rb") as file:
            os.fsync(file.fileno())

    def synced_and_hashed() -> None:
        synced()
        with copy.open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == digest

    def put() -> None:
        assert store.put(key, shard, sha256=digest)

    def forget() -> None:
        copy.unlink(missing_ok=True)
        store.delete([key])

    compare("disk, copied", shard, rounds, forget, plain, synced, synced_and_hashed, put)


def moved(folder: Path, rounds: int) -> None:
    """Moved in from its staging folder, which renames and syncs."""
    store = LocalDiskStore(folder / "store")
    store.put_bytes("shards/first.tar", b"")
    with store.staging(uuid.uuid4().hex) as staging:
        times: dict[str, list[float]] = {"rename": [], "rename and sync": [], "put(move=True)": []}
        for number in range(rounds):
            for name, spent in times.items():
                path = staging / "file.tar"
                path.write_bytes(bytes(4096))
                with path.open("rb") as file:
                    os.fsync(file.fileno())
                target = store.root / "shards" / f"{name[:9]}{len(name)}-{number}.tar"
                begin = time.perf_counter()
                if name == "put(move=True)":
                    store.put(f"shards/{number}.tar", path, move=True)
                else:
                    path.rename(target)
                    if name == "rename and sync":
                        sync(target.parent)
                spent.append(time.perf_counter() - begin)
    for name, spent in times.items():
        print(f"disk, moved       {name:<18} {statistics.median(spent) * 1e6:9.0f} us")


def sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def in_s3(folder: Path, shard: Path, digest: str, rounds: int) -> None:
    (folder / "rgw").mkdir()
    cluster = Cluster(folder / "rgw")
    try:
        server = S3Server("rgw", cluster.start())
        store = S3DataStore(
            server.new_bucket(),
            "",
            server.endpoint,
            region="us-east-1",
            access_key=server.access_key,
            secret_key=server.secret_key,
        )
        s3, key = client(store.access), shard_key(digest)

        def upload_file() -> None:
            s3.upload_file(str(shard), store.bucket, "copy.tar")

        def with_checksums() -> None:
            checked = {"ChecksumAlgorithm": "SHA256"}
            s3.upload_file(str(shard), store.bucket, "copy.tar", ExtraArgs=checked)

        def put() -> None:
            assert store.put(key, shard, sha256=digest)

        def forget() -> None:
            store.delete(["copy.tar", key])

        compare("S3", shard, rounds, forget, upload_file, with_checksums, put)
    finally:
        cluster.stop()


def compare(
    what: str, shard: Path, rounds: int, forget: Callable[[], None], *ways: Callable[[], None]
) -> None:
    times: list[list[float]] = [[] for _ in ways]
    worked: list[list[float]] = [[] for _ in ways]
    for turn in range(rounds + 1):
        for way, spent, work in zip(ways, times, worked, strict=True):
            begin, before = time.perf_counter(), time.process_time()
            way()
            if turn:  # the first turn warms up
                spent.append(time.perf_counter() - begin)
                work.append(time.process_time() - before)
            forget()
    size = shard.stat().st_size
    first = statistics.median(times[0])
    for way, spent, work in zip(ways, times, worked, strict=True):
        seconds, busy = statistics.median(spent), statistics.median(work)
        print(
            f"{what:<17} {way.__name__:<18} {size / seconds / 1e6:9.0f} MB/s   {first / seconds:5.2f} x"
            f"   {busy / size * 1e9:5.2f} ns of our processors a byte"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
