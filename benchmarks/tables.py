"""The tables of the report, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.contenders.entries import CONTENDERS
from benchmarks.goals import COLUMNS, GOALS, OTHERS
from benchmarks.results import Results, median, slower, spread

__all__ = ["figure", "others_table", "rates_table", "ratios_table", "table", "time_text"]

_ORDERS = ("ordered", "shuffled")
_OURS = ("ours", "ours-columns")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table.

    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "|" + "|".join(c if c == "---" else f" {c} " for c in line) + "|" for line in lines
    )


def ratios_table(results: Results, ours: str) -> str:
    """How many times as fast as each contender we are, the goal in brackets; bold where it is reached.

    Args:
        results: a run.
        ours: `"ours"`, or `"ours-columns"` for the dataset with column sidecars.
    """
    goals = GOALS if ours == "ours" else COLUMNS
    workloads = [
        name
        for name, orders in results.reading.items()
        if any(ours in each for each in orders.values())
    ]
    head = ["ratio to", *(f"{name} {order}" for name in workloads for order in _ORDERS)]
    rows = []
    for name, entry in CONTENDERS.items():
        if name not in _OURS:
            cells = [
                _ratio(results, ours, name, workload, order, goals)
                for workload in workloads
                for order in _ORDERS
            ]
            if any(cells):
                rows.append([entry.title, *cells])
    return table(head, rows)


def _ratio(
    results: Results, ours: str, name: str, workload: str, order: str, goals: dict[str, Any]
) -> str:
    rates = results.reading[workload].get(order, {})
    if ours not in rates or name not in rates:
        return ""
    ratio = median(rates[ours]) / median(rates[name])
    pair = goals.get(name, {}).get(workload)
    if pair is None:
        return figure(ratio)
    goal = pair[_ORDERS.index(order)]
    shown = figure(ratio)
    return f"{f'**{shown}**' if ratio >= goal else shown} ({goal:g})"


def rates_table(results: Results, workload: str) -> str:
    """Samples a second of every contender, with the spread of the rounds; `*` for rounds cut short."""
    rows = []
    for name, entry in CONTENDERS.items():
        cells = [_rate(results, workload, order, name) for order in _ORDERS]
        if any(cells):
            rows.append([entry.title, *cells])
    return table([f"{workload}, samples/s", *_ORDERS], rows)


def _rate(results: Results, workload: str, order: str, name: str) -> str:
    each = results.reading[workload].get(order, {}).get(name)
    if not each:
        return ""
    cut = "*" if name in results.cut.get(workload, {}).get(order, {}) else ""
    return f"{median(each):,.0f}{cut} ± {spread(each):.0%}"


def others_table(results: Results) -> str:
    """The other measurements, one a row, with goals."""
    rows = []
    for aspect in _TITLES:
        each = results.aspects.get(aspect, [])
        for row in each:
            goal = OTHERS.get(f"{aspect} {row['workload']}", OTHERS.get(aspect, ""))
            mine = row["contender"] in _OURS
            what = f"{_TITLES[aspect]}, {row['workload']}" + (
                f" {row['order']}" if "order" in row else ""
            )
            title = CONTENDERS[row["contender"]].title
            rows.append([what, title, _SHOWN[aspect](row, each), goal if mine else ""])
    return table(["", "", "median", "goal"], rows)


def _writing(row: dict[str, Any], each: list[dict[str, Any]]) -> str:
    rate = median(row["rates"])
    volume = rate * row["megabytes"] / row["count"] / 1e3
    return f"{rate:,.0f} samples/s ± {spread(row['rates']):.0%}, {volume:.2f} GB/s{_times(row, each, 'rates')}"


def _floor(row: dict[str, Any], _: list[dict[str, Any]]) -> str:
    return f"{median(row['rates']):,.0f} samples/s"


def _lists(row: dict[str, Any], _: list[dict[str, Any]]) -> str:
    return f"{row['samples'] / median(row['seconds']):,.0f} samples/s"


def _single(row: dict[str, Any], each: list[dict[str, Any]]) -> str:
    return f"{time_text(median(row['seconds']))} of {row['total']:,}{_times(row, each, 'seconds')}"


def _opened(row: dict[str, Any], _: list[dict[str, Any]]) -> str:
    return (
        f"{time_text(median(row['seconds']))} for {row['samples']:,} samples in {row['shards']:,}"
    )


def _index(row: dict[str, Any], _: list[dict[str, Any]]) -> str:
    return f"{row['samples'] / median(row['seconds']) / 1e6:.2f} M members/s"


def _validation(row: dict[str, Any], _: list[dict[str, Any]]) -> str:
    return f"on takes {slower(row) - 1:+.1%}"


def _resume(row: dict[str, Any], _: list[dict[str, Any]]) -> str:
    return (
        f"{row['bytes']} bytes, {time_text(median(row['seconds']))} with {row['samples']:,} samples"
    )


def _memory(row: dict[str, Any], _: list[dict[str, Any]]) -> str:
    return f"{row['extra'] / 1e6:.1f} MB, {row['extra'] / row['batch']:.1f} batches"


def _times(row: dict[str, Any], each: list[dict[str, Any]], key: str) -> str:
    """How many times as fast as the peer one of ours is."""
    peer = [
        one for one in each if one["contender"] == "peer" and one["workload"] == row["workload"]
    ]
    if not peer or row["contender"] == "peer":
        return ""
    ratio = median(row[key]) / median(peer[0][key])
    return f", {figure(1 / ratio if key == 'seconds' else ratio)} times atdata 0.7"


def time_text(seconds: float) -> str:
    """A time in a fitting unit.

    >>> time_text(0.0125), time_text(3.5e-7)
    ('12.5 ms', '0.35 us')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def figure(ratio: float) -> str:
    """A ratio in as many digits as say something."""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"


_TITLES = {
    "writing": "writing",
    "write": "what bounds it: the system's write of the same bytes",
    "hash": "what bounds it: one SHA-256 of the same bytes, of two at once",
    "rows": "what bounds reading in order: numpy's copy of the arrays alone, out of the same shards",
    "lists": "what bounds reading: making the lists of ready columns, and touching them",
    "single": "a sample by its number",
    "length": "opening, and the number of samples",
    "open_many": "opening many shards from their sidecars",
    "index": "building the index",
    "validation": "validation of values",
    "resume": "resuming in the middle of a shuffled epoch",
    "memory": "private memory of an epoch",
}
_SHOWN = {
    "writing": _writing,
    "write": _floor,
    "hash": _floor,
    "rows": _lists,
    "lists": _lists,
    "single": _single,
    "length": _single,
    "open_many": _opened,
    "index": _index,
    "validation": _validation,
    "resume": _resume,
    "memory": _memory,
}
