"""The plots of the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from benchmarks.contenders.entries import CONTENDERS
from benchmarks.results import Results, median

__all__ = ["draw"]

_OURS, _THEIRS, _CEILING = "#0b6e4f", "#9aa5b1", "#d9a441"
_LOG_ROOM = 6  # of the axis to the right of the longest bar, for its figure


def draw(results: Results, folder: Path) -> list[str]:
    """Draw what was measured; the names of the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [
        _reading(results, workload, folder)
        for workload, orders in results.reading.items()
        if orders
    ]
    if results.aspects.get("writing"):
        made.append(_writing(results, folder))
    return made


def _reading(results: Results, workload: str, folder: Path) -> str:
    orders = results.reading[workload]
    names = _by_speed(orders)
    figure, axes = _axes(len(orders), height=0.6 + 0.36 * len(names))
    for axis, (order, rates) in zip(axes, orders.items(), strict=True):
        _bars(axis, names, rates)
        axis.set_title(f"{workload} {order}", loc="left", fontsize=11)
        axis.set_xlabel("samples a second (logarithmic)")
    return _saved(figure, folder, f"{workload}.png")


def _writing(results: Results, folder: Path) -> str:
    rows = results.aspects["writing"]
    workloads = sorted({row["workload"] for row in rows})
    contenders = {row["contender"] for row in rows}
    names = [
        name for name in ("peer", "ours-columns", "ours", "ours-undigested") if name in contenders
    ]
    figure, axes = _axes(len(workloads), height=0.9 + 0.36 * len(names))
    for axis, workload in zip(axes, workloads, strict=True):
        rates = {row["contender"]: row["rates"] for row in rows if row["workload"] == workload}
        _bars(axis, names, rates)
        axis.set_title(f"writing {workload}", loc="left", fontsize=11)
        axis.set_xlabel("samples a second (logarithmic)")
    return _saved(figure, folder, "writing.png")


def _axes(count: int, height: float) -> tuple[Figure, list[Any]]:
    figure = Figure(figsize=(11, height + 0.4), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(1, count, sharey=True, squeeze=False)[0])


def _by_speed(orders: dict[str, dict[str, list[float]]]) -> list[str]:
    """Names from the slowest to the fastest, by the first order."""
    first, *rest = orders.values()
    names = set(first).union(*rest)
    return sorted(names, key=lambda name: median(first.get(name, [0.0])))


def _bars(axis: Any, names: list[str], rates: dict[str, list[float]]) -> None:
    middles = [median(rates[name]) if name in rates else 0.0 for name in names]
    colours = [_colour(name) for name in names]
    axis.barh([CONTENDERS[name].title for name in names], middles, color=colours, height=0.7)
    axis.set_xscale("log")
    axis.xaxis.set_minor_formatter(NullFormatter())
    known = [rate for name in names for rate in rates.get(name, [])]
    axis.set_xlim(min(known) / 2, max(known) * _LOG_ROOM)
    for place, name in enumerate(names):
        if name in rates:
            low, high = min(rates[name]), max(rates[name])
            axis.plot([low, high], [place, place], color="#1c1c1c", linewidth=1.5)
            axis.text(high * 1.12, place, _short(middles[place]), va="center", fontsize=9)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(axis="y", length=0)


def _colour(name: str) -> str:
    return _OURS if name.startswith("ours") else _CEILING if name == "copy" else _THEIRS


def _short(rate: float) -> str:
    """A rate with three digits.

    >>> _short(1234567.0), _short(23456.0), _short(123.4)
    ('1.23 M', '23.5 k', '123')
    """
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if rate >= size:
            shown = rate / size
            return f"{shown:.{0 if shown >= 100 else 1 if shown >= 10 else 2}f} {unit}"
    return f"{rate:.0f}"


def _saved(figure: Figure, folder: Path, name: str) -> str:
    # Without a version or a date in it, an equal picture is an equal file.
    figure.savefig(folder / name, dpi=110, metadata={"Software": None})
    return name
