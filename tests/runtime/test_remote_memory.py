"""Memory that is received into: lent while anything refers to it, and read where it was written."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.shards.fetched.memory import Memory, common_memory
from atdata.shards.index.form import BLOCK_BYTES

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no addresses are reserved there")


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory()


def _filled(memory: Memory, size: int, value: int) -> memoryview:
    stretch = memory.take(size)
    assert stretch is not None
    stretch.to_write(0, size)[:] = bytes([value]) * size
    return stretch.part(0, size)


def test_what_is_referred_to_is_never_lent_again(memory: Memory) -> None:
    kept = [_filled(memory, BLOCK_BYTES + 5, value) for value in range(8)]
    for value in range(8, 40):
        _filled(memory, 3 * BLOCK_BYTES, value)
    assert [bytes(part) for part in kept] == [
        bytes([value]) * (BLOCK_BYTES + 5) for value in range(8)
    ]


def test_what_nothing_refers_to_is_lent_again(memory: Memory) -> None:
    first = memory.places([_filled(memory, BLOCK_BYTES, 1)])[0]
    assert memory.places([_filled(memory, BLOCK_BYTES, 2)])[0] == first


def test_a_part_keeps_its_own_slots_only(memory: Memory) -> None:
    stretch = memory.take(4 * BLOCK_BYTES)
    assert stretch is not None
    begin = memory.places([stretch.part(0, 1)])[0]
    last = stretch.part(3 * BLOCK_BYTES, 4 * BLOCK_BYTES)
    del stretch
    again = memory.take(3 * BLOCK_BYTES)
    assert again is not None
    assert memory.places([again.part(0, 1)])[0] == begin
    assert memory.places([last])[0] == begin + 3 * BLOCK_BYTES


def test_rows_are_read_where_they_lie_and_keep_that(memory: Memory) -> None:
    part = _filled(memory, 2 * BLOCK_BYTES, 7)
    at = int(memory.places([part])[0])
    rows = memory.over([part])[at : at + 2 * BLOCK_BYTES]
    del part
    gc.collect()
    other = _filled(memory, 2 * BLOCK_BYTES, 9)
    assert (rows == 7).all()
    assert not rows.flags.writeable
    assert memory.places([other])[0] != at


def test_parts_that_lie_elsewhere_have_no_place(memory: Memory) -> None:
    part = _filled(memory, 10, 1)
    assert memory.places([b"elsewhere", part, b""]).tolist()[0] == -1


def test_more_than_there_is_is_not_lent(memory: Memory) -> None:
    assert memory.take(1 << 40) is None
    assert memory.take(1) is not None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux for it")
def test_what_is_given_back_leaves_what_is_used() -> None:
    memory, before = Memory(), _free_to_take()
    low = _filled(memory, 5, 3)
    large = _filled(memory, 200 * BLOCK_BYTES, 4)
    high = _filled(memory, BLOCK_BYTES, 5)
    del large
    memory.give_back()
    assert bytes(high) == b"\5" * BLOCK_BYTES
    del high
    memory.give_back()
    assert bytes(low) == b"\3" * 5
    assert _free_to_take() - before >= 72 * BLOCK_BYTES
    # What is written again is kept.
    again = _filled(memory, 200 * BLOCK_BYTES, 6)
    assert _free_to_take() - before < 72 * BLOCK_BYTES
    assert bytes(again[-BLOCK_BYTES:]) == b"\6" * BLOCK_BYTES


def _free_to_take() -> int:
    """Bytes of this process that the system may take when it needs them."""
    lines = Path("/proc/self/smaps").read_text().splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("LazyFree:"))


def test_a_process_has_one() -> None:
    assert common_memory() is common_memory()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_has_its_own_and_keeps_what_it_reads() -> None:
    memory = common_memory()
    assert memory is not None
    part = _filled(memory, BLOCK_BYTES, 6)
    child = os.fork()
    if not child:
        own = common_memory()
        del memory
        gc.collect()
        right = own is not None and own.take(1) is not None and bytes(part) == b"\6" * BLOCK_BYTES
        os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert common_memory() is memory


@given(st.lists(st.tuples(st.integers(1, 5 * BLOCK_BYTES), st.booleans()), max_size=30))
def test_stretches_in_use_never_overlap(steps: list[tuple[int, bool]]) -> None:
    memory = common_memory()
    assert memory is not None
    kept: list[tuple[int, int, memoryview]] = []
    for size, keeps in steps:
        stretch = memory.take(size)
        assert stretch is not None
        part = stretch.part(0, size)
        begin = int(memory.places([part])[0])
        assert all(begin >= last or begin + size <= first for first, last, _ in kept)
        if keeps:
            kept.append((begin, begin + size, part))
        elif kept:
            kept.pop(0)
    assert np.all(np.diff(sorted(first for first, _, _ in kept)) > 0)
