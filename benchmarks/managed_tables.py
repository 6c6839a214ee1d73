"""The tables of what the Index, conditions and lenses take, in Markdown."""

from __future__ import annotations

from typing import Any

from benchmarks.goals import CATALOGUE, MANAGED, WHERE
from benchmarks.results import Results
from benchmarks.tables import figure, table, time_text

__all__ = ["managed_parts"]

Goal = tuple[float | None, float | None]
_NONE: Goal = (None, None)


def managed_parts(results: Results) -> list[str]:
    """The section, in parts; nothing where nothing of it was measured."""
    catalogue, where = (results.aspects.get(name, []) for name in ("catalogue", "where"))
    managed, lenses = (results.aspects.get(name, []) for name in ("managed", "lenses"))
    parts: list[str] = []
    if catalogue or where or managed or lenses:
        parts.append("## The Index, conditions, lenses\n")
    if catalogue:
        parts.append(
            f"{catalogue[0]['entries']:,} datasets in SQLite, where nothing else is said; seconds for each of them, "
            "of each search, of each look-up. atdata 0.7 waits for the disk twice with each addition; we do so once where a write "
            "has brought the data (`each on the disk`), and not where data is registered that lies somewhere. An addition of ours "
            "changes two pages of the file, as a bare row in a table with one index does, and the last ones are indexed together. Goals in brackets, bold where they are reached.\n"
        )
        rows = [_row(row, CATALOGUE.get(row["what"], _NONE)) for row in catalogue]
        parts.append(f"{table(['', 'ours', 'atdata 0.7', 'times as fast'], rows)}\n")
    if managed:
        parts.append(
            "`index.write` beside `write_samples` of the same samples, to the disk: what it adds.\n"
        )
        parts.append(
            f"{table(['', 'write_samples', 'index.write', 'adds'], map(_added, managed))}\n"
        )
    if where:
        parts.append(f"`where` on {where[0]['rows']:,} rows, once the manifests are loaded.\n")
        rows = [_row(row, _NONE if row["what"] == "loading" else WHERE) for row in where]
        parts.append(f"{table(['', 'ours', 'atdata 0.7', 'times as fast'], rows)}\n")
    if lenses:
        parts.append(
            "Batches of 256 through a lens that renames, hoists and puts channels first, and through one that normalises; samples a second. The other is "
            "reading without a lens, the same expression by hand with numpy on a buffer that is used again, and atdata 0.7 with a lens of its own.\n"
        )
        rows = [_seen(row) for row in lenses]
        parts.append(f"{table(['', 'ours', 'the other', 'times as fast'], rows)}\n")
    return parts


def _seen(row: dict[str, Any]) -> list[str]:
    shown = f"{_bold(figure(row['times']), row['times'] >= row['goal'])} ({figure(row['goal'])})"
    return [row["what"], f"{row['ours']:,.0f}", f"{row['other']:,.0f}", shown]


def _row(row: dict[str, Any], goal: Goal) -> list[str]:
    times, most = goal
    name = f"{row['what']}, {row['found']:,} found" if "found" in row else row["what"]
    ours, ratio = time_text(row["ours"]), row["peer"] / row["ours"]
    if most is not None:
        ours = f"{_bold(ours, row['ours'] <= most)} ({time_text(most)})"
    shown = figure(ratio)
    if times is not None:
        shown = f"{_bold(shown, ratio >= times)} ({times:g})"
    return [name, ours, time_text(row["peer"]), shown]


def _added(row: dict[str, Any]) -> list[str]:
    adds = row["wall"] - 1
    shown = f"{_bold(f'{adds:+.1%}', adds < MANAGED)} ({MANAGED:.0%} at most)"
    return [row["workload"], time_text(row["plain"]), time_text(row["indexed"]), shown]


def _bold(text: str, reached: bool) -> str:
    return f"**{text}**" if reached else text
