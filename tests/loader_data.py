"""Functions for `map` that other processes find by name, and what is looked at in the tests of loaders."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from view_data import Item

__all__ = [
    "Picky",
    "children",
    "dying_at",
    "exit_of",
    "failing_at",
    "given_until",
    "is_running",
    "named_memory",
    "negative",
    "same_batches",
]


E = TypeVar("E", bound=Exception)


class Picky(Exception):
    """An exception that pickle cannot make again."""

    def __init__(self, left: int, right: int) -> None:
        super().__init__(f"{left} and {right}")


def negative(sample: Item) -> Item:
    return Item(image=-sample.image, number=-sample.number, note=sample.note)


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


def named_memory() -> set[str]:
    """The shared memory that has a name."""
    return {path.name for path in Path("/dev/shm").iterdir() if "atdata-ring" in path.name} | {
        path.name for path in Path("/dev/shm").iterdir() if path.name.startswith(("psm_", "sem."))
    }


def same_batches(found: list[Any], expected: list[Any]) -> bool:
    """Whether batches have the same keys, arrays, numbers and texts."""
    return len(found) == len(expected) and all(
        one.keys == other.keys
        and one.number == other.number
        and one.note == other.note
        and [image.tobytes() for image in one.image] == [image.tobytes() for image in other.image]
        for one, other in zip(found, expected, strict=True)
    )
