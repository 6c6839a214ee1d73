"""Loaders: threads beside each other, workers with a transform that costs, and handing a batch over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.goals import LOADER
from benchmarks.reading import Race, asking, started
from benchmarks.results import Results, median
from benchmarks.settings import Settings
from benchmarks.tables import table

__all__ = ["loader_parts", "measure_loader"]

_CONTENDERS = ("ours", "webdataset", "mosaicml", "litdata")
_COUNT = (1_536, 512)
_WORKERS = {"ours": (0, 2), "webdataset": (2,), "mosaicml": (2,), "litdata": (2,)}

_TEXT = """## Loaders

Two threads beside one, arrays alone; `DataLoader` with two workers, which stay from epoch to epoch, and a transform that keeps a core busy for a millisecond a sample; and
what the caller waits for a batch of 32 MiB that a process has ready. With that transform no library passes a thousand samples a second and
worker, so a library with no cost of its own is as many times as fast as another as that one needs milliseconds for a sample. "At most" is
what the machine gave in the same rounds without any library: two threads that copy scattered arrays beside one, and two processes that only keep
cores busy beside one of them, or beside the other library.
"""


def measure_loader(settings: Settings, data: Path, results: Results) -> None:
    """Measure all three, in turns."""
    for workload in ("W1", "W2"):
        count = _COUNT[settings.quick]
        names = [name for name in _CONTENDERS if name in settings.contenders]
        with started(names, workload, count, data, results) as race:
            for each in list(race.processes):
                race.ask(each, asking("worked", workers=2), "transform")  # warms up
            for number in range(settings.rounds):
                _transform_round(race, number)
            if "ours" in race.processes:
                for number in range(settings.rounds + 1):
                    _threads_round(race, warms_up=not number)
                if workload == "W1":
                    _measure_handing(race)


def _transform_round(race: Race, number: int) -> None:
    """One turn each, another one first in each round."""
    turns = [(name, workers) for name in race.processes for workers in _WORKERS[name]]
    shift = number % len(turns) if turns else 0
    for name, workers in turns[shift:] + turns[:shift]:
        if name not in race.processes:
            continue
        one = race.ask(name, asking("worked", workers=workers), "transform")
        if one is None:
            race.leave(name)
        else:
            _note(race, "transform", name, workers, one)
    _ask_own(race, "burning", (1, 2))


def _threads_round(race: Race, *, warms_up: bool) -> None:
    _ask_own(race, "threads", (0, 1, 2), warms_up=warms_up)
    _ask_own(race, "copies", (1, 2), warms_up=warms_up)


def _ask_own(race: Race, name: str, among: tuple[int, ...], *, warms_up: bool = False) -> None:
    for workers in among if "ours" in race.processes else ():
        one = race.ask("ours", asking("own", name=name, workers=workers), name)
        if one and not warms_up:
            _note(race, name, "ours", workers, one)


def _measure_handing(race: Race) -> None:
    for by in ("loader", "torch"):
        one = race.ask("ours", asking("own", name="handing_over", by=by), "handing over")
        if one:
            race.results.aspects.setdefault("handing", []).append(
                {"workload": "W1", "by": by, **one}
            )
            print(f"  handing over, {by}: {one['seconds'] * 1e6:,.0f} us", flush=True)


def _note(race: Race, aspect: str, name: str, workers: int, one: Any) -> None:
    rows = race.results.aspects.setdefault(aspect, [])
    key = {"workload": race.workload, "contender": name, "workers": workers}
    row = next((row for row in rows if key.items() <= row.items()), None)
    if row is None:
        row = {**key, "rates": []}
        rows.append(row)
    row["rates"].append(one["samples"] / one["seconds"])
    print(f"  {aspect} {name}, {workers}: {median(row['rates']):,.0f} samples/s", flush=True)


def loader_parts(results: Results) -> list[str]:
    """The section, in parts; nothing where it was not measured."""
    rows = [*_threads(results), *_transform(results), *_handing(results)]
    if not rows:
        return []
    return [_TEXT, f"{table(['', 'ours', 'beside', 'times', 'goal', 'at most'], rows)}\n"]


def _rates(results: Results, aspect: str) -> dict[tuple[str, str, int], float]:
    return {
        (row["workload"], row["contender"], row["workers"]): median(row["rates"])
        for row in results.aspects.get(aspect, [])
    }


def _threads(results: Results) -> list[list[str]]:
    rates, bound, rows = _rates(results, "threads"), _rates(results, "copies"), []
    for workload in ("W1", "W2"):
        pairs = ((1, "one thread", LOADER["threads"]), (0, "`shuffled`, which copies with two", 0))
        for beside, said, goal in pairs:
            if (workload, "ours", 2) in rates and (workload, "ours", beside) in rates:
                both = rates[workload, "ours", 2], rates[workload, "ours", beside]
                most = _ratio(bound, workload, 1) if beside else None
                rows.append(_row(f"{workload}: two threads beside {said}", *both, goal, most))
    return rows


def _ratio(rates: dict[tuple[str, str, int], float], workload: str, beside: int) -> float | None:
    two, other = (rates.get((workload, "ours", count)) for count in (2, beside))
    return None if two is None or other is None else two / other


def _transform(results: Results) -> list[list[str]]:
    rates, bound, rows = _rates(results, "transform"), _rates(results, "burning"), []
    for (workload, name, workers), rate in rates.items():
        ours, most = rates.get((workload, "ours", 2)), bound.get((workload, "ours", 2))
        if ours is None or (name, workers) == ("ours", 2):
            continue
        said = "one process" if name == "ours" else f"{name}, two workers"
        goal = LOADER["processes"] if name == "ours" else LOADER["others"]
        limit = _ratio(bound, workload, 1) if name == "ours" else most and most / rate
        rows.append(
            _row(f"{workload}, transform: two workers beside {said}", ours, rate, goal, limit)
        )
    return rows


def _handing(results: Results) -> list[list[str]]:
    said = {"loader": "`loader`, processes", "torch": "`DataLoader`"}
    return [
        [
            f"handing over 32 MiB, {said[row['by']]}: median, least",
            f"{row['seconds'] * 1e6:,.0f} µs",
            f"{row['least'] * 1e6:,.0f} µs",
            "",
            "100 µs" if row["by"] == "loader" else "",
            "",
        ]
        for row in results.aspects.get("handing", [])
    ]


def _row(said: str, ours: float, theirs: float, goal: float, most: float | None) -> list[str]:
    times = f"{ours / theirs:.2f}"
    shown = f"**{times}**" if goal and ours / theirs >= goal else times
    limit = "" if most is None else f"{most:.2f}"
    return [said, f"{ours:,.0f}", f"{theirs:,.0f}", shown, f"{goal:g}" if goal else "", limit]
