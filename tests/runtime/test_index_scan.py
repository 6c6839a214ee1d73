"""The fast scanner of shards: what it takes, finds and refuses is what the careful one does."""

from __future__ import annotations

import tarfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from atdata.shards.index import scan as fast_scan
from atdata.shards.index.chain import header_blocks
from atdata.shards.index.keys import CounterKeys, TextKeys
from atdata.shards.index.scan import Members, scan_members
from atdata.shards.tar import END, write_header
from runtime.index_archives import careful, counted, fast, flat_of, foreign, ustar

FORMS = (tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)
SIZES = st.one_of(
    st.lists(st.integers(0, 3000), max_size=12),
    st.tuples(st.integers(0, 1200), st.integers(0, 12)).map(lambda pair: [pair[0]] * pair[1]),
    # As many blocks each, though not as many bytes; perhaps but for the last one.
    st.tuples(
        st.lists(st.integers(1, 512), max_size=12), st.lists(st.integers(0, 1100), max_size=1)
    ).map(lambda pair: [*pair[0], *pair[1]]),
)
KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True),
    st.from_regex(r"(\./)?[ -~]{1,12}", fullmatch=True),
    st.text(min_size=1, max_size=60),
)


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """Archives of all forms; names of all kinds, harmless or not."""
    samples = counted(draw(SIZES), draw(st.integers(0, 10**9 - 20)))
    if draw(st.booleans()):
        names = draw(st.lists(KEYS, min_size=len(samples), max_size=len(samples)))
        endings = st.sampled_from([".msgpack"] * 20 + [".jpg", ""])
        samples = [
            (name + draw(endings), data) for name, (_, data) in zip(names, samples, strict=True)
        ]
    try:
        if draw(st.booleans()):
            return ustar(samples)
        return foreign(samples, draw(st.sampled_from(FORMS)), draw(st.sampled_from([0.0, 7.25])))
    except (ValueError, UnicodeError):  # a name that this form cannot hold
        return ustar(counted([len(data) for _, data in samples]))


@settings(max_examples=200, deadline=None)
@given(archives())
def test_fast_is_careful_on_archives_of_all_writers(data: bytes) -> None:
    assert fast(data) == careful(data)


@settings(max_examples=300, deadline=None)
@given(
    archives(),
    st.lists(
        st.tuples(st.integers(0, 2**20), st.integers(0, 511), st.integers(0, 255)), max_size=3
    ),
    st.booleans(),
    st.integers(0, 2000),
)
def test_fast_is_careful_on_damaged_archives(
    data: bytes, changes: list[tuple[int, int, int]], mended: bool, cut: int
) -> None:
    """Bytes of any block replaced, its checksum made right again or not, and the end cut off."""
    damaged = bytearray(data)
    for block, at, value in changes:
        start = block % max(len(data) // 512, 1) * 512
        damaged[start + at] = value
        if mended:
            damaged[start + 148 : start + 156] = b" " * 8
            damaged[start + 148 : start + 156] = b"%06o\0 " % sum(damaged[start : start + 512])
    whole = bytes(damaged[: len(damaged) - cut] if cut < 1000 else damaged)
    assert fast(whole) == careful(whole)


FIELDS = st.sampled_from([(0, 20), (124, 12), (148, 8), (156, 1), (257, 8), (345, 2)])


@settings(max_examples=300, deadline=None)
@given(SIZES.filter(bool), st.data())
def test_fast_is_careful_on_headers_with_odd_fields(sizes: list[int], data: st.DataObject) -> None:
    """A field of one header replaced by what the field might hold elsewhere, with a right checksum."""
    samples = counted(sizes)
    archive = bytearray(ustar(samples))
    blocks = header_blocks(flat_of(bytes(archive)))
    assert blocks is not None
    at, width = data.draw(FIELDS)
    start = int(data.draw(st.sampled_from(blocks.tolist()))) * 512
    alphabet = st.sampled_from(b"\0 0123456789/.-x\x7f\x80\xffustar")
    archive[start + at : start + at + width] = bytes(
        data.draw(st.lists(alphabet, min_size=width, max_size=width))
    )
    if at != 148:
        archive[start + 148 : start + 156] = b" " * 8
        archive[start + 148 : start + 156] = b"%06o\0 " % sum(archive[start : start + 512])
    assert fast(bytes(archive)) == careful(bytes(archive))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000))
def test_fast_is_careful_on_noise(noise: bytes) -> None:
    for data in (noise, ustar(counted([5]))[:-1024] + noise, ustar(counted([5])) + noise):
        assert fast(data) == careful(data)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sizes", [[100] * 5000, list(range(5000))], ids=["equal", "growing"])
def test_plain_archives_never_need_the_careful_scanner(
    form: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of members, of more than one chunk, PAX headers with times before each or not."""
    data = foreign(counted(sizes), form, 1_700_000_000.5 if form == tarfile.PAX_FORMAT else 7)
    expected = careful(data)
    monkeypatch.setattr(fast_scan, "_careful", refuse)
    assert fast(data) == expected


def refuse(*_: object) -> Members:
    raise AssertionError("the careful scanner was asked")


def test_a_payload_that_is_an_archive_does_not_confuse() -> None:
    """Blocks inside of payloads that look like headers are no headers."""
    inner = ustar(counted([10] * 50))
    data = ustar([("a.msgpack", inner), ("b.msgpack", b"x"), *counted([700] * 200)])
    assert fast(data) == careful(data)
    assert len(fast(data)) == 202


def test_evenly_spaced_members_of_other_sizes_are_found_without_a_walk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = ustar(counted([row % 512 + 1 for row in range(300)]))

    def refuse(flat: NDArray[np.uint8]) -> None:
        pytest.fail("walked")

    monkeypatch.setattr(fast_scan, "header_blocks", refuse)
    assert fast(data) == careful(data)


@pytest.mark.parametrize("row", [0, 63, 64, 200, 299])
@pytest.mark.parametrize("size", [0, 513, 2000])
def test_a_member_that_breaks_even_spacing_is_met(row: int, size: int) -> None:
    sizes = [400] * 300
    sizes[row] = size
    data = ustar(counted(sizes))
    assert fast(data) == careful(data)
    assert fast(data + bytes(512 * 100)) == careful(data)


@pytest.mark.parametrize("row", [64, 200, 299])
def test_a_size_that_does_not_lead_to_the_next_header_is_refused(row: int) -> None:
    whole = bytearray(ustar(counted([400] * 300)))
    key = f"{row:09d}"
    whole[row * 1024 : row * 1024 + 512] = write_header(f"{key}.msgpack", 600)
    assert fast(bytes(whole)) == careful(bytes(whole))


def test_counters_take_no_text() -> None:
    found = scan_members(flat_of(ustar(counted([9] * 3000, first=77))), "x.tar")
    assert found.keys == CounterKeys(77, 3000)
    mixed = scan_members(flat_of(ustar([*counted([9] * 3000), ("last.msgpack", b"")])), "x.tar")
    assert isinstance(mixed.keys, TextKeys)
    assert list(mixed.keys) == [f"{n:09d}" for n in range(3000)] + ["last"]


def test_an_archive_of_nothing_has_no_samples() -> None:
    assert fast(END) == careful(END) == []
    assert fast(b"") == careful(b"") != []


def test_a_negative_or_spaced_size_does_not_hang() -> None:
    for digits in (b"-0000000001", b" 0000000001", b"0_000000001", b"+0000000001"):
        block = bytearray(write_header("a.msgpack", 1))
        block[124:135] = digits
        data = bytes(block) + bytes(512) + END
        assert fast(data) == careful(data)


def test_bytes_at_an_odd_address_are_scanned() -> None:
    data = ustar(counted([5, 600, 5]))
    shifted = np.frombuffer(b"x" + data, np.uint8)[1:]
    assert scan_members(shifted, "x.tar").sizes.tolist() == [5, 600, 5]


@pytest.mark.parametrize(
    "odd", ["a..", "/ab", "./a", "a/b", "..a", "a b", "a\x1fb", "a\x7fb", "\x00ab"]
)
@pytest.mark.parametrize("suffix", [".msgpack", ".msgpacK", ".msgpac"])
def test_one_odd_name_among_names_of_the_same_length(odd: str, suffix: str) -> None:
    samples = [("abc.msgpack", b"x"), (f"{odd}{suffix}", b"y"), ("abd.msgpack", b"z")]
    for data in (ustar(samples), ustar(samples[1:]), ustar(samples[:2])):
        assert fast(data) == careful(data)


def pax_header(records: bytes) -> bytes:
    block = bytearray(write_header("pax", len(records)))
    block[156] = ord("x")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + records + bytes(-len(records) % 512)


def comment(length: int) -> bytes:
    head = b"%d comment=" % length
    return head + b"c" * (length - len(head) - 1) + b"\n"


@pytest.mark.parametrize(
    "headers",
    [
        [comment(40_000)],
        [comment(40_000)] * 2,
        [comment(70_000)],
        [comment(100), comment(100)],
        [b"18 path=b.msgpack\n"],
        [b"11 size=600\n"],
        [b"11 mtime=1.\n"],
        [b"12 mtime=1.\n"],
        [b"12 mtime=1.x"],
        [b"12 mtime=1.\n\0"],
        [b"12 mtime=1.\n18 path=b.msgpack\n"],
        [b""],
    ],
)
def test_extended_headers_mean_what_they_mean_to_the_careful_scanner(headers: list[bytes]) -> None:
    before = b"".join(map(pax_header, headers))
    sample = write_header("a.msgpack", 5) + b"12345".ljust(512, b"\0")
    for data in (before + sample + END, sample + before + sample + END, sample + before + END):
        assert fast(data) == careful(data)
