"""The peer's query over manifests, in the peer's environment: answers a line with the time that it took.

Its writer loses the rows of the last shard, and its places are none; so the manifests are made by its builder from
the same rows, every one of them, and loaded by its own loader before anything is timed.
"""

import itertools
import json
import sys
import time
from pathlib import Path

from atdata.manifest import ManifestBuilder, ManifestWriter, QueryExecutor, query_fields
from benchmarks.where_events import QUESTIONS, Event, events, per_shard


def main(folder: Path, count: int, shards: int) -> None:
    """Write manifests where there are none, load them, and answer questions by name until the input ends."""
    write(folder, count, shards)
    start = time.perf_counter()
    executor = QueryExecutor.from_directory(folder)
    say(loaded=time.perf_counter() - start)
    fields = query_fields(Event)
    for line in sys.stdin:
        predicate = QUESTIONS[line.strip()][1](fields)
        start = time.perf_counter()
        found = executor.query(predicate)
        say(seconds=time.perf_counter() - start, found=len(found))


def write(folder: Path, count: int, shards: int) -> None:
    if (folder / "whole").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    rows, size = events(count), per_shard(count, shards)
    for number in range(shards):
        name = f"data-{number:06d}"
        builder = ManifestBuilder(Event, name)
        for row, sample in enumerate(itertools.islice(rows, size)):
            builder.add_sample(key=f"{number * size + row:09d}", offset=0, size=0, sample=sample)
        ManifestWriter(folder / name).write(builder.build())
    (folder / "whole").touch()


def say(**answer: float) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
