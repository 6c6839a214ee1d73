"""Shards that end too early: every sample before the cut is delivered whole, then the fault is named."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from atdata.errors import ShardError
from atdata.shards.reader import ShardFile, index_of, stream
from atdata.shards.tar import BLOCK, END
from atdata.shards.writer import ShardWriter

PAYLOADS = [b"first", b"", b"x" * 512, b"y" * 1300, b"last"]


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    writer = ShardWriter(tmp_path / "whole.tar")
    for number, payload in enumerate(PAYLOADS):
        writer.add(f"{number:09d}", payload)
    entry = writer.finish()
    writer.place()
    assert entry.bytes == (tmp_path / "whole.tar").stat().st_size
    return tmp_path / "whole.tar"


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
    writer = ShardWriter(shard)
    for number, payload in enumerate(PAYLOADS):
        writer.add(f"{number:09d}", payload)
    entry = writer.finish()
    writer.place()
    shard.write_bytes(whole + END)
    with pytest.raises(ShardError, match="has 7680 bytes, where its dataset"):
        list(stream(ShardFile(shard, entry)))
    writer = ShardWriter(shard)
    writer.add("000000000", PAYLOADS[0])
    writer.finish()
    writer.place()
    with pytest.raises(ShardError, match=r"holds 1 samples, where its dataset\.json says 5"):
        list(stream(ShardFile(shard, entry)))
