"""What is kept of one shard, by several who share the files: a block that is given is always the right one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from atdata.shards.index.blocks import digest_blocks
from atdata.shards.index.form import BLOCK_BYTES
from atdata.shards.kept.keeping import Keeping, blocks_path
from atdata.shards.kept.shard import KeptShard

SIZE = 3 * BLOCK_BYTES + 1000
BLOCKS = 4
CONTENT = np.random.default_rng(0).integers(0, 255, SIZE, np.uint8)
DIGESTS, _ = digest_blocks(CONTENT)


def block(number: int) -> NDArray[np.uint8]:
    return CONTENT[number * BLOCK_BYTES : (number + 1) * BLOCK_BYTES]


def kept(cache: Path) -> KeptShard:
    """As another process has it."""
    return Keeping(cache, [SIZE]).shard(0, SIZE, DIGESTS)


def remove(cache: Path, which: int) -> None:
    plain = blocks_path(cache, SIZE, DIGESTS)
    for path in (plain.with_suffix(".have"), plain)[which % 2 :]:
        path.unlink(missing_ok=True)


def lie(cache: Path, which: int) -> None:
    """Say that blocks are there, whether they are or not."""
    with suppress(OSError):
        blocks_path(cache, SIZE, DIGESTS).with_suffix(".have").write_bytes(bytes([1]) * (which + 1))


def damage(cache: Path, which: int) -> None:
    """A new file in place of the old one, which those who have it go on reading."""
    plain = blocks_path(cache, SIZE, DIGESTS)
    with suppress(OSError, IndexError):  # there is none, or it was cut before that
        content = bytearray(plain.read_bytes())
        content[which * BLOCK_BYTES + 5] ^= 1
        plain.unlink()
        plain.write_bytes(content)


def cut(cache: Path, which: int) -> None:
    """A new file that is too short."""
    plain = blocks_path(cache, SIZE, DIGESTS)
    with suppress(OSError):
        content = plain.read_bytes()
        plain.unlink()
        plain.write_bytes(content[: which * BLOCK_BYTES])


HARM: list[Callable[[Path, int], None]] = [remove, lie, damage, cut]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ATDATA_CACHE_LIMIT", raising=False)
    return tmp_path / "cache"


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "take", "take", "again", "look", "new", "harm"]),
        st.integers(0, 2),
        st.integers(0, BLOCKS - 1),
        st.sampled_from(HARM),
    ),
    min_size=8,
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_a_block_that_is_given_is_the_right_one(
    cache: Path, steps: list[tuple[str, int, int, Callable[[Path, int], None]]]
) -> None:
    remove(cache, 0)
    shards = [kept(cache) for _ in range(3)]
    for act, who, number, harm in steps:
        shard = shards[who]
        match act:
            case "put":
                shard.put_all({number: block(number).data})
            case "take" | "again":
                ready = shard.prepare([number], again=act == "again")
                assert ready == (shard.block(number) is not None)
            case "look":
                if shard.look():
                    shard.prepare(range(BLOCKS))
            case "new":
                shards[who] = kept(cache)
            case _:
                harm(cache, number)
        for one in shards:
            for place in range(BLOCKS):
                found = one.block(place)
                assert found is None or np.array_equal(np.frombuffer(found, np.uint8), block(place))


def test_what_one_puts_another_has(cache: Path) -> None:
    one, other = kept(cache), kept(cache)
    assert not other.look()
    for number in range(BLOCKS):
        assert other.block(number) is None
        assert one.put_all({number: block(number).data}) == {number}
        assert other.prepare([number])
        assert bytes(other.block(number) or b"") == block(number).tobytes()
    assert one.is_ready
    assert other.is_ready
    assert other.look()
    third = kept(cache)
    assert third.look()
    assert not third.is_ready, "nothing was verified there"
    assert third.prepare(range(BLOCKS))


def test_a_block_is_said_to_be_there_behind_its_bytes(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is killed between two steps leaves nothing that is not so."""
    plain = blocks_path(cache, SIZE, DIGESTS)
    write, seen = os.pwrite, list[tuple[int, bytes]]()

    def noted(file: int, data: memoryview, offset: int) -> int:
        said = plain.with_suffix(".have")
        seen.append((len(data), said.read_bytes() if said.exists() else b""))
        return write(file, data, offset)

    monkeypatch.setattr(os, "pwrite", noted)
    shard = kept(cache)
    assert shard.put_all({2: block(2).data}) == {2}
    assert shard.put_all({0: block(0).data}) == {0}
    assert seen == [
        (BLOCK_BYTES, b""),
        (1, b""),
        (BLOCK_BYTES, b"\0\0\1"),
        (1, b"\0\0\1"),
    ]
    assert plain.stat().st_size == SIZE


def test_blocks_that_come_together_are_said_behind_all_their_bytes(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of blocks is written by one call, which may write some of it only."""
    plain = blocks_path(cache, SIZE, DIGESTS)
    write, said = os.pwritev, list[bool]()

    def some(file: int, parts: Sequence[memoryview], offset: int) -> int:
        said.append(plain.with_suffix(".have").exists())
        return write(file, [parts[0], parts[1][:1000]], offset)

    monkeypatch.setattr(os, "pwritev", some)
    shard = kept(cache)
    whole = {number: block(number).data for number in range(BLOCKS)}
    assert shard.put_all(whole) == set(whole)
    assert said == [False]
    assert plain.read_bytes() == b"".join(whole.values())
    assert kept(cache).prepare(range(BLOCKS))
    # The next one has a hole, before which nothing is written that is not there.
    monkeypatch.undo()
    for path in (plain, plain.with_suffix(".have")):
        path.unlink()
    other = kept(cache)
    assert other.put_all({0: whole[0], BLOCKS - 1: whole[BLOCKS - 1]}) == {0, BLOCKS - 1}
    assert plain.with_suffix(".have").read_bytes() == b"\1" + bytes(BLOCKS - 2) + b"\1"
