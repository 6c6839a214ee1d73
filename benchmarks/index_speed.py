"""How fast shards are indexed, indexes opened, and rows held against headers and digests.

    python benchmarks/index_speed.py [members] [shards] [samples]

Each figure is the median of five; the machine's other work shows in them.
"""

from __future__ import annotations

import io
import random
import statistics
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atdata.shards.index.blocks import BlockCheck, digest_blocks
from atdata.shards.index.file import decode_index, encode_index, index_path, write_index
from atdata.shards.index.keys import CounterKeys, keys_of
from atdata.shards.index.rows import check_rows
from atdata.shards.index.scan import scan_members
from atdata.shards.index.trust import index_of
from atdata.shards.tar import END, padding, write_header


def main(members: int = 200_000, shards: int = 1000, samples: int = 10_000_000) -> None:
    for name, flat in archives(members):
        seconds = median(partial(scan_members, flat, "x.tar"))
        print(f"scan, {name:<28} {members / seconds / 1e6:8.2f} M members/s")
    measure_rows(next(archives(members))[1])
    for name, varied in (("equal strides", False), ("any sizes", True)):
        measure_opening(name, shards, samples // shards, varied=varied)


def archives(members: int) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Archives of small samples, as several writers make them."""
    rng = random.Random(1)
    yield "512 B, counted keys", own([500] * members, "{:09d}")
    yield "1 to 2000 B, counted keys", own([rng.randint(1, 2000) for _ in range(members)], "{:09d}")
    yield "512 B, UUID keys", own([500] * members, UUID)
    yield "512 B, PAX header each", pax(members)


UUID = "69518926-0179-11f1-8000-{:012d}"


def own(sizes: list[int], key: str) -> NDArray[np.uint8]:
    out = bytearray()
    for number, size in enumerate(sizes):
        out += write_header(f"{key.format(number)}.msgpack", size)
        out += bytes(size + padding(size))
    return np.frombuffer(bytes(out + END), np.uint8)


def pax(members: int) -> NDArray[np.uint8]:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for number in range(members):
            info = tarfile.TarInfo(f"{UUID.format(number)}.msgpack")
            info.size, info.mtime = 500, 1_769_000_000.123456
            tar.addfile(info, io.BytesIO(bytes(500)))
    return np.frombuffer(out.getvalue(), np.uint8)


def measure_rows(flat: NDArray[np.uint8]) -> None:
    """Rows in shuffled order against headers, and against digests that were verified before."""
    found = scan_members(flat, "x.tar")
    blocks, _ = digest_blocks(flat)
    content = encode_index(
        offsets=found.offsets,
        sizes=found.sizes,
        keys=found.keys,
        shard_bytes=len(flat),
        blocks=blocks,
    )
    index = decode_index(content, Path("x.tar"))
    rows = np.random.default_rng(1).permutation(len(index))
    print(f"rows against headers           {per(lambda: check_rows(flat, 0, index, rows), rows)}")
    check = BlockCheck(index, flat, Path("x.tar"))
    at, sizes = index.offsets[rows], index.sizes[rows]
    half = len(flat) // 2
    check.ensure(0, half)
    seen = at + sizes < half - 2**20
    at, sizes = at[seen], sizes[seen]
    print(f"rows of verified blocks        {per(lambda: check.ensure_rows(at, sizes), at)}")
    seconds = median(lambda: BlockCheck(index, flat, Path("x.tar")).ensure(0, len(flat)))
    print(f"verifying blocks               {len(flat) / seconds / 1e9:8.2f} GB/s")


def measure_opening(name: str, shards: int, samples: int, *, varied: bool) -> None:
    """Open the indexes of many shards; the shards themselves are holes in files."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"data-{number:06d}.tar" for number in range(shards)]
        for path in paths:
            sizes = rng.integers(1, 2000, samples) if varied else np.full(samples, 500)
            lead = (sizes + 511) // 512 * 512 + 512
            offsets = np.cumsum(lead) - lead + 512
            total = int(lead.sum()) + 1024
            keys = keys_of(f"k{n}" for n in range(samples)) if varied else CounterKeys(0, samples)
            with path.open("wb") as file:
                file.truncate(total)
            content = encode_index(offsets=offsets, sizes=sizes, keys=keys, shard_bytes=total)
            write_index(index_path(path), content)
        counted = median(lambda: sum(len(index_of(path)) for path in paths))
        placed = median(lambda: sum(int(index_of(path).sizes[-1]) for path in paths))
    print(
        f"open {shards} shards, {name:<16}  {counted:8.3f} s for len, {placed:.3f} s for all places"
    )


def median(call: Callable[[], object]) -> float:
    times: list[float] = []
    for _ in range(5):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def per(call: Callable[[], object], rows: NDArray[np.int64]) -> str:
    return f"{median(call) / len(rows) * 1e9:8.1f} ns a row"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
