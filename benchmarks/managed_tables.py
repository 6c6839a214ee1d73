"""The tables of what the Index and conditions take, in Markdown."""

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
    managed = results.aspects.get("managed", [])
    parts: list[str] = []
    if catalogue or where or managed:
        parts.append("## The Index, and conditions\n")
    if catalogue:
        parts.append(
            f"{catalogue[0]['entries']:,} datasets in SQLite, where nothing else is said; seconds for each of them, "
            "of each search, of each look-up. Both sync every single addition to the disk. Goals in brackets, bold "
            "where they are reached.\n"
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
    return parts


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
