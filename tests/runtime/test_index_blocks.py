"""Contents of shards are held against their digests when they are touched, block by block."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.index.blocks import BlockCheck, Verify, digest_blocks
from atdata.shards.index.file import ShardIndexFile, decode_index, encode_index
from atdata.shards.index.form import BLOCK_BYTES
from atdata.shards.index.keys import CounterKeys

PATH = Path("data-000003.tar")
COUNT = 12


def content() -> NDArray[np.uint8]:
    """Twelve blocks, the last one short."""
    return np.random.default_rng(1).integers(0, 255, COUNT * BLOCK_BYTES - 1000, np.uint8)


CONTENT = content()
BLOCKS, WHOLE = digest_blocks(CONTENT)


def index(*, blocks: bool = True, sha256: bool = False) -> ShardIndexFile:
    none = np.empty(0, np.int64)
    data = encode_index(
        offsets=none,
        sizes=none,
        keys=CounterKeys(0, 0),
        shard_bytes=len(CONTENT),
        blocks=BLOCKS if blocks else None,
        shard_sha256=WHOLE if sha256 else None,
    )
    return decode_index(data, PATH)


def damaged(block: int) -> NDArray[np.uint8]:
    copy = CONTENT.copy()
    copy[block * BLOCK_BYTES + 77] ^= 1
    return copy


def test_digests_are_those_of_each_block_and_of_the_file() -> None:
    data = CONTENT.tobytes()
    assert hashlib.sha256(data).hexdigest() == WHOLE
    for number in (0, 5, COUNT - 1):
        part = data[number * BLOCK_BYTES : (number + 1) * BLOCK_BYTES]
        assert BLOCKS[number].tobytes() == hashlib.sha256(part).digest()


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, COUNT - 1),
    st.lists(st.tuples(st.integers(0, len(CONTENT) - 1), st.integers(0, 3_000_000)), max_size=5),
)
def test_damage_is_found_exactly_where_it_is_touched(
    block: int, touched: list[tuple[int, int]]
) -> None:
    """Rows touch every block between their first and last byte, and no other."""
    check = BlockCheck(index(), damaged(block), PATH)
    at = np.array([begin for begin, _ in touched], np.int64)
    ends = np.array([min(begin + size, len(CONTENT)) for begin, size in touched], np.int64)
    low, high = block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES
    meets = any(
        low < max(end, begin + 1) and begin < high
        for begin, end in zip(at.tolist(), ends.tolist(), strict=True)
    )
    if meets:
        with pytest.raises(ShardError, match=rf"^data-000003.tar: block {block} \("):
            check.ensure_rows(at, ends - at)
    else:
        check.ensure_rows(at, ends - at)
    one = BlockCheck(index(), damaged(block), PATH)
    with pytest.raises(ShardError, match="damaged or replaced"):
        one.ensure(high - 1 - 1000, high + 5)


def test_a_block_is_verified_once_by_first_and_at_every_use_by_always() -> None:
    cases: tuple[tuple[Verify, bool], ...] = (("first", False), ("always", True), ("never", False))
    for verify, found in cases:
        flat = CONTENT.copy()
        check = BlockCheck(index(), flat, PATH, verify=verify)
        check.ensure(0, len(flat))
        assert check.is_done == (verify != "always")
        flat[5] ^= 1
        assert refused(check) == found


@pytest.mark.parametrize("blocks", [True, False])
def test_what_another_process_has_noted_is_not_verified_again(blocks: bool) -> None:
    flat, seen = CONTENT.copy(), np.zeros(-(-len(CONTENT) // BLOCK_BYTES), np.bool_)
    one, other = (
        BlockCheck(index(blocks=blocks), flat, PATH, sha256=WHOLE, seen=seen) for _ in range(2)
    )
    one.ensure(0, 1)
    flat[5] ^= 1
    assert not refused(other)
    one.ensure(0, len(flat)) if not blocks else one.ensure(BLOCK_BYTES, len(flat))
    flat[:] ^= 1
    other.ensure(0, len(flat))
    assert other.is_done
    assert BlockCheck(index(), flat, PATH, seen=seen).is_done


def refused(check: BlockCheck) -> bool:
    try:
        check.ensure_rows(np.array([0]), np.array([10]))
    except ShardError:
        return True
    return False


def test_never_looks_at_nothing() -> None:
    check = BlockCheck(index(), damaged(0), PATH, verify="never")
    assert not refused(check)
    assert check.is_done


@pytest.mark.parametrize("source", ["index", "description"])
def test_without_blocks_the_whole_file_is_verified_at_first_use(source: str) -> None:
    said = index(blocks=False, sha256=source == "index")
    sha256 = WHOLE if source == "description" else None
    good = BlockCheck(said, CONTENT, PATH, sha256=sha256)
    good.ensure(0, 1)
    assert good.is_done
    bad = BlockCheck(said, damaged(9), PATH, sha256=sha256)
    assert refused(bad)
    flat = CONTENT.copy()
    always = BlockCheck(said, flat, PATH, sha256=sha256, verify="always")
    assert not refused(always)
    flat[3] ^= 1
    assert refused(always)


def test_without_any_digest_nothing_can_be_verified_and_it_says_so() -> None:
    check = BlockCheck(index(blocks=False), CONTENT, PATH)
    assert not check.is_possible
    assert check.is_done
    assert BlockCheck(index(), CONTENT, PATH).is_possible


@pytest.mark.parametrize("verify", ["first", "always"])
def test_payloads_are_done_before_the_end_of_the_archive_is(verify: Verify) -> None:
    """Its last block has no row's bytes in it, so that no row ever asks for it."""
    end = (COUNT - 1) * BLOCK_BYTES
    check = BlockCheck(index(), damaged(COUNT - 1), PATH, verify=verify, end=end)
    check.ensure(0, end - 1)
    if verify == "first":
        assert not BlockCheck(index(), CONTENT, PATH, end=end + 1).are_payloads_done
    assert check.are_payloads_done == (verify == "first")
    assert not check.is_done
    with pytest.raises(ShardError, match=f"block {COUNT - 1} "):
        check.ensure(end, end + 1)


def test_a_failed_block_stays_unverified() -> None:
    check = BlockCheck(index(), damaged(0), PATH)
    assert refused(check)
    assert refused(check)


def test_rows_of_nothing_and_no_rows() -> None:
    check = BlockCheck(index(), CONTENT, PATH)
    check.ensure_rows(np.empty(0, np.int64), np.empty(0, np.int64))
    check.ensure_rows(np.array([len(CONTENT) - 1024]), np.array([0]))
    assert not check.is_done
