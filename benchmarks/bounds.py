"""Goals that were not reached, beside what bounds every reader of the same files, and where our time goes."""

from __future__ import annotations

from benchmarks.contenders.entries import CONTENDERS
from benchmarks.goals import COLUMNS, GOALS, WRITING, Goals
from benchmarks.results import Results, median
from benchmarks.settings import ORDERS
from benchmarks.stages import STAGES
from benchmarks.tables import figure, table

__all__ = ["bounds_parts"]

_TEXT = """## Goals that are not reached

What a goal asks of this machine, as a share of a bound. The bound of W1, W2 and W4 is numpy's copy of the arrays alone, out of the mapped shards or out of
one array, whichever is faster; touching, every other field, the batch and its lists come on top. Ours copies large rows with two threads, which may pass one
of numpy's by a little. That of W3 is making the lists, and touching them, out of columns that lie ready. Bounds are those of the ordered pass; rows that lie
scattered are slower to reach.
"""

_STAGES = """Where the time of a batch of ours goes, in microseconds, and in brackets its share. The first column is which rows a batch has and the memory
it is lent; the second the arrays, copied out of the mapped shards; then looking at one word of each of their cache lines; then every other field, decoded
and made a list; then looking at each element of these. Arrays and touching are the machine's memory, lists and looking at them are Python's objects:
whoever gives a user the same lists does both. What is left to us is the first column, and the difference between the second and the last, which is numpy
copying the same rows, in order, with one call a batch into one buffer. Where the whole is more than the time that a goal leaves, and the columns that are not
ours are most of it, the goal is out of reach on this machine for any reader of these files.
"""

_WRITING = """Writing, in microseconds a sample. Each byte is hashed twice, for its shard and for its block, and written once; the rest is making the bytes.
All of it on all processors at once, none of which ever waits, is what bounds it; the two SHA-256 were timed side by side. The goal of W1 is out of reach on this machine for whoever writes the same
bytes, hashed or not.
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
    return [_TEXT, f"{table(head, rows)}\n", *_stages(results), *_written(results)]


def _written(results: Results) -> list[str]:
    """Where the time of writing goes, where its goal is not reached."""
    rates = {
        (name, row["workload"], row["contender"]): median(row["rates"])
        for name in ("writing", "write", "hash")
        for row in results.aspects.get(name, [])
    }
    processors = int(results.about["machine"].split()[0])
    rows = []
    for workload in ("W1", "W3", "W4"):
        needed = [("writing", each) for each in ("ours", "ours-undigested", "peer")]
        keys = [
            (name, workload, each) for name, each in (*needed, ("hash", "ours"), ("write", "ours"))
        ]
        if not all(key in rates for key in keys):
            continue
        ours, plain, peer, hashed, written = (1 / rates[key] for key in keys)
        goal = peer / WRITING[workload]
        if ours > goal:
            times = [goal, ours, plain, plain - written, written, 2 * hashed]
            bound = (plain + 2 * hashed) / processors
            shown = [figure(time * 1e6) for time in (*times, bound)]
            rows.append([workload, *shown, f"{bound / ours:.0%}", f"{bound / goal:.0%}"])
    head = [
        "",
        "goal",
        "ours",
        "without digests",
        "making the bytes",
        "the system's write",
        "two SHA-256",
        "bound",
        "ours, share of the bound",
        "goal, share of the bound",
    ]
    return [_WRITING, f"{table(head, rows)}\n"] if rows else []


def _stages(results: Results) -> list[str]:
    """Where the time goes, a row for each workload and order; nothing where it was not measured."""
    rows = []
    for row in results.aspects.get("stages", []):
        times = [median(row["seconds"][stage]) for stage in STAGES]
        costs = [time - before for time, before in zip(times, [0.0, *times], strict=False)]
        each = [f"{cost * 1e6:,.0f} ({cost / times[-1]:.0%})" for cost in costs]
        if row["workload"] == "W3":
            each[1:3] = ["", ""]  # it has no array
        copied = row["seconds"].get("copy")
        with_columns = " with columns" if row["contender"] != "ours" else ""
        rows.append(
            [
                f"{row['workload']} {row['order']}{with_columns}",
                f"{times[-1] * 1e6:,.0f}",
                *each,
                f"{median(copied) * 1e6:,.0f}" if copied else "",
            ]
        )
    if not rows:
        return []
    head = ["", "in all", "rows, memory", "arrays", "touched", "lists", "looked at", "numpy's copy"]
    return [_STAGES, f"{table(head, rows)}\n"]


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
