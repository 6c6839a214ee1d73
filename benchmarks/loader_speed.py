"""Loaders: threads beside each other, workers with a transform that costs, and handing a batch over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.goals import LOADER
from benchmarks.reading import Race, asking, started, turns
from benchmarks.results import Results, median
from benchmarks.settings import Settings
from benchmarks.tables import table

__all__ = ["loader_parts", "measure_loader"]

_CONTENDERS = ("ours", "webdataset", "mosaicml", "litdata")
_COUNT = (1_536, 512)
_WORKERS = {"ours": (0, 2), "webdataset": (2,), "mosaicml": (2,), "litdata": (2,)}

_TEXT = """## Loaders

Two threads beside one, arrays alone; `DataLoader` with two workers, and a transform that keeps a core busy for a millisecond a sample; and
what the caller waits for a batch of 32 MiB that a process has ready. With that transform no library passes a thousand samples a second and
worker, so a library with no cost of its own is as many times as fast as another as that one needs milliseconds for a sample.
"""


def measure_loader(settings: Settings, data: Path, results: Results) -> None:
    """Measure all three, in turns."""
    for workload in ("W1", "W2"):
        count = _COUNT[settings.quick]
        names = [name for name in _CONTENDERS if name in settings.contenders]
        with started(names, workload, count, data, results) as race:
            for each in list(race.processes):
                race.ask(each, asking("worked", workers=2), "transform")  # warms up
            _measure_transform(settings, race)
            if "ours" in race.processes:
                _measure_threads(settings, race)
                if workload == "W1":
                    _measure_handing(race)


def _measure_transform(settings: Settings, race: Race) -> None:
    for workers in (0, 2):
        part = [name for name in race.processes if workers in _WORKERS[name]]
        task = asking("worked", workers=workers)
        found = turns(settings, race, dict.fromkeys(part, task).__getitem__, "transform", part)
        for name, rounds in found.items():
            _note(race, "transform", name, workers, rounds)


def _measure_threads(settings: Settings, race: Race) -> None:
    for number in range(settings.rounds + 1):
        for workers in (0, 1, 2):
            one = race.ask("ours", asking("own", name="threads", workers=workers), "threads")
            if number and one:  # the first round warms up
                _note(race, "threads", "ours", workers, [one])


def _measure_handing(race: Race) -> None:
    one = race.ask("ours", asking("own", name="handing_over"), "handing over")
    if one:
        race.results.aspects.setdefault("handing", []).append({"workload": "W1", **one})
        print(f"  handing over: {one['seconds'] * 1e6:,.0f} us", flush=True)


def _note(race: Race, aspect: str, name: str, workers: int, rounds: list[Any]) -> None:
    rows = race.results.aspects.setdefault(aspect, [])
    key = {"workload": race.workload, "contender": name, "workers": workers}
    row = next((row for row in rows if key.items() <= row.items()), None)
    if row is None:
        row = {**key, "rates": []}
        rows.append(row)
    row["rates"] += [one["samples"] / one["seconds"] for one in rounds]
    print(f"  {aspect} {name}, {workers}: {median(row['rates']):,.0f} samples/s", flush=True)


def loader_parts(results: Results) -> list[str]:
    """The section, in parts; nothing where it was not measured."""
    rows = [*_threads(results), *_transform(results), *_handing(results)]
    if not rows:
        return []
    return [_TEXT, f"{table(['', 'ours', 'beside', 'times', 'goal'], rows)}\n"]


def _rates(results: Results, aspect: str) -> dict[tuple[str, str, int], float]:
    return {
        (row["workload"], row["contender"], row["workers"]): median(row["rates"])
        for row in results.aspects.get(aspect, [])
    }


def _threads(results: Results) -> list[list[str]]:
    rates, rows = _rates(results, "threads"), []
    for workload in ("W1", "W2"):
        pairs = ((1, "one thread", LOADER["threads"]), (0, "`shuffled`, which copies with two", 0))
        for beside, said, goal in pairs:
            if (workload, "ours", 2) in rates and (workload, "ours", beside) in rates:
                both = rates[workload, "ours", 2], rates[workload, "ours", beside]
                rows.append(_row(f"{workload}: two threads beside {said}", *both, goal))
    return rows


def _transform(results: Results) -> list[list[str]]:
    rates, rows = _rates(results, "transform"), []
    for (workload, name, workers), rate in rates.items():
        ours = rates.get((workload, "ours", 2))
        if ours is None or (name, workers) == ("ours", 2):
            continue
        said = "one process" if name == "ours" else f"{name}, two workers"
        goal = LOADER["processes"] if name == "ours" else LOADER["others"]
        rows.append(_row(f"{workload}, transform: two workers beside {said}", ours, rate, goal))
    return rows


def _handing(results: Results) -> list[list[str]]:
    return [
        ["handing over 32 MiB", f"{row['seconds'] * 1e6:,.0f} µs", "", "", "100 µs"]
        for row in results.aspects.get("handing", [])
    ]


def _row(said: str, ours: float, theirs: float, goal: float) -> list[str]:
    times = f"{ours / theirs:.2f}"
    shown = f"**{times}**" if goal and ours / theirs >= goal else times
    return [said, f"{ours:,.0f}", f"{theirs:,.0f}", shown, f"{goal:g}" if goal else ""]
