"""A store on disk whose process is killed, whose disk refuses, or that many processes use at once."""

from __future__ import annotations

import errno
import hashlib
import itertools
import multiprocessing
import os
import resource
import signal
import uuid
from collections.abc import Callable
from io import FileIO
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from atdata.errors import StoreError
from atdata.stores import disk_files
from atdata.stores.disk import LocalDiskStore
from atdata.stores.layout import MARKER, shard_key

CONTENT = bytes(range(256)) * 40
DIGEST = hashlib.sha256(CONTENT).hexdigest()
KEY = shard_key(DIGEST)

STEPS = (
    *("open", "copy_file_range", "pread", "pwrite", "fsync", "link", "replace", "unlink"),
    *("mkdir", "chmod", "utime"),
)

Act = Callable[[LocalDiskStore, Path], object]
Fault = Callable[[], None]


def copy(store: LocalDiskStore, shard: Path) -> object:
    return store.put(KEY, shard, sha256=DIGEST)


def move(store: LocalDiskStore, shard: Path) -> object:
    with store.staging(uuid.uuid4().hex) as folder:
        path = folder / "data.tar"
        path.write_bytes(shard.read_bytes())
        return store.put(KEY, path, sha256=DIGEST, move=True)


def small(store: LocalDiskStore, shard: Path) -> object:
    return store.put_bytes(KEY, CONTENT)


def replacing(store: LocalDiskStore, shard: Path) -> object:
    return store.put_bytes(KEY, CONTENT, overwrite=True)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def break_at(step: int, fault: Fault, patch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Let a fault happen before the step of that number that the disk sees; whether it did."""
    left = itertools.count(step, -1)
    done: list[bool] = []

    def strike() -> None:
        if next(left) == 0:
            done.append(True)
            fault()

    def breaking(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            strike()
            return call(*args, **options)

        return counted

    class Halving(FileIO):
        """Refuses before a write, or writes half of it and refuses then."""

        def write(self, data: Any, /) -> int:
            strike()
            if len(data) > 1:
                written = super().write(memoryview(data)[: len(data) // 2])
                strike()
                return written
            return super().write(data)

    patch.setattr(disk_files, "FileIO", Halving)
    for name in STEPS:
        if hasattr(os, name):
            patch.setattr(os, name, breaking(getattr(os, name)))
    return lambda: bool(done)


def in_child(action: Callable[[], object]) -> int:
    """The exit status of a process that does this alone."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        action()
        os._exit(0)
    finally:
        os._exit(1)


def failure(act: Act, store: LocalDiskStore, shard: Path) -> str | None:
    """What was said, if anything went wrong."""
    try:
        act(store, shard)
    except StoreError as error:
        return str(error)
    return None


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    path = tmp_path / "data.tar"
    path.write_bytes(CONTENT)
    return path


def check_visible(store: LocalDiskStore) -> None:
    """What has a key is whole."""
    assert [file.key for file in store.list()] in ([], [KEY])
    assert store.get_bytes(KEY) in (None, CONTENT)


def check_repaired(store: LocalDiskStore, act: Act, shard: Path) -> None:
    """The same again works, and nothing of the break is left after a sweep."""
    act(store, shard)
    assert store.get_bytes(KEY) == CONTENT
    store.sweep([], older_than=0.0)
    assert sorted(p.name for p in store.root.rglob("*") if p.is_file()) == sorted(
        [f"{DIGEST}.tar", MARKER]
    )
    assert shard.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "act", [copy, small, *(pytest.param(act, marks=pytest.mark.long) for act in (move, replacing))]
)
def test_killed_at_every_step(tmp_path: Path, shard: Path, act: Act) -> None:
    step = -1
    while (step := step + 1) < 200:
        store = LocalDiskStore(tmp_path / str(step))

        def die(step: int = step, store: LocalDiskStore = store) -> None:
            with pytest.MonkeyPatch.context() as patch:
                break_at(step, kill, patch)
                act(store, shard)

        status = in_child(die)
        assert status in (0, -signal.SIGKILL)
        check_visible(store)
        check_repaired(store, act, shard)
        if status == 0:
            break
    assert 12 < step < 200


@pytest.mark.parametrize("act", [copy, move, small, replacing])
def test_a_disk_that_refuses_any_step(tmp_path: Path, shard: Path, act: Act) -> None:
    """One step fails once: what is said is clear, and the same again works."""
    step = -1
    while (step := step + 1) < 200:
        store = LocalDiskStore(tmp_path / str(step))
        with pytest.MonkeyPatch.context() as patch:
            happened = break_at(step, refuse, patch)
            said = failure(act, store, shard)
        if said is None:
            # A step whose refusal changes nothing, such as the removal of what a sweep finds later.
            assert store.get_bytes(KEY) == CONTENT
        else:
            assert "the disk is full: make room, then do it again" in said
            assert store.url in said
        if not happened():
            break
        check_visible(store)
        check_repaired(store, act, shard)
    assert 12 < step < 200


@pytest.mark.parametrize("act", [copy, small])
@pytest.mark.parametrize("limit", [50, 100, 5_000, len(CONTENT) - 1])
def test_a_file_system_that_is_full_leaves_nothing(
    tmp_path: Path, shard: Path, act: Act, limit: int
) -> None:
    """The system's own limit on a file's size stands for a full disk."""
    store = LocalDiskStore(tmp_path / "store")
    store.put_bytes("shards/other.tar", b"other")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(StoreError, match="larger than the system allows here"):
            act(store, shard)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert store.find(KEY) is None
    assert list((store.root / "staging").iterdir()) == []
    act(store, shard)
    assert store.get_bytes(KEY) == CONTENT


def test_a_root_that_may_not_be_written(tmp_path: Path, shard: Path) -> None:
    store = LocalDiskStore(tmp_path / "store")
    store.put_bytes("shards/other.tar", b"other")
    for folder in (store.root, store.root / "shards", store.root / "staging"):
        folder.chmod(0o555)
    folder = tmp_path
    while folder.stat().st_mode & 0o005 != 0o005:  # so that another user gets there
        folder.chmod(0o755)
        folder = folder.parent

    def try_to() -> None:
        if os.geteuid() == 0:  # whom no mode stops
            os.seteuid(65534)
        assert store.get_bytes("shards/other.tar") == b"other"
        for call in (
            lambda: store.put(KEY, shard),
            lambda: store.put_bytes(KEY, b""),
            lambda: store.delete(["shards/other.tar"]),
            lambda: store.staging("5f" * 16).__enter__(),
        ):
            with pytest.raises(StoreError, match="permission denied: check who may write there"):
                call()

    assert in_child(try_to) == 0
    assert [file.key for file in store.list()] == ["shards/other.tar"]


def put_at_once(root: Path, shards: list[Path], together: Barrier, new: Any) -> None:
    store = LocalDiskStore(root)
    for number, shard in enumerate(shards):
        together.wait(60)
        if number % 2:
            done = store.put(f"shards/{number}.tar", shard, sha256=DIGEST)
        else:
            done = store.put_bytes(f"shards/{number}.tar", CONTENT)
        with new.get_lock():
            new[number] += done


def test_of_processes_that_put_at_once_one_is_first(tmp_path: Path, shard: Path) -> None:
    rounds, count = 40, 4
    fork = multiprocessing.get_context("fork")
    new, together = fork.Array("i", rounds), fork.Barrier(count)
    processes = [
        fork.Process(target=put_at_once, args=(tmp_path / "store", [shard] * rounds, together, new))
        for _ in range(count)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert new[:] == [1] * rounds
    store = LocalDiskStore(tmp_path / "store")
    assert {store.get_bytes(file.key) for file in store.list()} == {CONTENT}
    assert list((store.root / "staging").iterdir()) == []


def put_and_delete(root: Path, number: int, together: Barrier) -> None:
    store = LocalDiskStore(root)
    together.wait(60)
    for turn in range(60):
        key = f"datasets/a/{number}.{turn}.0/dataset.json"
        assert store.put_bytes(key, b"{}") is True
        assert store.get_bytes(key) == b"{}"
        store.delete([key])
        store.sweep([], older_than=60.0)


def test_folders_that_come_and_go_under_others(tmp_path: Path) -> None:
    """A folder that is removed because it is empty is made again by who needs it."""
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(3)
    processes = [
        fork.Process(target=put_and_delete, args=(tmp_path / "store", number, together))
        for number in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert list(LocalDiskStore(tmp_path / "store").list()) == []
