"""Functions for `map` that other processes find by name, and what is looked at in the tests of loaders."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from view_data import Item
from waiting import wait_until

__all__ = [
    "Interrupted",
    "Picky",
    "children",
    "dying_at",
    "exit_of",
    "failing_at",
    "given_until",
    "is_running",
    "kill_and_wait",
    "named_memory",
    "negative",
    "run_program",
    "same_batches",
    "workers_beside",
]


E = TypeVar("E", bound=Exception)


class Picky(Exception):
    """An exception that pickle cannot make again."""

    def __init__(self, left: int, right: int) -> None:
        super().__init__(f"{left} and {right}")


def negative(sample: Item) -> Item:
    return Item(image=-sample.image, number=-sample.number, note=sample.note)


class Interrupted:
    """A function that has Ctrl-C come to the process that is sent it, before anything else is there."""

    def __call__(self, sample: Item) -> Item:
        return negative(sample)

    def __reduce__(self) -> tuple[Any, ...]:
        return interrupted, ()


def interrupted() -> Any:
    os.kill(os.getpid(), signal.SIGINT)
    return negative


def failing_at(number: int) -> Any:
    def fail(sample: Item) -> Item:
        if sample.number == number:
            raise KeyError(f"no {number}")
        return sample

    return fail


def dying_at(number: int, kind: int = signal.SIGKILL) -> Any:
    def die(sample: Item) -> Item:
        if sample.number == number:
            os.kill(os.getpid(), kind)
        return sample

    return die


def exit_of(sample: Item) -> Item:
    os._exit(3)


def given_until(kind: type[E], batches: Iterable[Any]) -> tuple[list[int], E]:
    """The numbers of the samples that come before an exception, and it."""
    given = list[int]()
    try:
        for batch in batches:
            given += batch.number
    except kind as error:
        return given, error
    raise AssertionError(f"no {kind.__name__} came")


def children() -> list[int]:
    """The processes that this one has started and not waited for."""
    task = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(number) for number in task.read_text().split()]


def is_running(process: int) -> bool:
    """Whether a process is there that has not ended."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def workers_beside(known: set[int]) -> list[int]:
    """The workers that this process has started beside some children, and that have not ended.

    The server of `forkserver` and the tracker of `multiprocessing` stay for as long as the program.
    """
    stay = ("forkserver", "resource_tracker")
    return [
        each
        for each in children()
        if each not in known and is_running(each) and not any(name in said(each) for name in stay)
    ]


def said(process: int) -> str:
    """The command line of a process, nothing where it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def named_memory() -> set[str]:
    """The files of shared memory that this process and its children use and that have a name.

    What other programs have there meanwhile is theirs.
    """
    found = set[str]()
    for process in [os.getpid(), *children()]:
        try:
            lines = Path(f"/proc/{process}/maps").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found |= {
            line.split(maxsplit=5)[-1] for line in lines if re.search(r" /dev/shm/[^/]+$", line)
        }
    return {name for name in found if not name.endswith("(deleted)")}


def kill_and_wait(workers: Iterable[int]) -> None:
    """Kill workers; they have ended when it returns, and the program hears of all of them at once.

    torch has the program raise an exception wherever it is when it hears of the first: let that be here, and once.
    """
    killed = list(workers)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    try:
        for worker in killed:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: not any(map(is_running, killed)))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_program(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, two minutes at most."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def same_batches(found: list[Any], expected: list[Any]) -> bool:
    """Whether batches have the same keys, arrays, numbers and texts."""
    return len(found) == len(expected) and all(
        one.keys == other.keys
        and one.number == other.number
        and one.note == other.note
        and [image.tobytes() for image in one.image] == [image.tobytes() for image in other.image]
        for one, other in zip(found, expected, strict=True)
    )
