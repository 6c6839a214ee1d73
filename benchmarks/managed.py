"""What the Index, conditions and lenses take, most of it beside atdata 0.7."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from benchmarks import catalogue_speed, index_write_speed, lens_speed, where_speed
from benchmarks.environments import python_of
from benchmarks.results import Results
from benchmarks.settings import Settings

__all__ = ["measure_managed"]


def measure_managed(settings: Settings, results: Results) -> None:
    """Time everything, and note a row for each figure.

    Databases and shards are on the disk where temporary files lie, and are synced to it.
    """
    peer = "peer" in settings.contenders
    _writing(settings, results)
    _lenses(settings, results, peer=peer)
    if peer:
        _catalogue(settings, results)
        _where(settings, results)


def _catalogue(settings: Settings, results: Results) -> None:
    entries = 1_000 if settings.quick else 10_000
    python = Path(sys.executable)
    found = catalogue_speed.compare(python, python_of("peer"), entries, settings.rounds)
    for name, (ours, peer, count) in found.items():
        row = {"what": name, "ours": ours / count, "peer": peer / count, "entries": entries}
        _note(results, "catalogue", row)


def _writing(settings: Settings, results: Results) -> None:
    share = 0.05 if settings.quick else 1.0
    for name in ("W1", "W3"):
        found = index_write_speed.compare(name, settings.rounds, share=share)
        row = {"workload": name, "plain": found.plain, "indexed": found.indexed}
        _note(results, "managed", row | {"wall": found.wall, "cores": found.cores})


def _where(settings: Settings, results: Results) -> None:
    rows, shards = (20_000, 10) if settings.quick else (1_000_000, 100)
    found = where_speed.compare(rows, shards, settings.rounds)
    for name, (ours, peer, count) in found.questions.items():
        row = {"what": name, "ours": ours, "peer": peer, "found": count, "rows": rows}
        _note(results, "where", row)
    ours, peer = found.loading
    _note(results, "where", {"what": "loading", "ours": ours, "peer": peer, "rows": rows})


def _lenses(settings: Settings, results: Results, *, peer: bool) -> None:
    batches = 1 if settings.quick else 2
    for found in lens_speed.rows(batches, settings.rounds, peer=peer):
        row = {"what": found.what, "ours": found.ours, "other": found.other, "times": found.times}
        _note(results, "lenses", row | {"goal": found.goal})


def _note(results: Results, aspect: str, row: dict[str, Any]) -> None:
    results.aspects.setdefault(aspect, []).append(row)
    print(f"  {aspect}: {row}", flush=True)
