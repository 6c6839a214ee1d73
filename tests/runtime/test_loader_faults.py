"""What goes wrong in a worker arrives, and whatever happens, nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import atdata
from loader_data import (
    Interrupted,
    Picky,
    children,
    dying_at,
    exit_of,
    failing_at,
    given_until,
    is_running,
    kill_and_wait,
    negative,
    run_program,
    same_batches,
    workers_beside,
)
from view_data import Item, item, numbers_of, stored
from waiting import wait_until

KINDS: dict[str, dict[str, Any]] = {
    "threads": {},
    "fork": {"processes": "fork"},
    "spawn": {"processes": "spawn"},
}


Running = Callable[[], list[int]]


@pytest.fixture
def running() -> Running:
    """Says which workers there are that the test has started."""
    known = set(children())
    return lambda: workers_beside(known)


def picky(sample: Item) -> Item:
    raise Picky(sample.number, 1)


@pytest.mark.parametrize("kind", ["fork", "spawn", "forkserver"])
def test_processes_work_however_they_are_started(kind: Any, running: Running) -> None:
    ds = stored(23).map(negative)
    found = list(ds.loader(4, seed=5, workers=2, processes=kind))
    assert same_batches(found, list(ds.shuffled(4, seed=5)))
    assert not running()


@pytest.mark.parametrize("kind", ["threads", "fork"])
def test_an_exception_of_a_function_arrives_with_its_traceback(kind: str, running: Running) -> None:
    ds = stored(23).map(failing_at(13))
    loader = ds.loader(4, order="ordered", workers=2, **KINDS[kind])
    given, error = given_until(KeyError, loader)
    assert given == list(range(13)), "everything before it was given"
    shown = "".join(traceback.format_exception(error))
    assert "in fail" in shown
    assert 'raise KeyError(f"no {number}")' in shown
    assert not running()


def test_the_note_of_the_key_comes_along() -> None:
    ds = stored(23).map(failing_at(13))
    with pytest.raises(KeyError) as caught:
        list(ds.loader(4, processes="fork"))
    assert any(repr(ds.keys()[13]) in note for note in caught.value.__notes__)


def test_an_exception_that_cannot_be_pickled_is_shown(running: Running) -> None:
    with pytest.raises(atdata.LoadError, match="Picky: [0-9]+ and 1"):
        list(stored(9).map(picky, Item).loader(4, processes="fork"))
    assert not running()


def test_a_function_without_a_name_cannot_be_sent_to_a_new_process(running: Running) -> None:
    with pytest.raises(atdata.LoadError, match="functions that a module has by name"):
        list(stored(9).map(lambda sample: sample, Item).loader(4, processes="spawn"))
    assert not running()


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
def test_a_worker_that_is_killed_is_an_error_with_its_signal(
    kind: signal.Signals, running: Running
) -> None:
    ds = stored(23).map(dying_at(13, kind))
    loader = ds.loader(4, order="ordered", workers=2, processes="fork")
    given, error = given_until(atdata.WorkerLost, loader)
    assert f"was ended by {kind.name}" in str(error)
    assert given == list(range(12)), "whole batches before it were given"
    assert not running()
    state = loader.state_dict()
    again = stored(23).loader(4, order="ordered", processes="fork")
    again.load_state_dict(state)
    assert given + [number for batch in again for number in batch.number] == list(range(23))


def test_a_worker_that_leaves_is_an_error_with_its_status() -> None:
    with pytest.raises(atdata.WorkerLost, match="ended with status 3"):
        list(stored(9).map(exit_of).loader(4, processes="fork"))


def test_workers_killed_from_without_are_an_error_and_no_hang(running: Running) -> None:
    loader = stored(40).map(negative).loader(1, workers=3, processes="fork")
    begun = iter(loader)
    next(begun)
    kill_and_wait(running())
    with pytest.raises(atdata.WorkerLost, match="SIGKILL"):
        list(begun)
    assert not running()


def test_where_a_waiting_worker_was_killed_the_next_epoch_has_new_ones(
    running: Running,
) -> None:
    loader = stored(40).map(negative).loader(4, workers=2, processes="fork", order="ordered")
    expected = [[*batch.number] for batch in loader]
    waiting = running()
    assert len(waiting) == 2
    kill_and_wait(waiting[:1])
    assert [[*batch.number] for batch in loader] == expected
    assert len(running()) == 2
    assert not set(waiting) & set(running())


def test_two_loops_over_one_loader_share_no_workers(running: Running) -> None:
    ds = stored(23).map(negative)
    loader = ds.loader(4, workers=1, processes="fork", seed=5)
    list(loader)
    one, other = zip(*zip(iter(loader), iter(loader), strict=True), strict=True)
    for epoch, found in ((1, one), (2, other)):
        expected = [[*batch.number] for batch in ds.shuffled(4, seed=5, epoch=epoch)]
        assert [[*batch.number] for batch in found] == expected
    assert len(running()) == 1


def test_a_forked_process_leaves_the_workers_that_wait_to_its_parent(
    running: Running,
) -> None:
    ds = stored(23).map(negative)
    loader = ds.loader(4, workers=2, processes="fork", seed=5)
    list(loader)
    waiting = running()
    expected = [[*batch.number] for batch in ds.shuffled(4, seed=5, epoch=1)]
    process = os.fork()
    if not process:
        is_right = [[*batch.number] for batch in loader] == expected
        del loader
        os._exit(0 if is_right else 1)
    assert os.waitpid(process, 0)[1] == 0
    assert [[*batch.number] for batch in loader] == expected
    assert running() == waiting


LEAVING = """
import gc, os, sys, threading
sys.path[:0] = {paths!r}
from loader_data import named_memory, negative, workers_beside
from view_data import stored

def check():
    assert not workers_beside(set())
    names = [each.name for each in threading.enumerate()]
    assert not [each for each in names if each.startswith("atdata-loader")], names

def files():
    # The tracker of `multiprocessing` keeps one pipe.
    return sorted(os.readlink(f"/proc/self/fd/{{each}}").split(":")[0] for each in listed())

def listed():
    return [each for each in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{{each}}")]

def divide(batches):
    for batch in batches:
        len(batch) // 0

if __name__ == "__main__":
    loader = stored(40).map(negative).loader(1, workers=2, prefetch=4, processes={processes!r})
    list(loader)
    waiting = workers_beside(set())
    # Those of `forkserver` are children of its server.
    assert len(waiting) == (2 if {processes!r} in ("fork", "spawn") else 0)
    list(loader)
    assert workers_beside(set()) == waiting
    for _ in loader:
        break
    del _
    check()
    names, before = named_memory(), files()
    for _ in loader:
        assert named_memory() == names
        break
    del _
    check()
    try:
        divide(loader)
    except ZeroDivisionError:
        check()
    with iter(loader) as begun:
        next(begun)
    check()
    list(loader)
    del loader, begun
    check()
    gc.collect()
    assert files() == before, (files(), before)
    print("nothing is left")
"""


@pytest.mark.parametrize("processes", [False, "fork", "spawn", "forkserver"])
def test_nothing_is_left_behind_where_a_loop_is_left(
    root: Path, source_env: dict[str, str], tmp_path: Path, processes: Any
) -> None:
    program = tmp_path / "leaving.py"  # a program of its own: in this one, others have files too
    program.write_text(LEAVING.format(paths=[str(root / "tests")], processes=processes))
    done = run_program(str(program), env=source_env)
    assert (done.stdout, done.stderr) == ("nothing is left\n", ""), done.stderr


PROGRAM = """
import sys, time
sys.path[:0] = {paths!r}
import os
import atdata
from view_data import stored
from loader_data import children

def slow(sample):
    time.sleep(0.02)
    return sample

if __name__ == "__main__":
    ds = stored(400).map(slow)
    loader = ds.loader(4, workers=2, prefetch=4, processes={processes!r})
    for number, batch in enumerate(loader):
        if number == 1:
            print(*children(), flush=True)
"""


def started(root: Path, env: dict[str, str], processes: Any) -> tuple[Any, list[int]]:
    text = PROGRAM.format(paths=[str(root / "tests")], processes=processes)
    program = subprocess.Popen(
        [sys.executable, "-c", text],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout is not None
    return program, [int(each) for each in program.stdout.readline().split()]


@pytest.mark.parametrize("processes", [False, "fork"])
def test_ctrl_c_ends_everything(root: Path, source_env: dict[str, str], processes: Any) -> None:
    program, workers = started(root, source_env, processes)
    os.killpg(program.pid, signal.SIGINT)
    _, said = program.communicate(timeout=60)
    assert program.returncode == -signal.SIGINT
    assert said.count("Traceback") == 1, said
    assert said.rstrip().endswith("KeyboardInterrupt"), said
    assert len(workers) == (2 if processes else 0)
    assert not [each for each in workers if is_running(each)]


def test_ctrl_c_does_not_reach_workers_that_are_being_started() -> None:
    ds = stored(23)
    found = list(ds.map(Interrupted(), Item).loader(4, seed=5, processes="spawn"))
    assert same_batches(found, list(ds.map(negative).shuffled(4, seed=5)))


def test_processes_that_the_program_starts_later_feel_ctrl_c(
    root: Path, source_env: dict[str, str]
) -> None:
    """The server of `forkserver` is the program's, though the loader was the first to need it."""
    text = f"""
import multiprocessing, signal, sys
sys.path[:0] = {[str(root / "tests")]!r}
from view_data import stored

if __name__ == "__main__":
    next(iter(stored(8).loader(4, workers=1, processes="forkserver")))
    with multiprocessing.get_context("forkserver").Pool(1) as pool:
        print(signal.SIGINT in pool.apply(signal.pthread_sigmask, (signal.SIG_BLOCK, [])))
"""
    done = run_program("-c", text, env=source_env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "False\n", "")


def test_workers_end_when_the_program_is_killed(root: Path, source_env: dict[str, str]) -> None:
    program, workers = started(root, source_env, "fork")
    program.kill()
    program.communicate(timeout=60)
    assert len(workers) == 2
    wait_until(lambda: not [each for each in workers if is_running(each)])


def test_a_program_that_ends_in_the_middle_of_an_epoch_does_not_hang(
    root: Path, source_env: dict[str, str]
) -> None:
    for processes in (False, "fork"):
        text = PROGRAM.format(paths=[str(root / "tests")], processes=processes)
        text = text.replace("for number, batch in enumerate(loader):", "begun = iter(loader)")
        text = text.replace(
            "        if number == 1:\n            print", "    next(begun)\n    print"
        )
        done = run_program("-c", text, env=source_env)
        assert (done.returncode, done.stderr) == (0, "")
        assert not [each for each in done.stdout.split() if is_running(int(each))]


def test_a_forked_process_goes_through_the_dataset_with_threads_of_its_own() -> None:
    ds = stored(23)
    begun = iter(ds.loader(1, workers=2, prefetch=4))
    next(begun)
    child = os.fork()
    if not child:
        found = numbers_of(ds.loader(4, order="ordered", workers=2))
        os._exit(0 if found == numbers_of(ds.ordered(4)) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(list(begun)) == 22


def test_leaving_a_loop_does_not_wait_for_a_long_function(running: Running) -> None:
    def long(sample: Item) -> Item:
        if sample.number > 4:
            time.sleep(600)
        return sample

    for batch in stored(23).map(long).loader(1, order="ordered", processes="fork"):
        if batch.number == [4]:
            break
    assert not running()


def test_new_workers_do_not_verify_what_others_have_verified(tmp_path: Path) -> None:
    def rounds(ds: atdata.Dataset[Item]) -> Iterator[Callable[[], list[Any]]]:
        yield lambda: list(ds.loader(4, processes="fork"))
        yield lambda: list(ds.map(negative).loader(4, processes="fork"))
        yield lambda: list(ds.torch(4).loader(2))
        yield lambda: list(ds.map(negative)[:].torch(4).loader(2))

    for number in range(4):
        folder = tmp_path / str(number)
        ds = atdata.write_samples(map(item, range(23)), folder / "d.tar")
        epoch = list(rounds(ds))[number]
        epoch()
        data = bytearray(ds.shards[0].read_bytes())
        with ds.shards[0].open("r+b") as file:
            file.write(data.replace(b"n22", b"m22"))
        epoch()
        assert len(list(ds.ordered(4))) == 6, "nor does this process"
        with pytest.raises(atdata.ShardError, match="does not have the digest"):
            list(atdata.load_dataset(ds.shards[0], Item).loader(4, processes="fork"))
