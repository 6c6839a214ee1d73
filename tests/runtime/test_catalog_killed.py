"""A write that is killed, or whose disk is full, at any of its steps: no half version, and `gc` takes what is left."""

from __future__ import annotations

import errno
import itertools
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atdata.errors import AtdataError
from atdata.index.index import Index
from atdata.index.providers.sqlite import SqliteProvider
from catalog import files_of, index_in, scans, shards_of

PROGRAM = """
import sys
from pathlib import Path
from atdata.index.index import Index
from catalog import scans

index = Index(sys.argv[1], sys.argv[2])
print("ready", flush=True)
for number in range(1000):
    index.write(scans(30, f"{sys.argv[3]} {number}"), name="scans", split=f"s{number % 3}", maxcount=4)
"""

Fault = Callable[[], None]

STEPS = [
    (os, ("fsync", "link", "replace", "rename", "writev", "unlink", "utime")),
    (Path, ("replace", "unlink", "mkdir", "touch", "rmdir", "chmod")),
    (
        SqliteProvider,
        ("lease", "claim", "add_entries", "release", "entry", "versions", "schema", "condemn"),
    ),
]


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def break_at(step: int, fault: Fault, patch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Let a fault happen before the step of that number; whether it did."""
    left = itertools.count(step, -1)
    done: list[bool] = []

    def breaking(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            if next(left) == 0:
                done.append(True)
                fault()
            return call(*args, **options)

        return counted

    for owner, names in STEPS:
        if fault is refuse and owner is SqliteProvider:
            continue  # which says so in its own words
        for name in names:
            patch.setattr(owner, name, breaking(getattr(owner, name)))
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


def check_whole(index: Index, old: int) -> int:
    """Every version is whole, the store holds their files and no others; how many versions there are."""
    history = index.history("scans")
    assert len(history) >= old
    for entry in history:
        assert entry.splits["train"]
    assert index.verify("scans").ok
    shards = {
        f"shards/{digest}{end}" for digest in shards_of(history) for end in (".tar", ".tar.idx")
    }
    described = {f"datasets/scans/{entry.version}/dataset.json" for entry in history}
    assert set(files_of(index)) == shards | described
    assert [lease for lease, _ in index.provider.leases(index.data_store.url)] == []
    return len(history)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Syncing is a step like the others, but waiting for a disk proves nothing about processes that die."""

    def no_sync(descriptor: int) -> None:
        os.fstat(descriptor)

    monkeypatch.setattr(os, "fsync", no_sync)


def test_killed_at_every_step(tmp_path: Path) -> None:
    step, status, seen = -1, 1, set[int]()
    while status != 0 and step < 500:
        step += 1
        folder = tmp_path / str(step)
        index = index_in(folder)
        index.write(scans(3, "old"), name="scans", maxcount=2)
        index.close()

        def die(step: int = step, index: Index = index) -> None:
            with pytest.MonkeyPatch.context() as patch:
                break_at(step, kill, patch)
                index.write(scans(4, "new"), name="scans", split="test", maxcount=2)

        status = in_child(die)
        assert status in (0, -signal.SIGKILL)
        assert len(index.entry("scans").splits) in (1, 2)
        index.gc()
        seen.add(check_whole(index, 1))
        again = index.write(scans(4, "new"), name="scans", split="test", maxcount=2)
        assert [shard.samples for shard in again.splits["test"]] == [2, 2]
        check_whole(index, 2)
    assert seen == {1, 2}
    assert 40 < step < 500


@pytest.mark.filterwarnings("ignore:.*dataset.json could not be put")
def test_a_disk_that_refuses_any_step(tmp_path: Path) -> None:
    """One step fails once: the write fails and takes everything back, or succeeds; the next one works."""
    step, happened, failures = -1, True, 0
    while happened and step < 500:
        step += 1
        index = index_in(tmp_path / str(step))
        index.write(scans(3, "old"), name="scans", maxcount=2)
        with pytest.MonkeyPatch.context() as patch:
            broke = break_at(step, refuse, patch)
            said = ""
            try:
                index.write(scans(4, "new"), name="scans", split="test", maxcount=2)
            except (OSError, AtdataError) as error:
                said = str(error)
            happened = broke()
        if said:
            failures += 1
            assert "full" in said or "No space" in said
            assert [entry.version for entry in index.history("scans")] == ["1.0.0"]
        index.gc()
        check_whole(index, 1)
        index.write(scans(4, "new"), name="scans", split="test", maxcount=2)
        check_whole(index, 2)
    assert failures > 10
    assert step < 500


@pytest.mark.parametrize("limit", [511, 1024, 5_000, 150_000, 201_000])
def test_a_file_system_that_is_full(tmp_path: Path, limit: int) -> None:
    """The system's own limit on a file's size stands for a full disk."""
    index = index_in(tmp_path)
    kept = index.write(scans(2, "old"), name="scans")
    before = files_of(index)
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from catalog import index_in, scans\n"
        f"signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "index_in(Path(sys.argv[1])).write(scans(9, 'new'), name='scans', maxcount=3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert any(word in last for word in ("too large", "full", "larger than"))
    assert index.history("scans") == [kept]
    index.gc()
    assert files_of(index) == before
    assert index.verify("scans").ok
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def environment() -> dict[str, str]:
    root = Path(__file__).resolve().parent.parent.parent
    paths = [str(root / name) for name in ("atdata_schema", "codegen", "generated", "tests")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def kill_and_repeat(provider: str, folder: Path, kills: int, generator: random.Random) -> None:
    index = Index(provider, folder)
    index.write(scans(3, "old"), name="scans", maxcount=2)
    for number in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, provider, str(folder), f"w{number}"],
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(generator.uniform(0, 0.5))
        process.kill()
        process.wait()
        process.stdout.close()
        index.gc()
        check_whole(index, 1)
    assert index.write(scans(3, "last"), name="scans").samples >= 3
    check_whole(index, 2)


def test_killed_a_few_times(tmp_path: Path) -> None:
    kill_and_repeat(str(tmp_path / "index.db"), tmp_path / "data", 4, random.Random(1))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_killed_many_times(tmp_path: Path, seed: int) -> None:
    kill_and_repeat(str(tmp_path / "index.db"), tmp_path / "data", 15, random.Random(seed))
