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
from pathlib import Path
from typing import Any

import atdata
from benchmarks.environments import HOME, ROOT, make
from benchmarks.where_events import QUESTIONS, Event, events, per_shard

__all__ = ["main"]


def main(count: int = 1_000_000, shards: int = 100, rounds: int = 7) -> None:
    """Measure, and print a line a question."""
    data = HOME / "where" / f"{count}-{shards}"
    ds = prepared(data / "ours", count, shards)
    peer = Peer(data / "peer", count, shards)
    print(f"{count} rows in {shards} shards, {rounds} rounds, median milliseconds")
    first = time.perf_counter()
    len(ds.where(QUESTIONS["number and label"][0]))
    print(f"loading, and the first answer  {1e3 * (time.perf_counter() - first):10.1f}")
    print(f"the peer's loading             {1e3 * peer.loaded:10.1f}")
    print(f"{'':30} {'found':>8} {'ours':>10} {'peer':>10} {'times':>8}")
    for name, (text, _) in QUESTIONS.items():
        found = len(ds.where(text))  # which loads the columns that it is about
        times: dict[str, list[float]] = {"ours": [], "peer": []}
        for _ in range(rounds):
            start = time.perf_counter()
            ours = len(ds.where(text))
            times["ours"].append(time.perf_counter() - start)
            seconds, theirs = peer.ask(name)
            times["peer"].append(seconds)
            assert ours == theirs == found, (ours, theirs)
        ours_ms, peer_ms = (1e3 * statistics.median(times[who]) for who in ("ours", "peer"))
        print(f"{name:30} {found:8} {ours_ms:10.2f} {peer_ms:10.1f} {peer_ms / ours_ms:8.0f}")
    peer.close()


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
