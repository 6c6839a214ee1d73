"""Reading: all contenders of a workload, side by side, in turns."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contenders.entries import CONTENDERS
from benchmarks.processes import Failed, Process
from benchmarks.results import Results, median
from benchmarks.settings import ORDERS, Order, Settings

__all__ = ["LEAD", "Race", "measure_reading", "asking", "started", "turns"]

# Of a round that is cut short, so much is read before the clock starts: the buffers that some contenders
# shuffle in are full by then.
LEAD = 0.3
# Rounds of quick contenders are lengthened to this by reading more epochs.
_LEAST = 0.3


@dataclass(frozen=True, slots=True)
class Race:
    """The contenders of one workload.

    Attributes:
        workload: its name.
        processes: those that still take part.
        results: what is found, and who failed.
    """

    workload: str
    processes: dict[str, Process]
    results: Results

    def ask(self, name: str, work: Callable[[Process], Any], what: str) -> Any:
        """Have one contender do something; None, and a note, when it cannot."""
        try:
            return work(self.processes[name])
        except Failed as error:
            self.results.missing.append(f"{self.workload} {what}, {name}: {error}")
            print(f"  {name}: {what}: {error}", flush=True)
            return None

    def leave(self, name: str) -> None:
        """Take a contender out."""
        self.processes.pop(name).close()


@contextmanager
def started(
    names: Sequence[str], workload: str, count: int, data: Path, results: Results
) -> Iterator[Race]:
    """Those contenders that take part in a workload, started, their data written; removed at the end.

    Two write at once: writing is timed elsewhere.
    """
    names = [name for name in names if workload in CONTENDERS[name].workloads]
    print(f"{workload}: {count:,} samples, writing ...", flush=True)
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        processes = {name: stack.enter_context(Process(name, workload, data)) for name in names}
        race = Race(workload, processes, results)

        def begin(name: str) -> Any:
            return race.ask(name, lambda process: _begun(process, count), "writing")

        for name, version in zip(names, list(pool.map(begin, names)), strict=True):
            if version is None:
                race.leave(name)
        yield race
    shutil.rmtree(data / workload, ignore_errors=True)


def _begun(process: Process, count: int) -> str:
    version = process.ready()
    process.ask("write", count=count)
    return version


def measure_reading(settings: Settings, race: Race) -> None:
    """Compare the digests of all, then time the rounds in both orders."""
    if not race.processes:
        return
    speeds = _gates(settings, race)
    for order in ORDERS:
        limits = {name: _limit(settings, race, speeds[name, order]) for name in race.processes}
        _rounds(settings, race, order, limits)


def _rounds(
    settings: Settings, race: Race, order: Order, limits: dict[str, tuple[int, int]]
) -> None:
    print(f"{race.workload} {order}: {settings.rounds} rounds ...", flush=True)
    found = turns(settings, race, lambda name: _round(settings, order, *limits[name]), order)
    rates = {
        name: [one["samples"] / one["seconds"] for one in each] for name, each in found.items()
    }
    race.results.reading.setdefault(race.workload, {})[order] = rates
    cut = {name: limit for name, (lead, limit) in limits.items() if lead and name in rates}
    race.results.cut.setdefault(race.workload, {})[order] = cut
    for name, each in sorted(rates.items(), key=lambda item: -median(item[1])):
        print(f"  {name:14} {median(each):14,.0f} samples/s", flush=True)


def asking(task: str, **arguments: Any) -> Callable[[Process], Any]:
    """The asking of a process for a task."""
    return lambda process: process.ask(task, **arguments)


def turns(
    settings: Settings,
    race: Race,
    work: Callable[[str], Callable[[Process], Any]],
    what: str,
    among: Sequence[str] | None = None,
) -> dict[str, list[Any]]:
    """The results of all rounds; in each round every contender, or those named, has its turn once, another one first."""
    found: dict[str, list[Any]] = {}
    for number in range(settings.rounds):
        names = [name for name in race.processes if among is None or name in among]
        shift = number % len(names) if names else 0
        for name in names[shift:] + names[:shift]:
            one = race.ask(name, work(name), what)
            if one is None:
                race.leave(name)
                found.pop(name, None)
            else:
                found.setdefault(name, []).append(one)
    return found


def _round(settings: Settings, order: Order, lead: int, limit: int) -> Callable[[Process], Any]:
    arguments: dict[str, Any] = {
        "order": order,
        "lead": lead,
        "limit": limit,
        "least": 0 if lead else _LEAST,
    }
    return asking("epoch", touch=settings.touch, **arguments)


def _limit(settings: Settings, race: Race, speed: float) -> tuple[int, int]:
    """Samples before the clock starts and while it runs; no lead for those that read whole epochs."""
    count = settings.count(race.workload)
    limit = int(speed * settings.seconds)
    lead = int(limit * LEAD)
    return (lead, limit) if lead + limit < count else (0, count)


def _gates(settings: Settings, race: Race) -> dict[tuple[str, str], float]:
    """The samples a second of those whose digests are right; the others are out. Two read at once."""
    count = settings.count(race.workload)
    source = next(iter(race.processes))
    expected = race.processes[source].ask("expected", count=count)
    race.results.gates[race.workload] = {"expected": expected, "wrong": {}}
    speeds: dict[tuple[str, str], float] = {}
    print(f"{race.workload}: comparing digests ...", flush=True)
    names = list(race.processes)
    with ThreadPoolExecutor(2) as pool:
        passed = pool.map(lambda name: _passed(race, name, expected), names)
        for name, found in zip(names, passed, strict=True):
            if len(found) < len(ORDERS):
                race.leave(name)
            speeds |= {(name, order): speed for order, speed in found.items()}
    return speeds


def _passed(race: Race, name: str, expected: dict[str, str]) -> dict[Order, float]:
    """Samples a second in those orders in which a contender delivers what it should."""
    speeds: dict[Order, float] = {}
    for order in ORDERS:
        found = race.ask(name, asking("gate", order=order), f"{order} gate")
        if found is None:
            break
        right = expected[found["columns"]]
        if found["digest"] == right:
            speeds[order] = found["samples"] / found["seconds"]
            continue
        race.results.gates[race.workload]["wrong"][f"{name} {order}"] = found["digest"]
        message = f"{race.workload} {order}, {name}: delivers {found['digest']}, not {right}"
        race.results.missing.append(message)
        print(f"  {message}", flush=True)
    return speeds
