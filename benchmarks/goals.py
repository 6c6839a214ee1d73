"""What we mean to reach: how many times as fast as each contender, by workload and order.

Figures are four fifths or more of what a prototype reached beside the same contenders. `COLUMNS` holds those
for a dataset that was written with column sidecars.
"""

from __future__ import annotations

__all__ = [
    "CATALOGUE",
    "COLUMNS",
    "COMPILE",
    "COMPILE_MEMORY",
    "GOALS",
    "LOADER",
    "MANAGED",
    "OTHERS",
    "REMOTE",
    "WHERE",
    "WRITING",
]

# contender: workload: (ordered, shuffled)
Goals = dict[str, dict[str, tuple[float, float]]]

GOALS: Goals = {
    "peer": {"W1": (11, 13), "W2": (12, 14), "W3": (90, 90), "W4": (250, 250)},
    "webdataset": {"W1": (12, 12), "W2": (18, 20), "W3": (100, 100), "W4": (200, 200)},
    "mosaicml": {"W1": (13, 14), "W2": (22, 23), "W3": (80, 80), "W4": (300, 280)},
    "litdata": {"W1": (5, 30), "W2": (4, 80), "W3": (6, 5), "W4": (20, 20)},
    "huggingface": {"W1": (2, 3), "W2": (18, 22), "W3": (3.5, 25), "W4": (10, 30)},
    "arrow": {"W1": (4, 40), "W2": (2.4, 100), "W4": (1.5, 150)},
    "lance": {"W1": (13, 30), "W2": (12, 35), "W4": (4.5, 60)},
    "copy": {"W1": (0.90, 0.90), "W2": (0.85, 0.85)},
}

COLUMNS: Goals = {
    "peer": {"W3": (400, 180)},
    "webdataset": {"W3": (450, 200)},
    "mosaicml": {"W3": (330, 160)},
    "litdata": {"W3": (25, 10)},
    "huggingface": {"W3": (15, 50)},
    "arrow": {"W3": (1.2, 4.5)},
    "lance": {"W3": (2.5, 25)},
}

# how many times as fast as atdata 0.7
WRITING = {"W1": 7.0, "W3": 25.0, "W4": 25.0}

# aspect and workload, or aspect alone: the goal in words
OTHERS = {
    **{f"writing {workload}": f"{times:g} times atdata 0.7" for workload, times in WRITING.items()},
    "single": "1,000 times atdata 0.7",
    "open_many": "1,000 shards, 10 M samples: under 0.5 s",
    "index": "2 M members a second",
    "validation": "on: 5 % slower at most (W3: half as fast)",
    "resume": "state of 1 kB at most; 50 ms, and 10 ns a sample",
    "memory": "the batches made ahead, and 2 more",
}

# operation: how many times as fast as atdata 0.7, and seconds at most
CATALOGUE: dict[str, tuple[float | None, float | None]] = {
    "add, one by one": (5, None),
    "add, all at once": (5, None),
    "list, newly opened": (5, None),
    "list, again": (5, None),
    "search": (5, 20e-3),
    "look up by name": (None, 50e-6),
    "look up by name in Redis": (50, None),
}

# the same of a condition, once the manifests are loaded
WHERE: tuple[float | None, float | None] = (20, 50e-3)

# two workers beside one thread, one process, and two workers of others: how many times as fast
LOADER = {"threads": 1.4, "processes": 1.8, "others": 2.0}

# data elsewhere: bytes before the first batch over its own; an epoch beside a plain pool, and from the cache beside the disk
REMOTE = {"first": 1.01, "epoch": 0.90, "second": 0.90}

# what `index.write` may add to `write_samples`
MANAGED = 0.10

# 2,000 lexicons on two cores: seconds at most, and bytes of the whole tree of processes
COMPILE = {"full build": 60.0, "unchanged build": 2.0, "one file changed": 1.0}
COMPILE_MEMORY = 500e6
