"""What only this project is asked for: opening from sidecars, indexing, validation, resuming, and what bounds it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.ahead import burning, copies, handing_over, threads
from benchmarks.contenders.contender import Unavailable
from benchmarks.places import places_of_arrays
from benchmarks.stages import stage
from benchmarks.touch import touched

__all__ = ["OWN"]

_PIECE: Final = 1 << 20
_LISTED: Final = 65_536


def open_many(contender: Any, shards: int, samples: int) -> dict[str, float]:
    """Open a dataset of many shards from its sidecars, ask its length and read the last sample.

    The shards are one shard that was written once, hard-linked under other names together with its index:
    as large as a real dataset for who opens it, and hardly larger than one shard on the disk.
    """
    import atdata

    folder = contender.folder / "many"
    if not folder.exists():
        _make_many(contender, folder, shards, samples // shards)
    start = time.perf_counter()
    dataset = atdata.load_dataset(folder / "data.tar", contender.cls)
    count = len(dataset)
    opened = time.perf_counter() - start
    _ = dataset[count - 1]
    both = time.perf_counter() - start
    return {"samples": count, "shards": shards, "seconds": opened, "with_a_sample": both}


def _make_many(contender: Any, folder: Path, shards: int, each: int) -> None:
    import atdata

    seed = contender.folder / "seed"
    rows = (contender.cls(**row) for row in contender.workload.rows(each))
    atdata.write_samples(rows, seed / "data.tar", maxcount=each, **contender.options)
    sidecars = [path for path in seed.iterdir() if path.name.startswith("data-000000.tar")]
    if len(sidecars) < 2:
        raise Unavailable("this version of atdata writes no index sidecars")
    folder.mkdir()
    for path in sidecars:
        for number in range(shards):
            os.link(path, folder / path.name.replace("000000", f"{number:06d}"))
    _describe(seed / "data.dataset.json", folder / "data.dataset.json", shards)


def _describe(one: Path, many: Path, shards: int) -> None:
    """The description of the one shard, with the shard listed under all its names."""
    description = json.loads(one.read_text())
    for split in description["splits"].values():
        entries = split["shards"] if isinstance(split, dict) else split
        first = entries[0]
        entries[:] = [
            {key: _renamed(value, number) for key, value in first.items()}
            for number in range(shards)
        ]
    many.write_text(json.dumps(description))


def _renamed(value: Any, number: int) -> Any:
    return value.replace("data-000000", f"data-{number:06d}") if isinstance(value, str) else value


def index(contender: Any) -> dict[str, float]:
    """Members and seconds of building the index of shards that lie there alone, without any sidecar."""
    import atdata

    folder = _linked(contender, "bare", "*.tar")
    start = time.perf_counter()
    count = len(atdata.load_dataset(folder, contender.cls))
    return {"samples": count, "seconds": time.perf_counter() - start}


def _linked(contender: Any, name: str, pattern: str) -> Path:
    """A folder with some of the dataset's files and no description, so that any class may read them."""
    folder: Path = contender.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path in contender.folder.glob(pattern):
        os.link(path, folder / path.name)
    return folder


def validation(contender: Any, order: str, rounds: int) -> dict[str, list[float]]:
    """Samples a second of epochs that are read as a class with limits, with the validation of values on and off.

    An epoch with it and one without come right behind each other, in turns one or the other first: the memory of a machine that others
    use as well is faster at one time than at another by more than what is asked for here.
    """
    import atdata

    dataset = atdata.load_dataset(_linked(contender, "checked", "*.tar*"), contender.checked)
    size = contender.workload.batch_size
    batches = {on: getattr(dataset, order)(batch_size=size, validate=on) for on in (True, False)}
    rates: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds + 1):
        for on in (True, False) if number % 2 else (False, True):
            count, start = 0, time.perf_counter()
            for batch in batches[on]:
                count += touched({name: getattr(batch, name) for name in contender.columns})
            if number:  # the first ones warm up
                rates[on].append(count / (time.perf_counter() - start))
    return {"on": rates[True], "off": rates[False]}


def resume(contender: Any) -> dict[str, float]:
    """Size of the state in the middle of a shuffled epoch, and the time to the next batch from it."""
    size = contender.workload.batch_size
    running = iter(contender.dataset.shuffled(batch_size=size, seed=0))
    if not hasattr(running, "state_dict"):
        raise Unavailable("an iteration of this version of atdata has no state_dict()")
    for _ in range(len(contender.dataset) // size // 2):
        next(running)
    state = running.state_dict()
    start = time.perf_counter()
    again = iter(contender.dataset.shuffled(batch_size=size, seed=0))
    again.load_state_dict(state)
    batch = next(again)
    seconds = time.perf_counter() - start
    touched({name: getattr(batch, name) for name in contender.columns})
    return {"samples": len(contender.dataset), "seconds": seconds, "bytes": len(json.dumps(state))}


def floors(contender: Any, count: int) -> dict[str, float]:
    """Seconds that the bytes of so many samples cost whoever writes them: the system's write, and one SHA-256 of two at once.

    Each byte is hashed twice. Two processors that share a core, or its power, hash slower together than one alone does.
    """
    import atdata

    folder = contender.folder / "floors"
    rows = contender.prepare(contender.workload.rows(count))
    atdata.write_samples(rows, folder / "data.tar")
    data = (folder / "data.tar").read_bytes()
    start = time.perf_counter()
    with (folder / "again").open("wb", buffering=0) as file:
        for begin in range(0, len(data), _PIECE):
            file.write(data[begin : begin + _PIECE])
        os.fsync(file.fileno())
    written = time.perf_counter()
    both = [threading.Thread(target=hashlib.sha256, args=(data,)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    hashed = time.perf_counter()
    shutil.rmtree(folder)
    return {"samples": count, "write": written - start, "hash": hashed - written}


def lists(contender: Any) -> dict[str, float]:
    """Samples and seconds of making the lists of W3's batches, and touching them, out of columns that lie ready."""
    size = contender.workload.batch_size
    rows = list(contender.workload.rows(_LISTED))
    columns = {name: [row[name] for row in rows] for name in contender.columns}
    ready = {
        name: column if isinstance(column[0], str) else np.asarray(column)
        for name, column in columns.items()
    }
    count, start = 0, time.perf_counter()
    for begin in range(0, _LISTED, size):
        parts = {name: column[begin : begin + size] for name, column in ready.items()}
        count += touched(
            {name: p if isinstance(p, list) else p.tolist() for name, p in parts.items()}
        )
    return {"samples": count, "seconds": time.perf_counter() - start}


def rows(contender: Any) -> dict[str, float]:
    """Samples and seconds of copying the arrays of each batch, in order, out of the mapped shards into one buffer.

    One call of numpy a batch, and the arrays are touched as those of all contenders are: whoever reads these
    files does this, and it leaves out every other field.
    """
    field, size = contender.workload.array, contender.workload.batch_size
    places = places_of_arrays(contender)
    buffer = np.empty((size, *field.shape), field.dtype)
    flat = buffer.reshape(size, -1).view(np.uint8)
    count, start = 0, time.perf_counter()
    for place in places:
        for begin in range(0, len(place), size):
            part = place[begin : begin + size]
            np.copyto(flat[: len(part)], part)
            count += touched({field.name: buffer[: len(part)]})
    return {"samples": count, "seconds": time.perf_counter() - start}


OWN: dict[str, Callable[..., Any]] = {
    "open_many": open_many,
    "index": index,
    "validation": validation,
    "resume": resume,
    "floors": floors,
    "lists": lists,
    "rows": rows,
    "stage": stage,
    "threads": threads,
    "copies": copies,
    "burning": burning,
    "handing_over": handing_over,
}
