"""Shards that end too early: every sample before the cut is delivered whole, then the fault is named."""

from __future__ import annotations

import gzip
import random
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from atdata.errors import ShardError
from atdata.shards.description import ShardEntry
from atdata.shards.reader import ShardFile, index_of, stream
from atdata.shards.tar import BLOCK, END

PAYLOADS = [b"first", b"", b"x" * 512, b"y" * 1300, b"last"]


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    """A ustar archive that ends right behind its two blocks of zeros."""
    path = tmp_path / "whole.tar"
    with path.open("wb") as file:
        for number, payload in enumerate(PAYLOADS):
            member = tarfile.TarInfo(f"{number:09d}.msgpack")
            member.size = len(payload)
            file.write(member.tobuf(tarfile.USTAR_FORMAT) + payload + bytes(-len(payload) % BLOCK))
        file.write(END)
    return path


def cuts(size: int) -> list[int]:
    """Every block boundary, and two hundred places between."""
    generator = random.Random(20240229)
    return sorted({*range(0, size, BLOCK), *(generator.randrange(size) for _ in range(200))})


def test_a_cut_at_every_block_and_between_is_named(shard: Path, tmp_path: Path) -> None:
    whole = shard.read_bytes()
    index = index_of(ShardFile(shard))
    ends = (index.offsets + index.sizes).tolist()
    for cut in cuts(len(whole)):
        short = tmp_path / "short.tar"
        short.write_bytes(whole[:cut])
        got: list[tuple[str, bytes]] = []
        with pytest.raises(ShardError) as caught:
            got.extend(stream(ShardFile(short)))
        # An empty payload ends where its header does, so `<=` counts exactly the payloads that are there.
        expected = sum(end <= cut for end in ends)
        assert got == list(zip(index.keys, PAYLOADS, strict=True))[:expected], cut
        assert str(short) in str(caught.value)
        with pytest.raises(ShardError):
            index_of(ShardFile(short))


def test_a_packed_shard_cut_anywhere_delivers_a_beginning(shard: Path, tmp_path: Path) -> None:
    packed = gzip.compress(shard.read_bytes())
    for cut in range(0, len(packed) - 1, 7):
        short = tmp_path / "short.tar.gz"
        short.write_bytes(packed[:cut])
        got: list[bytes] = []
        with pytest.raises(ShardError):
            got.extend(payload for _, payload in stream(ShardFile(short)))
        assert got == PAYLOADS[: len(got)]


def test_a_shard_that_its_description_does_not_fit_is_named_at_its_end(shard: Path) -> None:
    """A shard that was replaced, or grew, by itself whole: everything is delivered, then the difference."""
    whole = shard.read_bytes()
    entry = ShardEntry(shard.name, len(whole), len(PAYLOADS), sha256(whole).hexdigest())
    shard.write_bytes(whole + END)
    with pytest.raises(ShardError, match="has 7680 bytes, where its dataset"):
        list(stream(ShardFile(shard, entry)))
    first = 2 * BLOCK  # a header, and a payload of less than a block
    shard.write_bytes(whole[:first] + END)
    with pytest.raises(ShardError, match=r"holds 1 samples, where its dataset\.json says 5"):
        list(stream(ShardFile(shard, entry)))
