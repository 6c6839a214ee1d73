"""How long compilers take over the same lexicons, as a user waits for them: whole processes, in turn.

    python -m benchmarks.compile_speed [count]

Prints ours: the first build, a build with nothing changed, and one with a single lexicon changed.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.compile_lexicons import SHARED, change, write_lexicons, write_schemas
from benchmarks.compilers import COMPILERS, OURS, command_of, environment_of
from benchmarks.process_trees import Ended, Spent, spend

__all__ = ["CHANGED", "FULL", "UNCHANGED", "Timed", "compare"]

FULL, UNCHANGED, CHANGED = "full build", "unchanged build", "one file changed"
_PATIENCE = 60
_MODULE = re.compile(r"sample\d+\.(py|ts)")


@dataclass(slots=True)
class Timed:
    """What one compiler took for one kind of build.

    Attributes:
        compiler: its name.
        what: the kind.
        files: lexicons that it made a module of.
        spent: one for each round.
    """

    compiler: str
    what: str
    files: int
    spent: list[Spent] = field(default_factory=list[Spent])


def compare(count: int, rounds: int, names: tuple[str, ...]) -> tuple[list[Timed], list[str]]:
    """Time each compiler on the same lexicons; in each round another one begins.

    A round of ours is a full build, one with nothing changed, and one with one lexicon changed. One that takes over
    a minute has one round.

    Args:
        count: of lexicons.
        rounds: of each.
        names: of `COMPILERS`.

    Returns:
        What each took, and who failed, and how.
    """
    found: dict[tuple[str, str], Timed] = {}
    failed: list[str] = []
    left = list(names)
    with _inputs(count) as folder:
        for number in range(rounds):
            for name in [*left[number % len(left) :], *left[: number % len(left)]]:
                try:
                    for what, files, spent in _round(name, folder, count):
                        row = found.setdefault((name, what), Timed(name, what, files))
                        row.spent.append(spent)
                except Ended as error:
                    failed.append(f"{COMPILERS[name].title}: {error}")
                    left.remove(name)
            left = [name for name in left if name == OURS or _quick(found[name, FULL])]
    return list(found.values()), failed


def _quick(timed: Timed) -> bool:
    return timed.spent[-1].seconds < _PATIENCE


def _round(name: str, folder: Path, count: int) -> Iterator[tuple[str, int, Spent]]:
    """One round: the kind of a build, how many modules there are then, and what it took."""
    for left in ("out", "cache"):
        shutil.rmtree(folder / left, ignore_errors=True)
    yield _build(name, folder, FULL)
    if name == OURS:
        yield _build(name, folder, UNCHANGED)
        change(folder / "lexicons", count - 1)
        yield _build(name, folder, CHANGED)
        write_lexicons(folder / "lexicons", count)


def _build(name: str, folder: Path, what: str) -> tuple[str, int, Spent]:
    spent = spend(command_of(name), folder, environment_of(name, folder))
    made = {path.name for path in (folder / "out").rglob(f"*{COMPILERS[name].suffix}")}
    files = sum(bool(_MODULE.fullmatch(file)) for file in made)
    print(f"  {name}, {what}: {spent.seconds:.2f} s, {spent.memory / 1e6:.0f} MB", flush=True)
    return what, files, spent


@contextmanager
def _inputs(count: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="atdata-compile-") as name:
        folder = Path(name)
        write_lexicons(folder / "lexicons", count)
        write_lexicons(folder / "all", count)
        shared = folder / "all" / "dev" / "atdata" / SHARED.name
        shared.parent.mkdir(parents=True)
        shutil.copyfile(SHARED, shared)
        write_schemas(folder / "schemas", count)
        yield folder


if __name__ == "__main__":
    compare(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000, 1, (OURS,))
