"""Shards cut for blobs: the same samples under the same keys, the same bytes of each member, and a right index."""

from __future__ import annotations

import io
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import atdata
from atdata.atmosphere.publishing.cutting import Described, described
from atdata.atmosphere.publishing.piece_file import PieceFile
from atdata.errors import PublishError, ShardError
from atdata.shards.index.file import decode_index
from atdata.shards.index.mapped import map_file
from atdata.shards.index.scan import scan_members
from publishing_data import digits, members


def written(path: Path, found: list[Described]) -> list[bytes]:
    """The files that the pieces become."""
    files: list[bytes] = []
    for item in found:
        with PieceFile(path, item.piece) as file:
            files.append(file.read())
    return files


def check_pieces(path: Path, limit: int) -> int:
    """All laws of a cut; how many pieces there are."""
    found = list(described(path, limit, flat=True, name="data.tar"))
    files = written(path, found)
    assert [member for file in files for member in members(file)] == members(path.read_bytes())
    for item, file in zip(found, files, strict=True):
        assert len(file) == item.piece.bytes <= limit
        assert map_digest(file) == item.sha256
        check_index(item, file)
    return len(found)


def map_digest(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def check_index(item: Described, file: bytes) -> None:
    """The index says of the piece what a scan of it finds, and the digests of its blocks."""
    import numpy as np

    index = decode_index(item.index, Path("piece.tar"))
    scanned = scan_members(np.frombuffer(file, np.uint8), "piece.tar")
    assert list(index.keys()) == list(scanned.keys)
    assert index.offsets.tolist() == scanned.offsets.tolist()
    assert index.sizes.tolist() == scanned.sizes.tolist()
    assert (index.shard_bytes, index.shard_sha256) == (len(file), item.sha256)
    assert index.count == item.samples
    assert index.blocks is not None
    digests = [map_digest(file[at : at + (1 << 20)]) for at in range(0, len(file), 1 << 20)]
    assert [bytes(row).hex() for row in index.blocks] == digests


def archive(sizes: list[int], keys: list[str], *, pax: bool) -> bytes:
    """An archive of another writer, with extended headers before each member where `pax`."""
    out = io.BytesIO()
    kind = tarfile.PAX_FORMAT if pax else tarfile.USTAR_FORMAT
    with tarfile.open(fileobj=out, mode="w", format=kind) as tar:
        for size, key in zip(sizes, keys, strict=True):
            item = tarfile.TarInfo(f"{key}.msgpack")
            item.size = size
            if pax:
                item.mtime = 1.5  # which only an extended header can say
            tar.addfile(item, io.BytesIO(bytes([size % 256]) * size))
    return out.getvalue()


@given(
    sizes=st.lists(st.integers(0, 3000), max_size=40),
    limit=st.integers(7000, 40_000),
    pax=st.booleans(),
    named=st.booleans(),
)
def test_any_archive_is_cut_between_samples(
    sizes: list[int], limit: int, pax: bool, named: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cut") / "data.tar"
    keys = [f"sample-{number}" if named else f"{number:09d}" for number in range(len(sizes))]
    path.write_bytes(archive(sizes, keys, pax=pax))
    check_pieces(path, limit)


def test_a_shard_that_fits_stays_what_it_is(tmp_path: Path) -> None:
    atdata.write_samples(digits(20), tmp_path / "data.tar")
    path = tmp_path / "data.tar"
    (only,) = described(path, path.stat().st_size, flat=True, name="data.tar")
    assert written(path, [only]) == [path.read_bytes()]
    assert (only.piece.ended, only.samples) == (True, 20)


def test_pieces_are_as_large_as_they_may_be(tmp_path: Path) -> None:
    atdata.write_samples(digits(50, 4096), tmp_path / "data.tar")
    size = (tmp_path / "data.tar").stat().st_size
    assert check_pieces(tmp_path / "data.tar", size - 1) == 2
    assert check_pieces(tmp_path / "data.tar", 30_000) == 10


def test_blocks_larger_than_a_mebibyte_are_cut_too(tmp_path: Path) -> None:
    atdata.write_samples(digits(7, 700_000), tmp_path / "data.tar")
    assert check_pieces(tmp_path / "data.tar", 2_500_000) == 3


def test_pieces_are_read_by_atdata(tmp_path: Path) -> None:
    path = tmp_path / "data.tar"
    ds = atdata.write_samples(digits(30, 1000), path)
    found = list(described(path, 10_000, flat=True, name="data.tar"))
    folder = tmp_path / "cut"
    folder.mkdir()
    for number, (item, file) in enumerate(zip(found, written(path, found), strict=True)):
        (folder / f"data-{number}.tar").write_bytes(file)
        (folder / f"data-{number}.tar.idx").write_bytes(item.index)
    again = atdata.load_dataset(str(folder / "data-*.tar"), ds.sample_type, split="train")
    assert [sample.image.tobytes() for sample in again] == [s.image.tobytes() for s in ds]


def test_a_sample_larger_than_a_blob_is_named(tmp_path: Path) -> None:
    atdata.write_samples(digits(3, 5000), tmp_path / "data.tar", key="label")
    with pytest.raises(
        PublishError, match=r"data.tar, key '0': the sample takes 7,\d+ bytes.*4,000.*data_store="
    ):
        list(described(tmp_path / "data.tar", 4000, flat=True, name="data.tar"))


def test_a_damaged_shard_is_refused(tmp_path: Path) -> None:
    atdata.write_samples(digits(3), tmp_path / "data.tar")
    data = (tmp_path / "data.tar").read_bytes()
    (tmp_path / "data.tar").write_bytes(data[:-1500])
    with pytest.raises(ShardError):
        list(described(tmp_path / "data.tar", 1 << 20, flat=True, name="data.tar"))


def test_a_piece_is_read_again_from_its_beginning(tmp_path: Path) -> None:
    atdata.write_samples(digits(30, 1000), tmp_path / "data.tar")
    path = tmp_path / "data.tar"
    first, second, *_ = described(path, 10_000, flat=True, name="data.tar")
    counts: list[int] = []
    with PieceFile(path, second.piece, counts.append) as file:
        begun = file.read(3000)
        assert sum(counts) == 3000
        file.seek(0)
        assert sum(counts) == 0
        whole = file.read()
    assert (whole[:3000], sum(counts)) == (begun, second.piece.bytes)
    assert whole != written(path, [first])[0]


def test_a_shard_is_mapped_and_not_held(tmp_path: Path) -> None:
    atdata.write_samples(digits(2), tmp_path / "data.tar")
    assert not map_file(tmp_path / "data.tar").flags.writeable


def test_cutting_takes_no_memory_for_the_shard(tmp_path: Path) -> None:
    path = tmp_path / "data.tar"
    atdata.write_samples(digits(60, 1_000_000), path, maxsize="100MB")
    (path,) = tmp_path.glob("*.tar")
    assert path.stat().st_size > 60_000_000
    tracemalloc.start()
    try:
        for item in described(path, 20_000_000, flat=True, name="data.tar"):
            with PieceFile(path, item.piece) as file:
                while file.read(1 << 16):
                    pass
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
