"""Whole processes, from their start to their end, and the memory of them and of those that they start."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Ended", "Spent", "memory_of", "spend"]

_EVERY = 0.02


class Ended(Exception):
    """A process that ended with an error."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took.

    Attributes:
        seconds: from its start to its end.
        memory: the most bytes that it and its descendants had resident at once, as seen fifty times a second; a page
            that several share counts for each. 0 where the system does not tell.
    """

    seconds: float
    memory: int


def spend(command: Sequence[str | Path], folder: Path, env: Mapping[str, str]) -> Spent:
    """Run a command to its end.

    Raises:
        Ended: it failed; the message is the end of what it said.
    """
    # Into a file: a pipe that nobody reads would hold the process up.
    said = folder / "said.txt"
    over, most = threading.Event(), [0]
    with said.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT
        )
        watcher = threading.Thread(target=_watch, args=(process.pid, over, most))
        watcher.start()
        code = process.wait()
        seconds = time.perf_counter() - start
    over.set()
    watcher.join()
    if code:
        lines = said.read_text("utf-8", "replace").strip().splitlines()
        raise Ended(f"ended with {code}: {' '.join(lines[-3:])[-300:]}")
    return Spent(seconds, most[0])


def memory_of(pid: int) -> int:
    """The resident bytes of a process and its descendants; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/status").read_text().splitlines()
        kilobytes = next((line.split()[1] for line in fields if line.startswith("VmRSS:")), "0")
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return 0
    children = [int(child) for text in lists for child in text.split()]
    return int(kilobytes) * 1024 + sum(map(memory_of, children))


def _watch(pid: int, over: threading.Event, most: list[int]) -> None:
    while not over.wait(_EVERY):
        most[0] = max(most[0], memory_of(pid))
