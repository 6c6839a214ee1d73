"""Tar headers: ours are what every reader expects, and those of other writers are read as they mean."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atdata.shards.forward import open_forward
from atdata.shards.scan import Member, scan
from atdata.shards.tar import BLOCK, LARGEST_MEMBER, TarFault, read_header, write_header

KEYS = st.from_regex(r"[A-Za-z0-9_-]{1,92}", fullmatch=True)
# No dots in a row, no slash in front, no control characters: what scanning takes; and no
# underscores, which make notes of a shard that are passed over.
NAMES = st.text(
    st.characters(exclude_categories=["C"], exclude_characters="/._\\"), min_size=1, max_size=300
)


@given(KEYS, st.integers(0, LARGEST_MEMBER))
def test_our_headers_are_read_by_tarfile_as_they_were_meant(key: str, size: int) -> None:
    info = tarfile.TarInfo.frombuf(write_header(f"{key}.msgpack", size), "utf-8", "strict")
    assert (info.name, info.size, info.mode) == (f"{key}.msgpack", size, 0o444)
    assert (info.mtime, info.uid, info.gid, info.isreg()) == (0, 0, 0, True)


@given(KEYS, st.integers(0, LARGEST_MEMBER))
def test_our_headers_are_ustar_byte_for_byte_as_tarfile_writes_them(key: str, size: int) -> None:
    info = tarfile.TarInfo(f"{key}.msgpack")
    info.size, info.mode = size, 0o444
    theirs = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    # tarfile fills the device numbers of regular files, which POSIX leaves unspecified.
    theirs[329:345] = bytes(16)
    theirs[148:156] = write_header(f"{key}.msgpack", size)[148:156]
    assert write_header(f"{key}.msgpack", size) == bytes(theirs)


@given(KEYS, st.integers(0, LARGEST_MEMBER))
def test_reading_gives_back_what_was_written(key: str, size: int) -> None:
    header = read_header(write_header(key, size))
    assert (header.name, header.size, header.kind) == (key, size, "0")


@pytest.mark.parametrize(("name", "size"), [("x" * 101, 0), ("x", -1), ("x", LARGEST_MEMBER + 1)])
def test_what_a_header_cannot_hold_is_refused(name: str, size: int) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        write_header(name, size)


@given(KEYS, st.integers(0, BLOCK - 1), st.integers(1, 255))
def test_a_changed_byte_fails_the_checksum_or_changes_nothing(
    key: str, at: int, change: int
) -> None:
    """The checksum is a sum: a change of one byte always shows, but for the way the sum itself is spelt."""
    good = write_header(key, 31)
    bad = bytearray(good)
    bad[at] = (bad[at] + change) % 256
    try:
        assert read_header(bytes(bad)) == read_header(good)
    except TarFault:
        return
    assert 148 <= at < 156


def test_sizes_in_base_256_are_read() -> None:
    info = tarfile.TarInfo("big.msgpack")
    info.size = 2**40
    header = read_header(info.tobuf(tarfile.GNU_FORMAT))
    assert header.size == 2**40


def test_a_sum_of_signed_bytes_is_taken_as_old_writers_made_it() -> None:
    info = tarfile.TarInfo("é.msgpack")
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    signed = sum(b - 256 if b > 127 else b for b in block[:148] + block[156:]) + 256
    block[148:156] = b"%06o\0 " % signed
    assert read_header(bytes(block)).name == "é.msgpack"


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@settings(max_examples=50)
@given(members=st.lists(st.tuples(NAMES, st.binary(max_size=1500)), max_size=5))
def test_members_are_found_where_tarfile_finds_them(
    tmp_path_factory: pytest.TempPathFactory, format: int, members: list[tuple[str, bytes]]
) -> None:
    """Long names, foreign scripts and all three formats: name, place and size as the standard library says."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as tar:
        for name, payload in members:
            if format == tarfile.USTAR_FORMAT and len(name.encode()) > 100:
                continue
            info = tarfile.TarInfo(name)
            info.size = len(payload)
            info.mtime = 1795386360.25
            tar.addfile(info, io.BytesIO(payload))
    path = tmp_path_factory.mktemp("tar") / "x.tar"
    path.write_bytes(out.getvalue())
    with tarfile.open(path) as tar:
        expected = [Member(item.name, item.offset_data, item.size) for item in tar]
    assert members_of(path) == expected


def test_a_long_path_in_two_parts_is_put_together(tmp_path: Path) -> None:
    name = f"{'folder' * 20}/{'name' * 20}.msgpack"
    with tarfile.open(tmp_path / "x.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        tar.addfile(tarfile.TarInfo(name))
    assert [member.name for member in members_of(tmp_path / "x.tar")] == [name]


def members_of(path: Path) -> list[Member]:
    with open_forward(path) as source:
        return list(scan(source))
