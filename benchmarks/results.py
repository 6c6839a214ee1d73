"""What a run found, as plain data that is kept as JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Results", "load_results", "median", "save_results", "slower", "spread"]

# workload, order, contender: samples a second of each round.
Rates = dict[str, dict[str, dict[str, list[float]]]]


@dataclass(slots=True)
class Results:
    """One run.

    Attributes:
        about: machine, versions, command, settings, date.
        reading: samples a second by workload, order and contender, one number a round.
        cut: contenders whose rounds were cut short, by workload and order: samples in a round.
        gates: digests by workload: what was expected, and who delivered something else.
        aspects: the other measurements: by name, a list of rows.
        missing: contenders or measurements that gave no figure, and why.
    """

    about: dict[str, Any] = field(default_factory=dict)
    reading: Rates = field(default_factory=dict)
    cut: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    gates: dict[str, dict[str, Any]] = field(default_factory=dict)
    aspects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def save_results(results: Results, path: Path) -> None:
    """Write a run down."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(results), indent=1, ensure_ascii=False) + "\n")


def load_results(path: Path) -> Results:
    """A run that was written down."""
    return Results(**json.loads(path.read_text()))


def median(figures: Iterable[float]) -> float:
    """The median of some rounds."""
    return statistics.median(figures)


def spread(figures: Sequence[float]) -> float:
    """How far the rounds lie apart: half of the range, as a share of the median."""
    return (max(figures) - min(figures)) / 2 / statistics.median(figures)


def slower(row: dict[str, Any]) -> float:
    """How many times as fast epochs without validation are as those with it, the median of the pairs."""
    return median(off / on for on, off in zip(row["on"], row["off"], strict=True))
