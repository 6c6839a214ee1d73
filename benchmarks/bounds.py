"""Goals that were not reached, beside what bounds every reader of the same files on this machine."""

from __future__ import annotations

from benchmarks.contenders.entries import CONTENDERS
from benchmarks.goals import COLUMNS, GOALS, Goals
from benchmarks.results import Results, median
from benchmarks.settings import ORDERS
from benchmarks.tables import figure, table

__all__ = ["bounds_parts"]

_TEXT = """## Goals that are not reached

What a goal asks of this machine, as a share of a bound. The bound of W1, W2 and W4 is numpy's copy of the arrays alone, out of the mapped shards or out of
one array, whichever is faster; touching, every other field, the batch and its lists come on top. Ours copies large rows with two threads, which may pass one
of numpy's by a little. That of W3 is making the lists, and touching them, out of columns that lie ready. Bounds are those of the ordered pass; rows that lie
scattered are slower to reach.
"""


def bounds_parts(results: Results) -> list[str]:
    """The section, in parts; nothing where every goal is reached."""
    rows = [*_missed(results, "ours", GOALS), *_missed(results, "ours-columns", COLUMNS)]
    if not rows:
        return []
    head = [
        "",
        "reached",
        "goal",
        "goal, samples/s",
        "ours, share of the bound",
        "goal, share of the bound",
    ]
    return [_TEXT, f"{table(head, rows)}\n"]


def _missed(results: Results, ours: str, goals: Goals) -> list[list[str]]:
    rows = []
    for name, of_workloads in goals.items():
        for workload, pair in of_workloads.items():
            bound = _bound(results, workload)
            for order, goal in zip(ORDERS, pair, strict=True):
                rates = results.reading.get(workload, {}).get(order, {})
                if ours not in rates or name not in rates or bound is None:
                    continue
                mine, theirs = median(rates[ours]), median(rates[name])
                if mine / theirs < goal:
                    with_columns = " with columns" if ours != "ours" else ""
                    what = f"{workload} {order}{with_columns}, {CONTENDERS[name].title}"
                    shares = (f"{rate / bound:.0%}" for rate in (mine, goal * theirs))
                    asked = f"{goal * theirs:,.0f}"
                    rows.append([what, figure(mine / theirs), f"{goal:g}", asked, *shares])
    return rows


def _bound(results: Results, workload: str) -> float | None:
    """Samples a second of whoever does nothing but what everybody has to."""
    aspect = "lists" if workload == "W3" else "rows"
    rates = [
        row["samples"] / median(row["seconds"])
        for row in results.aspects.get(aspect, [])
        if row["workload"] == workload
    ]
    copied = results.reading.get(workload, {}).get("ordered", {}).get("copy")
    if copied:
        rates.append(median(copied))
    return max(rates, default=None)
