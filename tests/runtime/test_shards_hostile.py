"""Archives that nobody should make: each is refused by name, after what came before it was given out."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from atdata.errors import DatasetNotFound, ShardError
from atdata.shards.reader import ShardFile, index_of, stream
from atdata.shards.tar import BLOCK, END, padding, write_header
from foreign_archives import sparse_tar

GOOD = ("good", b"payload")


def member(header: bytes, payload: bytes = b"") -> bytes:
    return header + payload + bytes(padding(len(payload)))


def good(key: str = GOOD[0], payload: bytes = GOOD[1]) -> bytes:
    return member(write_header(f"{key}.msgpack", len(payload)), payload)


def patched(name: str, count: int = 0, **fields: bytes) -> bytes:
    """A header with fields replaced and its checksum made right again."""
    places = {"size": 124, "kind": 156, "path": 0}
    block = bytearray(write_header(name, count))
    for field, value in fields.items():
        block[places[field] : places[field] + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def pax(records: bytes, kind: bytes = b"x") -> bytes:
    return member(patched("pax", len(records), kind=kind), records)


HOSTILE: dict[str, tuple[bytes, str]] = {
    "sparse in PAX": (sparse_tar(400_000_000), "sparse"),
    "sparse in GNU": (patched("a.msgpack", kind=b"S"), "a sparse file"),
    "hard link": (patched("a.msgpack", kind=b"1"), "a hard link"),
    "symbolic link": (patched("a.msgpack", kind=b"2"), "a symbolic link"),
    "character device": (patched("a.msgpack", kind=b"3"), "a character device"),
    "block device": (patched("a.msgpack", kind=b"4"), "a block device"),
    "pipe": (patched("a.msgpack", kind=b"6"), "a pipe"),
    "unknown kind": (patched("a.msgpack", kind=b"Z"), "unknown kind 'Z'"),
    "absolute name": (member(write_header("/etc/passwd.msgpack", 0)), "leads out"),
    "climbing name": (member(write_header("a/../../b.msgpack", 0)), "leads out"),
    "control characters": (member(write_header("a\x1b[2Jb.msgpack", 0)), "control characters"),
    "newline by PAX": (pax(b"20 path=a\nb.msgpack\n") + good("x"), "control characters"),
    "name not UTF-8": (patched("a.msgpack", path=b"\xff\xfe"), "not UTF-8"),
    "size not octal": (patched("a.msgpack", size=b"00000009999\0"), "no octal number"),
    "size negative": (patched("a.msgpack", size=b"\xff" * 12), "negative"),
    "size beyond the file": (patched("a.msgpack", size=b"00077777777\0"), "beyond the end"),
    "size of 2^80": (patched("a.msgpack", size=b"\x80" + b"\x7f" * 11), "beyond the end"),
    "PAX size beyond the file": (pax(b"23 size=99999999999999\n") + good("x"), "beyond the end"),
    "PAX size of letters": (pax(b"13 size=many\n") + good("x"), "size 'many'"),
    "PAX length lies": (pax(b"99 path=a.msgpack\n") + good("x"), "longer than its header"),
    "PAX length of nothing": (pax(b"0 path=a.msgpack\n") + good("x"), "longer than its header"),
    "PAX without length": (pax(b"path=a.msgpack\n") + good("x"), "no length"),
    "PAX without newline": (pax(b"18 path=a.msgpack.") + good("x"), "does not end"),
    "global name": (pax(b"18 path=a.msgpack\n", kind=b"g") + good("x"), "global header"),
    "endless headers": (pax(b"") * 200, "extended headers"),
    "huge extended header": (patched("pax", 2**30, kind=b"x"), "extended headers"),
    "huge GNU name": (patched("long", 8**11 - 1, kind=b"L"), "extended headers"),
    "extended header at the end": (pax(b"18 path=a.msgpack\n"), "behind an extended header"),
    "folder with content": (patched("a/", 512, kind=b"5"), "folder with content"),
    "no sample": (member(write_header("a.jpg", 3), b"abc"), "no sample"),
    "no key": (member(write_header(".msgpack", 0)), "no sample"),
    "more behind the end": (END + good("hidden"), "more behind the end"),
    "one block of zeros": (bytes(BLOCK) + good("hidden"), "one block of zeros"),
    "noise": (bytes(range(256)) * 2, "checksum"),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
def test_hostile_members_are_refused_and_samples_before_them_delivered(
    tmp_path: Path, case: str, packing: str
) -> None:
    content, reason = HOSTILE[case]
    path = written(tmp_path, good() + content + END, packing)
    got: list[tuple[str, bytes]] = []
    with pytest.raises(ShardError) as caught:
        got.extend(stream(ShardFile(path)))
    if "beyond the end" in reason and packing:
        reason = "ends within its payload"
    assert reason in str(caught.value)
    assert str(path) in str(caught.value)
    assert all(ord(character) >= 32 for character in str(caught.value))


@pytest.mark.parametrize("case", HOSTILE)
def test_samples_before_a_hostile_member_are_delivered(tmp_path: Path, case: str) -> None:
    path = written(tmp_path, good() + HOSTILE[case][0] + END)
    samples = stream(ShardFile(path))
    assert next(samples) == GOOD
    with pytest.raises(ShardError):
        list(samples)
    with pytest.raises(ShardError):
        index_of(ShardFile(path))


def test_the_fault_names_the_key(tmp_path: Path) -> None:
    path = written(tmp_path, good() + write_header("000000007.msgpack", 5000) + b"short")
    with pytest.raises(ShardError, match="key '000000007'") as caught:
        list(stream(ShardFile(path)))
    assert (caught.value.key, caught.value.shard) == ("000000007", str(path))


def test_what_is_harmless_is_passed_over(tmp_path: Path) -> None:
    """Folders, notes of WebDataset about the shard, a comment for all members, and empty samples."""
    folder = patched("folder/", kind=b"5")
    note = member(write_header("__meta__", 4), b"note")
    comment = pax(b"17 comment=hello\n", kind=b"g")
    path = written(tmp_path, comment + folder + note + good() + good("./b", b"") + END * 5)
    assert list(stream(ShardFile(path))) == [GOOD, ("b", b"")]
    assert index_of(ShardFile(path)).keys == ("good", "b")


def test_a_key_of_more_than_1024_bytes_is_refused(tmp_path: Path) -> None:
    def archive(key: str) -> Path:
        with tarfile.open(tmp_path / "x.tar", "w", format=tarfile.PAX_FORMAT) as tar:
            tar.addfile(tarfile.TarInfo(f"{key}.msgpack"))
        return tmp_path / "x.tar"

    assert [key for key, _ in stream(ShardFile(archive("ä" * 512)))] == ["ä" * 512]
    with pytest.raises(ShardError, match="1024 bytes"):
        list(stream(ShardFile(archive("ä" * 513))))


@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
def test_an_empty_file_is_no_archive(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"x.tar{packing}"
    path.write_bytes(b"")
    with pytest.raises(ShardError):
        list(stream(ShardFile(path)))


def test_a_file_that_is_not_packed_as_it_is_named_is_refused(tmp_path: Path) -> None:
    for ending in (".tar.gz", ".tar.zst"):
        path = tmp_path / f"x{ending}"
        path.write_bytes(good() + END)
        with pytest.raises(ShardError, match="cannot be unpacked"):
            list(stream(ShardFile(path)))


def test_no_file_and_no_regular_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFound, match="there is no file"):
        list(stream(ShardFile(tmp_path / "none.tar")))
    with pytest.raises(ShardError, match="no regular file"):
        list(stream(ShardFile(tmp_path)))


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_a_bomb_is_given_up(tmp_path: Path, packing: str) -> None:
    """120 MB of zeros in a few kilobytes: refused at a bound, with the way out in the message."""
    path = written(tmp_path, good("zeros", bytes(120_000_000)) + END, packing)
    with pytest.raises(ShardError, match=r"200 times its size.*unpack it"):
        list(stream(ShardFile(path)))


@settings(max_examples=300)
@given(st.binary(max_size=2000), st.integers(0, 2600), st.integers(1, 255))
def test_random_bytes_end_in_a_shard_error_or_in_samples(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int, change: int
) -> None:
    """Noise behind a sample, or a byte of a good archive changed: never another exception."""
    archive = bytearray(good() + good("b", b"x" * 600) + END)
    archive[at % len(archive)] ^= change
    for content in (good() + noise, bytes(archive)):
        path = tmp_path_factory.mktemp("noise") / "x.tar"
        path.write_bytes(content)
        assert len(read_or_refused(path)) <= 2


def read_or_refused(path: Path) -> list[tuple[str, bytes]]:
    try:
        return list(stream(ShardFile(path)))
    except ShardError:
        return []


def written(folder: Path, content: bytes, packing: str = "") -> Path:
    path = folder / f"x.tar{packing}"
    packers: dict[str, Callable[[bytes], bytes]] = {
        "": bytes,
        ".gz": gzip.compress,
        ".zst": zstandard.compress,
    }
    path.write_bytes(packers[packing](content))
    return path
