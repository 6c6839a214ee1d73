"""How long `where` takes once manifests are loaded, beside the peer's query, in turn and in one run.

    python -m benchmarks.where_speed [rows] [shards] [rounds]

Each figure is the median over the rounds; the machine's other work shows in them.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import atdata
from benchmarks.environments import HOME, ROOT, make
from benchmarks.where_events import QUESTIONS, Event, events, per_shard

__all__ = ["Answered", "compare", "main"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What was measured.

    Attributes:
        loading: seconds of ours and of the peer until the manifests are there; ours with the first answer.
        questions: for each question the seconds of ours and of the peer, and how many rows it finds.
    """

    loading: tuple[float, float]
    questions: dict[str, tuple[float, float, int]]


def main(count: int = 1_000_000, shards: int = 100, rounds: int = 7) -> None:
    """Measure, and print a line a question."""
    found = compare(count, shards, rounds)
    print(f"{count} rows in {shards} shards, {rounds} rounds, median milliseconds")
    print(f"loading, and the first answer  {1e3 * found.loading[0]:10.1f}")
    print(f"the peer's loading             {1e3 * found.loading[1]:10.1f}")
    print(f"{'':30} {'found':>8} {'ours':>10} {'peer':>10} {'times':>8}")
    for name, (ours, peer, rows) in found.questions.items():
        print(f"{name:30} {rows:8} {1e3 * ours:10.2f} {1e3 * peer:10.1f} {peer / ours:8.0f}")


def compare(count: int, shards: int, rounds: int) -> Answered:
    """Ask both every question, in turn.

    Args:
        count: rows.
        shards: shards that they lie in.
        rounds: how often each question is asked; the figures are medians.
    """
    data = HOME / "where" / f"{count}-{shards}"
    ds = prepared(data / "ours", count, shards)
    peer = Peer(data / "peer", count, shards)
    first = time.perf_counter()
    len(ds.where(QUESTIONS["number and label"][0]))
    loading = time.perf_counter() - first
    questions: dict[str, tuple[float, float, int]] = {}
    for name, (text, _) in QUESTIONS.items():
        found = len(ds.where(text))  # which loads the columns that it is about
        times: dict[str, list[float]] = {"ours": [], "peer": []}
        for _ in range(rounds):
            start = time.perf_counter()
            ours = len(ds.where(text))
            times["ours"].append(time.perf_counter() - start)
            seconds, theirs = peer.ask(name)
            times["peer"].append(seconds)
            if not ours == theirs == found:
                raise RuntimeError(f"{text}: {ours} rows, and {theirs} of the peer")
        mine, others = (statistics.median(times[who]) for who in ("ours", "peer"))
        questions[name] = mine, others, found
    peer.close()
    return Answered((loading, peer.loaded), questions)


def prepared(folder: Path, count: int, shards: int) -> atdata.Dataset[Any]:
    """The dataset, written once."""
    path = folder / "data.tar"
    if not (folder / "data.dataset.json").exists():
        size = per_shard(count, shards)
        atdata.write_samples(events(count), path, maxcount=size, manifest=True)
    return atdata.load_dataset(path, Event)


class Peer:
    """The peer in a process of its own."""

    def __init__(self, folder: Path, count: int, shards: int) -> None:
        python = make("peer")
        if python is None:
            raise SystemExit("the peer needs Python 3.12, and there is none")
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.where_peer", folder, str(count), str(shards)],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.loaded: float = self._answer()["loaded"]

    def ask(self, name: str) -> tuple[float, int]:
        """The seconds of one query, and how many rows it found."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        answer = self._answer()
        return answer["seconds"], int(answer["found"])

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def _answer(self) -> dict[str, float]:
        assert self._process.stdout is not None
        answer: dict[str, float] = json.loads(self._process.stdout.readline())
        return answer


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
