"""What is measured besides reading: writing, single samples, opening, indexing, validation, resuming, memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.contenders.entries import CONTENDERS
from benchmarks.processes import Process
from benchmarks.reading import Race, asking, started, turns
from benchmarks.results import Results, median, slower
from benchmarks.settings import ORDERS, Settings
from benchmarks.stages import STAGES

__all__ = ["measure_own", "measure_single", "measure_stages", "measure_writing"]

# Those that write objects of their own and know single samples.
_TYPED = ("ours", "ours-columns", "ours-undigested", "peer")
_WRITTEN = {"W1": (512, 64), "W2": (1_024, 256), "W3": (50_000, 2_000), "W4": (50_000, 2_000)}
_SINGLE = {"W1": (1_024, 64), "W3": (20_000, 1_000), "W4": (20_000, 1_000)}
_PAIRS = (9, 2)
_MANY = ((1_000, 10_000_000), (20, 20_000))


def measure_writing(settings: Settings, data: Path, results: Results) -> None:
    """Time the writing of samples that lie ready as objects."""
    for workload in ("W1", "W3", "W4"):
        count = _WRITTEN[workload][settings.quick]
        task = asking("rewrite", count=count)
        with started(_chosen(settings), workload, 1, data, results) as race:
            found = turns(
                settings, race, dict.fromkeys(race.processes, task).__getitem__, "writing"
            )
            if "ours" in race.processes:
                _floors(settings, race, count)
        for name, each in found.items():
            rates = [one["samples"] / one["seconds"] for one in each]
            megabytes = each[0]["bytes"] / 1e6
            row = _row(race, name, rates=rates, megabytes=megabytes, count=count)
            _note(results, "writing", row, f"{median(rates):,.0f} samples/s")


def _floors(settings: Settings, race: Race, count: int) -> None:
    """What the bytes alone cost, while the processes that wrote them are still there."""
    each = [
        one
        for _ in range(settings.rounds)
        if (one := race.ask("ours", asking("own", name="floors", count=count), "floors"))
    ]
    for part in ("write", "hash"):
        rates = [one["samples"] / one[part] for one in each]
        if rates:
            _note(race.results, part, _row(race, "ours", rates=rates), f"{median(rates):,.0f}/s")


def measure_single(settings: Settings, data: Path, results: Results) -> None:
    """Time single samples by number, and the length of a dataset."""
    for workload in ("W1", "W3", "W4"):
        total = _SINGLE[workload][settings.quick]
        with started(_chosen(settings, reading=True), workload, total, data, results) as race:
            gets = {name: _gets(name, total) for name in race.processes}
            for one in turns(settings, race, gets.__getitem__, "single samples").items():
                _note_seconds(race, "single", *one, total)
            for one in turns(settings, race, lambda _: asking("length"), "length").items():
                _note_seconds(race, "length", *one, total)


def _note_seconds(
    race: Race, task: str, name: str, rounds: list[dict[str, float]], total: int
) -> None:
    seconds = [one["seconds"] / (one["samples"] if task == "single" else 1) for one in rounds]
    row = _row(race, name, seconds=seconds, total=total)
    _note(race.results, task, row, f"{median(seconds) * 1e6:,.2f} us")


def measure_stages(settings: Settings, data: Path, results: Results) -> None:
    """Time the epochs of each stage, and numpy's copy, in turns."""
    for workload in ("W1", "W2", "W3", "W4"):
        names = [name for name in ("ours", "ours-columns") if name in settings.contenders]
        with started(names, workload, settings.count(workload), data, results) as race:
            for name in race.processes:
                for order in ORDERS:
                    _stages(settings, race, name, order)


def _stages(settings: Settings, race: Race, name: str, order: str) -> None:
    # numpy takes scattered rows one by one, which says nothing about the memory.
    with_copy = race.workload != "W3" and order == "ordered"
    asked = (*STAGES, "copy") if with_copy else STAGES
    times: dict[str, list[float]] = {stage: [] for stage in asked}
    for number in range(settings.rounds + 1):
        for stage in asked:
            arguments = {"name": "stage", "order": order, "stage": stage}
            one = race.ask(name, asking("own", **arguments), "stages")
            if one is None:
                return
            if number:  # the first round warms up
                times[stage].append(one["seconds"] / one["batches"])
    row = _row(race, name, order=order, seconds=times)
    shown = ", ".join(f"{stage} {median(each) * 1e6:,.0f}" for stage, each in times.items())
    _note(race.results, "stages", row, f"{shown} us a batch")


def measure_own(settings: Settings, race: Race) -> None:
    """What only this project is asked for, on the data that was just read."""
    for name in ("ours", "ours-columns"):
        if name not in race.processes:
            continue
        for order in ORDERS:
            found = race.ask(name, asking("memory", order=order), "memory")
            if found:
                _note(race.results, "memory", _row(race, name, order=order, **found), str(found))
        _validation(settings, race, name)
        _repeated(settings, race, name, "resume")
        _repeated(settings, race, name, "index")
        if name == "ours":
            _repeated(settings, race, name, "lists" if race.workload == "W3" else "rows")
        if race.workload == "W3":
            shards, samples = _MANY[settings.quick]
            _repeated(settings, race, name, "open_many", shards=shards, samples=samples)


def _validation(settings: Settings, race: Race, name: str) -> None:
    """Validation on and off, in turns."""
    rounds = _PAIRS[settings.quick]
    for order in ORDERS:
        arguments = {"name": "validation", "order": order, "rounds": rounds}
        found = race.ask(name, asking("own", **arguments), "validation")
        if found is None:
            return
        row = _row(race, name, order=order, **found)
        _note(race.results, "validation", row, f"off is {slower(row):.2f} times as fast")


def _repeated(settings: Settings, race: Race, name: str, task: str, **arguments: Any) -> None:
    each = []
    for _ in range(settings.rounds):
        one = race.ask(name, asking("own", name=task, **arguments), task)
        if one is None:
            return
        each.append(one)
    seconds = [one.pop("seconds") for one in each]
    row = _row(race, name, seconds=seconds, **each[-1])
    _note(race.results, task, row, f"{median(seconds) * 1e3:,.2f} ms, {each[-1]}")


def _row(race: Race, name: str, **values: Any) -> dict[str, Any]:
    return {"workload": race.workload, "contender": name, **values}


def _chosen(settings: Settings, *, reading: bool = False) -> list[str]:
    return [
        name
        for name in _TYPED
        if name in settings.contenders and (CONTENDERS[name].reads or not reading)
    ]


def _gets(name: str, total: int) -> Callable[[Process], Any]:
    # The peer scans the dataset for each sample; ours are a call each.
    return asking("get", count=5 if name == "peer" else 10_000, total=total)


def _note(results: Results, aspect: str, row: dict[str, Any], shown: str) -> None:
    results.aspects.setdefault(aspect, []).append(row)
    place = " ".join(str(row[key]) for key in ("workload", "contender", "order") if key in row)
    print(f"  {aspect} {place}: {shown}", flush=True)
