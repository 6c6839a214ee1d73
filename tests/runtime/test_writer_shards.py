"""What the writer puts on the disk: headers, digests, indexes, large and small samples in one shard."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import atdata
from atdata.shards.index.file import decode_index
from atdata.shards.tar import LARGEST_MEMBER, write_header
from atdata.shards.tar_headers import counted, named, write_headers
from atdata_schema.wire import rows

MIB = 1 << 20


@atdata.packable
class Scan:
    pixels: NDArray[np.float32]
    text: str


SCAN: Any = Scan


def scan(number: int) -> Scan:
    """Small ones, and now and then one of 400,000 bytes or of 70,000."""
    size = {5: 100_000, 6: 17_500}.get(number % 7, 3)
    return Scan(pixels=np.full(size, number, np.float32), text="x" * (number % 40))


def described(folder: Path, stem: str = "d") -> list[dict[str, Any]]:
    content = json.loads((folder / f"{stem}.dataset.json").read_text("utf-8"))
    shards: list[dict[str, Any]] = content["splits"]["train"]
    return shards


@given(
    st.lists(
        st.tuples(
            st.text("abcXYZ019_-", min_size=1, max_size=92),
            st.integers(0, LARGEST_MEMBER)
            | st.integers(0, 2000)
            | st.sampled_from([511, 512, 1 << 18]),
        ),
        min_size=1,
    )
)
def test_headers_made_together_are_those_made_one_by_one(given: list[tuple[str, int]]) -> None:
    keys, sizes = [key for key, _ in given], np.array([size for _, size in given], np.int64)
    one_by_one = [write_header(f"{key}.msgpack", size) for key, size in given]
    assert write_headers(named(keys), sizes) == one_by_one


@given(st.integers(0, 10**9 + 5), st.integers(1, 30), st.integers(0, 1 << 20))
def test_headers_of_numbered_samples(first: int, count: int, size: int) -> None:
    names = [f"{number:09d}.msgpack" for number in range(first, first + count)]
    sizes = np.arange(size, size + count)
    expected = [write_header(*pair) for pair in zip(names, sizes.tolist(), strict=True)]
    assert write_headers(counted(first, count), sizes) == expected


@pytest.mark.parametrize("options", [{}, {"maxcount": 5}, {"maxsize": 600_000}, {"maxsize": 1}])
def test_a_shard_is_its_samples_one_by_one(tmp_path: Path, options: dict[str, Any]) -> None:
    """Whatever the ways they took, bytes and cuts are those of the plain rules."""
    atdata.write_samples(map(scan, range(40)), tmp_path / "d.tar", **options)
    payloads = [b"".join(map(bytes, SCAN.FIELDS.encode(scan(n)))) for n in range(40)]
    members = [
        write_header(f"{number:09d}.msgpack", len(payload)) + payload + bytes(-len(payload) % 512)
        for number, payload in enumerate(payloads)
    ]
    shards: list[list[bytes]] = []
    for member in members:
        size = sum(map(len, shards[-1])) + len(member) + 1024 if shards else 0
        full = shards and (
            len(shards[-1]) == options.get("maxcount") or size > options.get("maxsize", 1 << 40)
        )
        if full or not shards:
            shards.append([])
        shards[-1].append(member)
    written = [tmp_path / shard["file"] for shard in described(tmp_path)]
    assert [path.read_bytes() for path in written] == [b"".join(s) + bytes(1024) for s in shards]


def test_digests_of_the_file_and_of_each_block(tmp_path: Path) -> None:
    atdata.write_samples(map(scan, range(80)), tmp_path / "d.tar", maxcount=50)
    for shard in described(tmp_path):
        data = (tmp_path / shard["file"]).read_bytes()
        assert shard["sha256"] == hashlib.sha256(data).hexdigest()
        assert shard["bytes"] == len(data)
        content = (tmp_path / f"{shard['file']}.idx").read_bytes()
        assert shard["index"] == hashlib.sha256(content).hexdigest()
        index = decode_index(content, tmp_path / shard["file"])
        blocks = [hashlib.sha256(data[at : at + MIB]).digest() for at in range(0, len(data), MIB)]
        assert index.blocks is not None
        assert index.blocks.tobytes() == b"".join(blocks)
        assert (index.shard_bytes, index.shard_sha256) == (len(data), shard["sha256"])


def named_by_pixel(sample: Scan) -> str:
    return f"k{int(sample.pixels[0]):03d}"


@pytest.mark.parametrize("key", [None, named_by_pixel])
def test_the_index_says_where_each_sample_lies(tmp_path: Path, key: Any) -> None:
    atdata.write_samples(map(scan, range(30)), tmp_path / "d.tar", maxcount=20, key=key)
    for shard in described(tmp_path):
        path = tmp_path / shard["file"]
        index = decode_index((tmp_path / f"{path.name}.idx").read_bytes(), path)
        with tarfile.open(path) as archive:
            members = archive.getmembers()
        keys = list(index.keys())
        assert [f"{name}.msgpack" for name in keys] == [member.name for member in members]
        assert index.offsets.tolist() == [member.offset_data for member in members]
        assert index.sizes.tolist() == [member.size for member in members]
        assert index.type_cid == SCAN.SCHEMA.cid


def test_without_digests_all_else_is_the_same(tmp_path: Path) -> None:
    for stem, digests in (("a", True), ("b", False)):
        atdata.write_samples(map(scan, range(30)), tmp_path / f"{stem}.tar", digests=digests)
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    assert described(tmp_path, "b")[0]["sha256"] is None
    index = decode_index((tmp_path / "b.tar.idx").read_bytes(), tmp_path / "b.tar")
    assert (index.shard_sha256, index.blocks) == (None, None)
    assert len(list(atdata.load_dataset(tmp_path / "b.tar", Scan))) == 30
    with pytest.raises(atdata.WriteError, match="columns=True needs digests"):
        atdata.write_samples([scan(0)], tmp_path / "c.tar", columns=True, digests=False)


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_any_number_of_workers_writes_the_same_files(tmp_path: Path, workers: int) -> None:
    for stem, count in (("a", 2), ("b", workers)):
        samples = map(scan, range(90))
        atdata.write_samples(
            samples, tmp_path / stem / "d.tar", maxcount=7, workers=count, columns=True
        )
    files = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()} == files
    assert len(files) == 3 * 13 + 1


def test_no_workers_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(atdata.WriteError, match="workers is 0"):
        atdata.write_samples([scan(0)], tmp_path / "d.tar", workers=0)


@pytest.mark.parametrize("size", [3, 100_000])
def test_a_producer_may_use_its_arrays_again(tmp_path: Path, size: int) -> None:
    def produce() -> Iterator[Scan]:
        pixels = np.zeros(size, np.float32)
        for number in range(30):
            pixels[:] = number
            yield Scan(pixels=pixels, text="")

    ds = atdata.write_samples(produce(), tmp_path / "d.tar", maxcount=9)
    assert [sample.pixels[-1] for sample in ds] == list(range(30))
    for shard in described(tmp_path):
        data = (tmp_path / shard["file"]).read_bytes()
        assert shard["sha256"] == hashlib.sha256(data).hexdigest()


def test_arrays_of_every_layout(tmp_path: Path) -> None:
    grid = np.arange(90_000, dtype=np.float32).reshape(300, 300)
    arrays: list[Any] = [grid, grid.T, grid[::2], grid.astype(">f4"), np.asfortranarray(grid)]
    samples = [Scan(pixels=array, text="") for array in arrays * 3]
    ds = atdata.write_samples(samples, tmp_path / "d.tar")
    for sample, array in zip(ds, arrays * 3, strict=True):
        np.testing.assert_array_equal(sample.pixels, array)


@pytest.mark.parametrize("place", [0, 5, 20])
def test_what_is_wrong_is_named_on_both_ways(tmp_path: Path, place: int) -> None:
    """A sample that is not allowed, met among small ones and among large ones."""
    for size in (3, 400_000):
        good = [Scan(pixels=np.zeros(size, np.float32), text="") for _ in range(20)]
        wrong: Any = np.zeros(size, np.float64)
        bad = Scan(pixels=wrong, text="")
        samples = [*good[:place], bad, *good[place:]]
        with pytest.raises(atdata.DtypeError, match=rf"sample {place}, key '0000000{place:02d}'"):
            atdata.write_samples(samples, tmp_path / "d.tar")
        assert list(tmp_path.iterdir()) == []


def test_errors_of_the_producer_stay_its_own(tmp_path: Path) -> None:
    def produce() -> Iterator[Scan]:
        yield scan(0)
        raise atdata.ValidationError("the producer's own")

    with pytest.raises(atdata.ValidationError) as caught:
        atdata.write_samples(produce(), tmp_path / "d.tar")
    assert str(caught.value) == "the producer's own"


def test_a_class_may_encode_in_its_own_way(tmp_path: Path) -> None:
    @atdata.packable
    class Loud:
        text: str

    cls: Any = Loud
    plain: Callable[[Any], bytes] = cls.encode

    def encode(self: Any) -> bytes:
        return plain(self).replace(b"quiet", b"LOUD!")

    cls.encode = encode
    ds = atdata.write_samples([Loud(text="quiet")], tmp_path / "d.tar")
    assert [sample.text for sample in ds] == ["LOUD!"]


def test_progress_is_shown_and_the_terminal_given_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    atdata.write_samples(list(map(scan, range(300))), tmp_path / "d.tar", progress=True)
    assert "300/300" in capsys.readouterr().err


def test_other_readers_take_the_archive(tmp_path: Path) -> None:
    atdata.write_samples(map(scan, range(9)), tmp_path / "d.tar")
    with tarfile.open(fileobj=io.BytesIO((tmp_path / "d.tar").read_bytes())) as archive:
        for number, member in enumerate(archive):
            file = archive.extractfile(member)
            assert file is not None
            assert rows.unpack(file.read())["text"] == scan(number).text


@atdata.packable
class Words:
    words: list[str]


@pytest.mark.parametrize(
    ("samples", "layout"),
    [
        ([Scan(np.zeros(3, np.float32), "one"), Scan(np.ones(3, np.float32), "two")], "A"),
        ([Scan(np.zeros(3, np.float32), "one"), Scan(np.ones(3, np.float32), "three")], "B"),
        ([Words(["one"]), Words(["one", "two"])], "C"),
    ],
)
def test_an_index_hints_at_how_rows_differ(tmp_path: Path, samples: list[Any], layout: str) -> None:
    atdata.write_samples(samples, tmp_path / "d.tar")
    index = decode_index((tmp_path / "d.tar.idx").read_bytes(), tmp_path / "d.tar")
    assert index.layout == layout
