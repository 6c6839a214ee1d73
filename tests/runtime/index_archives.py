"""Archives for the tests of the index: plain ones, ones of other writers, and damaged ones."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.index.scan import Members, scan_members
from atdata.shards.keys import key_of
from atdata.shards.scan import scan
from atdata.shards.tar import END, TarFault, padding, write_header

Sample = tuple[str, bytes]


def flat_of(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)


def ustar(samples: Sequence[Sample]) -> bytes:
    """An archive as we write it; names are given whole."""
    parts = [
        write_header(name, len(payload)) + payload + bytes(padding(len(payload)))
        for name, payload in samples
    ]
    return b"".join(parts) + END


def foreign(samples: Sequence[Sample], form: int, time: float = 0.0) -> bytes:
    """An archive as `tarfile` writes it: `tarfile.PAX_FORMAT`, `GNU_FORMAT` or `USTAR_FORMAT`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, payload in samples:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(payload), time
            tar.addfile(info, io.BytesIO(payload))
    return out.getvalue()


def counted(sizes: Sequence[int], first: int = 0) -> list[Sample]:
    """Samples with keys that count on; the payload of each is its number, again and again."""
    return [(f"{first + n:09d}.msgpack", bytes([n % 251]) * size) for n, size in enumerate(sizes)]


class _Bytes:
    """Bytes as a source for the careful scanner, written apart from the one under test."""

    def __init__(self, data: bytes) -> None:
        self.file, self.at, self.total = io.BytesIO(data), 0, len(data)

    def read(self, count: int) -> bytes:
        data = self.file.read(count)
        self.at = self.file.tell()
        return data

    def skip_to(self, position: int) -> int:
        self.at = self.file.seek(min(position, len(self.file.getbuffer())))
        return self.at


Found = list[tuple[str, int, int]]


def careful(data: bytes) -> Found | str:
    """What the careful scanner finds, or its reason to refuse."""
    source = _Bytes(data)
    try:
        return [(key_of(m.name), m.offset, m.size) for m in scan(source)]  # type: ignore[arg-type]  # `total` is an int throughout
    except TarFault as fault:
        return str(fault)


def fast(data: bytes) -> Found | str:
    """What the fast scanner finds, or its reason to refuse."""
    try:
        return listed(scan_members(flat_of(data), "x.tar"))
    except ShardError as error:
        return error.reason


def listed(found: Members) -> Found:
    return list(zip(found.keys, found.offsets.tolist(), found.sizes.tolist(), strict=True))
