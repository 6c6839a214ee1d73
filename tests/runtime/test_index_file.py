"""Index files: what is written is read again, and nothing else is taken for an index."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.index.file import (
    IndexFault,
    ShardIndexFile,
    decode_index,
    encode_index,
    open_index,
    write_index,
)
from atdata.shards.index.form import BYTES, decode_head
from atdata.shards.index.keys import CounterKeys, TextKeys, keys_of

SHARD = Path("x.tar")
SUMMED = 344
"""Bytes of the head before its digest, as docs/FORMATS.md has it."""


def keys_for(count: int) -> st.SearchStrategy[list[str]]:
    """As many keys of one kind: numbers, any texts, texts of one length."""
    texts = st.text(st.characters(exclude_categories=["C"]), min_size=1)
    alike = st.from_regex(r"[a-z0-9-]{36}", fullmatch=True)
    return st.one_of(
        st.integers(0, 999_999_900).map(lambda first: [f"{first + n:09d}" for n in range(count)]),
        st.lists(texts, min_size=count, max_size=count),
        st.lists(alike, min_size=count, max_size=count),
    )


def placed(sizes: list[int], leads: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Offsets, sizes and bytes of a shard, with as many blocks before each payload."""
    at, offsets = 0, list[int]()
    for size, lead in zip(sizes, leads, strict=True):
        at += 512 * lead
        offsets.append(at)
        at += -(-size // 512) * 512
    return np.array(offsets, np.int64), np.array(sizes, np.int64), at + 1024


@st.composite
def encoded(draw: st.DrawFn) -> tuple[list[int], list[int], list[str], bytes]:
    count = draw(st.integers(0, 20))
    lists = st.one_of(
        st.integers(0, 2000).map(lambda size: [size] * count),
        st.lists(st.integers(0, 2**34), min_size=count, max_size=count),
    )
    leads = st.one_of(
        st.sampled_from([[1] * count, [3] * count]),
        st.lists(st.integers(1, 5), min_size=count, max_size=count),
    )
    offsets, sizes, total = placed(draw(lists), draw(leads))
    keys = draw(keys_for(count))
    blocks = -(-total // 2**20)
    data = encode_index(
        offsets=offsets,
        sizes=sizes,
        keys=keys_of(keys),
        shard_bytes=total,
        shard_sha256=draw(st.sampled_from([None, "ab" * 32])),
        type_cid=draw(st.sampled_from([None, "bafyrei" + "a" * 52])),
        layout=draw(st.sampled_from("ABC")),
        blocks=np.full((blocks, 32), 7, np.uint8) if blocks < 100 and draw(st.booleans()) else None,
    )
    return offsets.tolist(), sizes.tolist(), keys, data


@settings(max_examples=100, deadline=None)
@given(encoded())
def test_what_is_written_is_read(case: tuple[list[int], list[int], list[str], bytes]) -> None:
    offsets, sizes, keys, data = case
    index = decode_index(data, SHARD)
    assert (index.offsets.tolist(), index.sizes.tolist()) == (offsets, sizes)
    assert list(index.keys()) == [index.key(n) for n in range(len(keys))] == keys
    assert index.count == len(index) == len(keys)
    for number, key in enumerate(keys):
        if keys.count(key) == 1:
            assert index.find(key) == number
        else:
            with pytest.raises(ShardError, match="more than once"):
                index.find(key)
    assert index.find("not there") is None
    lines = "".join(f"{key}\n" for key in keys).encode()
    assert index.key_digest == hashlib.sha256(lines).hexdigest()
    assert len(data) % 8 == 0


def everything(index: ShardIndexFile) -> tuple[object, ...]:
    blocks = index.blocks
    return (
        index.offsets.tolist(),
        index.sizes.tolist(),
        list(index.keys()),
        None if blocks is None else blocks.tolist(),
        index.head,
    )


@settings(max_examples=150, deadline=None)
@given(encoded(), st.integers(0, 2**20), st.integers(1, 255))
def test_a_changed_byte_is_always_found(
    case: tuple[list[int], list[int], list[str], bytes], at: int, change: int
) -> None:
    """Anything that can be read from a changed file is what stood there before (padding is free)."""
    data = bytearray(case[-1])
    before = everything(decode_index(bytes(data), SHARD))
    data[at % len(data)] ^= change
    try:
        after = everything(decode_index(bytes(data), SHARD))
    except IndexFault:
        return
    assert after == before
    assert at % len(data) >= BYTES  # a byte of padding between sections


@settings(max_examples=150, deadline=None)
@given(encoded(), st.data())
def test_a_head_that_lies_with_a_right_digest_never_reaches_out_of_the_shard(
    case: tuple[list[int], list[int], list[str], bytes], data: st.DataObject
) -> None:
    """Fields replaced and every digest made right again: a fault, or places one after the other in the shard."""
    forged = bytearray(case[-1])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.sampled_from([8, 16, 128, 129, 130, 131, 136, 144, 152, 160, 168, 176]))
        if at in range(128, 132):
            forged[at] = data.draw(st.sampled_from([0, 1, 2, 3, 65, 66, 255]))
            continue
        old = int.from_bytes(forged[at : at + 8], "little")
        new = data.draw(
            st.sampled_from([0, 1, 512, old + 1, old + 512, old * 2, 2**62, 2**63, 2**64 - 1])
        )
        forged[at : at + 8] = (new % 2**64).to_bytes(8, "little")
    check_forged(forged)


@settings(max_examples=150, deadline=None)
@given(encoded(), st.data())
def test_sections_that_lie_with_right_digests_never_reach_out_of_the_shard(
    case: tuple[list[int], list[int], list[str], bytes], data: st.DataObject
) -> None:
    forged = bytearray(case[-1])
    if len(forged) == BYTES:
        return
    words = st.sampled_from([0, 1, 511, 2**31, 2**62, 2**63 - 512, 2**63, 2**64 - 512, 2**64 - 1])
    at = data.draw(st.integers(BYTES // 8, len(forged) // 8 - 1)) * 8
    forged[at : at + 8] = data.draw(words).to_bytes(8, "little")
    check_forged(forged)


def check_forged(forged: bytearray) -> None:
    sign(forged)
    try:
        index = decode_index(bytes(forged), SHARD)
        offsets, sizes = index.offsets.tolist(), index.sizes.tolist()
        keys = list(index.keys())
    except IndexFault:
        return
    assert len(offsets) == len(sizes) == len(keys) == index.count
    end = 0
    for offset, size in zip(offsets, sizes, strict=True):
        assert offset >= end + 512
        assert offset % 512 == 0
        assert size >= 0
        end = offset + size
    assert end <= index.shard_bytes - 1024 or not offsets
    assert all(ord(letter) >= 32 for key in keys for letter in key)


def sign(forged: bytearray) -> None:
    """Make every digest of a file right, if its sections can be told apart."""
    forged[SUMMED:BYTES] = hashlib.sha256(forged[:SUMMED]).digest().ljust(40, b"\0")
    try:
        head = decode_head(bytes(forged[:BYTES]))
    except IndexFault:
        return
    begin = BYTES
    for number, length in enumerate(head.sections):
        digest = hashlib.sha256(forged[begin : begin + length]).digest() if length else bytes(32)
        forged[184 + 32 * number : 216 + 32 * number] = digest
        begin += length + -length % 8
    forged[SUMMED:BYTES] = hashlib.sha256(forged[:SUMMED]).digest().ljust(40, b"\0")


@settings(max_examples=100)
@given(st.binary(max_size=1000))
def test_noise_is_no_index(noise: bytes) -> None:
    for data in (noise, b"atdidx01" + noise):
        with pytest.raises(IndexFault):
            decode_index(data, SHARD)


def example(count: int = 1000) -> bytes:
    offsets, sizes, total = placed([n % 700 for n in range(count)], [1] * count)
    return encode_index(offsets=offsets, sizes=sizes, keys=CounterKeys(5, count), shard_bytes=total)


def test_a_file_that_was_cut_or_grew_is_refused(tmp_path: Path) -> None:
    data = example()
    path = tmp_path / "x.tar.idx"
    for content in (b"", data[:100], data[:BYTES], data[:-8], data + bytes(8)):
        path.write_bytes(content)
        with pytest.raises(IndexFault):
            open_index(path, SHARD)
    with pytest.raises(IndexFault, match="cannot be read"):
        open_index(tmp_path / "none.idx", SHARD)


def test_a_section_that_changes_after_opening_is_found_out(tmp_path: Path) -> None:
    """The head is read at once, the rest later: cut, removed or replaced in between."""
    path = tmp_path / "x.tar.idx"
    other = bytearray(example())
    other[BYTES + 3] ^= 1
    for change in (
        lambda: path.write_bytes(example()[:-8]),
        path.unlink,
        lambda: path.write_bytes(other),
    ):
        write_index(path, example())
        index = open_index(path, SHARD)
        change()
        with pytest.raises(IndexFault):
            index.offsets


def test_a_wrong_section_is_made_anew_where_it_is_said_how() -> None:
    good = decode_index(example(), SHARD)
    wrong = bytearray(example())
    wrong[BYTES + 3] ^= 1
    bad = decode_index(bytes(wrong), SHARD)
    mended = ShardIndexFile(SHARD, bad.head, bad.sections, lambda: good)
    assert mended.offsets.tolist() == good.offsets.tolist()
    other = decode_index(example(10), SHARD)
    with pytest.raises(ShardError, match=r"holds 10 samples.*load the dataset again"):
        ShardIndexFile(SHARD, bad.head, bad.sections, lambda: other).offsets


def test_equal_strides_and_counters_take_no_arrays() -> None:
    offsets, sizes, total = placed([100] * 10_000, [1] * 10_000)
    constant = encode_index(
        offsets=offsets, sizes=sizes, keys=CounterKeys(0, 10_000), shard_bytes=total
    )
    assert len(constant) == BYTES
    assert len(example(10_000)) == BYTES + 4 * 10_000


def test_writing_leaves_nothing_but_the_file(tmp_path: Path) -> None:
    write_index(tmp_path / "x.tar.idx", example())
    write_index(tmp_path / "x.tar.idx", example(10))
    assert [path.name for path in tmp_path.iterdir()] == ["x.tar.idx"]
    (tmp_path / "folder.idx").mkdir()
    with pytest.raises(OSError, match=r"."):
        write_index(tmp_path / "folder.idx", example())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.idx", "x.tar.idx"]


def test_keys_are_found_among_many() -> None:
    texts = TextKeys(b"".join(b"k%d" % n for n in range(100, 1000)), np.full(900, 4, np.uint16))
    assert [texts.find(f"k{n}") for n in (100, 999, 55)] == [0, 899, None]
    counter = CounterKeys(7, 3)
    assert [counter.find(key) for key in ("000000006", "000000007", "000000009", "000000010")] == [
        None,
        0,
        2,
        None,
    ]
    assert counter.find("00000000\u0667") is None


def test_what_describes_no_shard_is_not_written() -> None:
    offsets, sizes, total = placed([100] * 3, [1] * 3)
    for total_bytes, cid, layout in (
        (total - 1024, None, "A"),
        (total, "b" * 65, "A"),
        (total, None, "D"),
    ):
        with pytest.raises(ValueError, match=r"no index can say this|no type CID"):
            encode_index(
                offsets=offsets,
                sizes=sizes,
                keys=CounterKeys(0, 3),
                shard_bytes=total_bytes,
                type_cid=cid,
                layout=layout,
            )
