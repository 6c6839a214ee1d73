"""A writer that is killed, or whose disk refuses, at any of its steps: half a shard never has its final name."""

from __future__ import annotations

import errno
import itertools
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata
from atdata.shards.reader import ShardFile, stream


@atdata.packable
class Scan:
    pixels: NDArray[np.uint8]
    text: str


def scan(number: int, word: str) -> Scan:
    """Every third one is large, and takes the way of large ones."""
    size = 200_000 if number % 3 == 2 else 10
    return Scan(pixels=np.full(size, number, np.uint8), text=f"{word} {number}")


def scans(count: int, word: str) -> Iterator[Scan]:
    return (scan(number, word) for number in range(count))


def write(path: Path, word: str, count: int = 3) -> atdata.Dataset[Scan]:
    return atdata.write_samples(scans(count, word), path, maxcount=2, columns=True, overwrite=True)


def texts(path: Path) -> list[str]:
    return [sample.text for sample in atdata.load_dataset(path, Scan)]


def expected(word: str, count: int = 3) -> list[str]:
    return [f"{word} {number}" for number in range(count)]


def listing(shards: int) -> list[str]:
    names = [f"d-{number:06d}.tar" for number in range(shards)]
    return sorted(
        [*(f"{name}{end}" for name in names for end in ("", ".idx", ".cols")), "d.dataset.json"]
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Syncing is a step like the others, but waiting for a disk proves nothing about processes that die."""

    def no_sync(descriptor: int) -> None:
        os.fstat(descriptor)

    monkeypatch.setattr(os, "fsync", no_sync)


Fault = Callable[[], None]


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def break_at(step: int, fault: Fault, patch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Let a fault happen before the step of that number that the disk sees; whether it did."""
    left = itertools.count(step, -1)
    done: list[bool] = []

    def strike() -> bool:
        if next(left) != 0:
            return False
        done.append(True)
        fault()
        return True

    def breaking(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            if call is not opened or args[1:2] == ("wb",):
                strike()
            return call(*args, **options)

        return counted

    writev, opened = os.writev, Path.open

    def half(descriptor: int, buffers: list[memoryview]) -> int:
        """Refuses before the write, or writes half of it and refuses then."""
        strike()
        if len(buffers) > 1 or len(buffers[0]) > 1:
            data = b"".join(buffers)
            written = writev(descriptor, [data[: len(data) // 2]])
            strike()
            return written
        return writev(descriptor, buffers)

    patch.setattr(os, "writev", half)
    for name in ("fsync", "preadv"):
        patch.setattr(os, name, breaking(getattr(os, name)))
    for name in ("replace", "unlink", "mkdir", "write_bytes", "open"):
        patch.setattr(Path, name, breaking(getattr(Path, name)))
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


def check_visible(folder: Path, old: bool) -> None:
    """Each shard with its name is whole; what can be loaded is all of one dataset."""
    for path in folder.glob("*.tar"):
        assert len(list(stream(ShardFile(path)))) in (1, 2)
    try:
        found = texts(folder / "d.dataset.json")
    except atdata.DatasetIncomplete:
        return
    except atdata.DatasetNotFound:
        assert not old
        return
    assert found == expected("new") or (old and found == expected("old", 5))


@pytest.mark.parametrize("old", [pytest.param(False, marks=pytest.mark.long), True])
def test_killed_at_every_step(tmp_path: Path, old: bool) -> None:
    """Every write (before it and half way), sync, rename, removal and opened file; the same call repairs it."""
    step = -1
    while (step := step + 1) < 500:
        folder = tmp_path / str(step)
        if old:
            write(folder / "d.tar", "old", 5)

        def die(step: int = step, folder: Path = folder) -> None:
            with pytest.MonkeyPatch.context() as patch:
                break_at(step, kill, patch)
                write(folder / "d.tar", "new")

        status = in_child(die)
        assert status in (0, -signal.SIGKILL)
        check_visible(folder, old) if folder.exists() else None
        assert [sample.text for sample in write(folder / "d.tar", "new")] == expected("new")
        assert names(folder) == listing(2)
        if status == 0:
            break
    assert 35 < step < 500


@pytest.mark.parametrize("old", [False, True])
def test_a_disk_that_refuses_any_step(tmp_path: Path, old: bool) -> None:
    """One step fails once: the call fails, takes everything back where nothing stood, and works again."""
    step = -1
    while (step := step + 1) < 500:
        folder = tmp_path / str(step)
        if old:
            write(folder / "d.tar", "old", 5)
        with pytest.MonkeyPatch.context() as patch:
            happened = break_at(step, refuse, patch)
            failed = False
            try:
                write(folder / "d.tar", "new")
            except OSError as error:
                failed = error.errno == errno.ENOSPC
            whole = folder.exists() and set(names(folder)) - {".d.lock"} == set(listing(2))
        assert (
            failed
            or not happened()
            or (whole and texts(folder / "d.dataset.json") == expected("new"))
        )
        if not happened():
            break
        if folder.exists():
            check_visible(folder, old)
            assert not [name for name in names(folder) if name.endswith(".part")]
        write(folder / "d.tar", "new")
        assert (texts(folder / "d.dataset.json"), names(folder)) == (expected("new"), listing(2))
    assert 35 < step < 500


@pytest.mark.parametrize("limit", [0, 100, 511, 1024, 5_000, 150_000, 201_000])
def test_a_file_system_that_is_full_leaves_nothing(tmp_path: Path, limit: int) -> None:
    """The system's own limit on a file's size stands for a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            write(tmp_path / "out" / "d.tar", "new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("old", [False, True])
def test_a_folder_that_may_not_be_written(tmp_path: Path, old: bool) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    if old:
        write(folder / "d.tar", "old", 5)
    before = names(folder)
    folder.chmod(0o555)
    tmp_path.chmod(0o755)

    def try_to_write() -> None:
        if os.geteuid() == 0:  # whom no mode stops
            os.seteuid(65534)
        with pytest.raises(PermissionError):
            write(folder / "d.tar", "new")

    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    assert in_child(try_to_write) == 0
    folder.chmod(0o755)
    assert names(folder) == before
    assert not old or texts(folder / "d.dataset.json") == expected("old", 5)


def test_a_producer_that_stops_leaves_nothing_and_no_thread(tmp_path: Path) -> None:
    def produce() -> Iterator[Scan]:
        yield from (scan(2, "new") for _ in range(20))  # more than the digests wait for
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atdata.write_samples(produce(), tmp_path / "out" / "d.tar")
    assert not (tmp_path / "out").exists()
    assert not [thread for thread in threading.enumerate() if "atdata" in thread.name]


def test_digests_that_cannot_be_computed_fail_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(descriptor: int, buffers: list[memoryview], at: int) -> int:
        return 0

    monkeypatch.setattr(os, "preadv", nothing)
    with pytest.raises(OSError, match="cut short"):
        atdata.write_samples((scan(2, "new") for _ in range(20)), tmp_path / "out" / "d.tar")
    assert not (tmp_path / "out").exists()
    assert not [thread for thread in threading.enumerate() if "atdata" in thread.name]


@pytest.mark.parametrize("suffix", [".idx", ".cols"])
@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_index_of_ours_is_not_replaced(tmp_path: Path, suffix: str, kind: str) -> None:
    place = tmp_path / f"d-000001.tar{suffix}"
    if kind == "file":
        place.write_bytes(b"mine")
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("nowhere")
    with pytest.raises(atdata.DatasetExists, match=place.name):
        write(tmp_path / "d.tar", "new")
    assert names(tmp_path) == [place.name]


def test_an_index_that_was_left_is_replaced(tmp_path: Path) -> None:
    write(tmp_path / "d.tar", "old", 5)
    for path in [*tmp_path.glob("*.tar"), tmp_path / "d.dataset.json"]:
        path.unlink()
    write(tmp_path / "d.tar", "new")
    assert texts(tmp_path / "d.dataset.json") == expected("new")


def test_columns_that_are_not_written_again_are_removed(tmp_path: Path) -> None:
    write(tmp_path / "d.tar", "old")
    atdata.write_samples(scans(3, "new"), tmp_path / "d.tar", maxcount=2, overwrite=True)
    assert names(tmp_path) == [name for name in listing(2) if not name.endswith(".cols")]
