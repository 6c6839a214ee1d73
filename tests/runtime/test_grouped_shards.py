"""Shards of other WebDataset writers: grouped and decoded as webdataset does, in every way of reading."""

from __future__ import annotations

import gzip
import importlib
import io
import itertools
import json
import pickle
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import atdata
from foreign_archives import Member, by_webdataset, npy, same, write_archive

msgpack: Any = importlib.import_module("msgpack")

FORMATS = [tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]

# Grouping, held against webdataset.

FOLDERS = ["", "a/", "a.b/", "a/b/", "./", "./a/", "ü/", "__x__/", "long" * 30 + "/"]
STEMS = ["1", "2", "__y__", "_", "a b", "ß"]
EXTENSIONS = ["txt", "bin", "left.bin", "JPG", "a.b.c", "msgpack"]


@st.composite
def names(draw: st.DrawFn) -> str:
    folder, stem = draw(st.sampled_from(FOLDERS)), draw(st.sampled_from(STEMS))
    kind = draw(st.integers(0, 19))
    if kind == 0:
        return f"{folder}{stem}"  # no extension: no member of a sample
    if kind == 1:
        return f"{folder}{stem}/"
    if kind == 2:
        return "__notes__"
    if kind == 3:
        return ".hidden.txt"
    return f"{folder}{stem}.{draw(st.sampled_from(EXTENSIONS))}"


@st.composite
def archives(draw: st.DrawFn) -> list[Member]:
    """Members with unique names, in an order in which some samples are torn apart."""
    found = draw(st.lists(names(), max_size=24, unique_by=lambda name: name.lower()))
    if draw(st.booleans()):
        found = sorted(found, key=lambda name: name.partition(".")[0])
    data = st.binary(max_size=9) | st.just(bytes(1500))
    return [(name, draw(data)) for name in found]


def by_us(ds: atdata.Dataset[Any]) -> list[dict[str, Any]]:
    keys = ds.keys()
    return [{"__key__": key, **raw(sample)} for key, sample in zip(keys, ds, strict=True)]


def raw(sample: Any) -> dict[str, bytes]:
    """The members undecoded, as they are pickled."""
    row, parts = sample.__reduce__()[1]
    assert not any(value is not None for value in row.values())
    return {part.extension: bytes(part.payload) for part in parts}


def is_ours(members: list[Member]) -> bool:
    """Whether an archive is one of msgpack maps, by its first two files."""
    files = [name for name, _ in members if not name.endswith("/") and name != "__notes__"]
    files = [name for name in files if not (name.startswith("__") and name.endswith("__"))]
    return all(name.endswith(".msgpack") for name in files[:2])


@given(members=archives(), format=st.sampled_from(FORMATS))
def test_members_are_grouped_as_webdataset_groups_them(members: list[Member], format: int) -> None:
    with TemporaryDirectory() as folder:
        path = write_archive(Path(folder) / "d.tar", members, format)
        if is_ours(members):
            return
        theirs = by_webdataset(path)
        expected = [item | {"__key__": item["__key__"].removeprefix("./")} for item in theirs]
        if expected and {*expected[0]} == {"__key__", "msgpack"}:
            with pytest.raises(atdata.ShardError, match="holds one msgpack map a sample"):
                by_us(atdata.load_dataset(path, split="train"))
            return
        # A sample whose folder is written in two ways is one of ours, and two of theirs.
        folders = {name[2:] if name.startswith("./") else name for name, _ in members}
        if len(folders) < len(members) or any(
            a["__key__"] == b["__key__"] for a, b in itertools.pairwise(expected)
        ):
            return
        ds = atdata.load_dataset(path, split="train")
        assert by_us(ds) == expected
        assert [{"__key__": k, **raw(ds[n])} for n, k in enumerate(ds.keys())] == expected
        packed = Path(folder) / "p.tar.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        assert by_us(atdata.load_dataset(packed, split="train")) == expected


def test_two_members_of_one_extension_are_refused_as_webdataset_refuses_them(
    tmp_path: Path,
) -> None:
    members = [("0.txt", b"x"), ("1.a.txt", b"x"), ("1.txt", b"x"), ("1.A.txt", b"y")]
    path = write_archive(tmp_path / "d.tar", members)
    with pytest.raises(ValueError, match="duplicate file name"):
        by_webdataset(path)
    ds = atdata.load_dataset(path)
    with pytest.raises(atdata.ShardError, match=r"d\.tar, key '1': .* two members \.a\.txt"):
        len(ds)
    with pytest.raises(atdata.ShardError, match=r"two members \.a\.txt"):
        list(ds)
    assert next(iter(ds)).txt == "x"


# Values, held against webdataset.

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ARRAYS = [
    np.arange(6, dtype=np.int32).reshape(2, 3),
    np.asarray(3.5, np.float32),
    np.zeros((0, 4), np.bool_),
    np.asfortranarray(np.arange(6.0).reshape(3, 2)),
    np.arange(3, dtype=">i2"),
]


def npz(**arrays: Any) -> bytes:
    """Arrays as an `.npz` file."""
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


VALUES: dict[str, st.SearchStrategy[bytes]] = {
    "txt": st.text().map(str.encode),
    "text": st.text().map(str.encode),
    "transcript": st.text().map(str.encode),
    "cls": st.integers().map(lambda n: f" {n}\n".encode()),
    "cls2": st.integers(0, 9).map(lambda n: f"{n}".encode()),
    "index": st.integers(0, 9).map(lambda n: f"{n:05d}".encode()),
    "id": st.just(b"1_000"),
    "json": JSON.map(lambda value: json.dumps(value).encode()),
    "jsn": st.just(b"NaN").map(lambda _: b"[1, 2]"),
    "mp": JSON.map(msgpack.packb),
    "msg": JSON.map(msgpack.packb),
    "npy": st.sampled_from(ARRAYS).map(npy),
    "npz": st.sampled_from(ARRAYS).map(lambda array: npz(x=array, y=array[..., None])),
    "left.npy": st.sampled_from(ARRAYS).map(npy),
    "jpg": st.binary(),
    "seg.png": st.binary(),
    "wav": st.binary(),
    "bin": st.binary() | st.sampled_from(ARRAYS).map(npy),
    "xyz": st.binary(),
    "txt.gz": st.text().map(lambda text: gzip.compress(text.encode())),
    "meta.json.gz": JSON.map(lambda value: gzip.compress(json.dumps(value).encode())),
    "gz": st.binary().map(gzip.compress),
}


@given(st.fixed_dictionaries({}, optional=VALUES).filter(bool), st.booleans())
def test_members_are_decoded_as_webdataset_decodes_them(
    values: dict[str, bytes], packed: bool
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "d.tar"
        write_archive(path, [(f"k.{name}", data) for name, data in values.items()])
        (theirs,) = by_webdataset(path, decoded=True)
        if packed:
            path.with_suffix(".tar.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
            path = path.with_suffix(".tar.gz")
        (sample,) = atdata.load_dataset(path, split="train")
        assert list(sample) == list(values)
        for name in values:
            mine = sample[name]
            # webdataset takes a value that is null for one that nobody decoded.
            undecoded = name != "bin" and mine is None and isinstance(theirs[name], bytes)
            assert same(mine, None if undecoded else theirs[name]), name
            # What was decoded once is what it is, whatever it looks like.
            assert same(sample[name], mine)
        again = pickle.loads(pickle.dumps(sample))
        assert all(same(again[name], sample[name]) for name in values)


CODE = [f"{kind}" for kind in ("pkl", "pickle", "pyd", "pth", "ten", "tb", "cbor")]


@pytest.mark.parametrize("kind", [*CODE, "a.PKL", "pkl.gz"])
def test_what_could_run_code_stays_bytes(tmp_path: Path, kind: str) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    data = pickle.dumps(Bomb())
    stored = gzip.compress(data) if kind.endswith(".gz") else data
    path = write_archive(tmp_path / "d.tar", [(f"1.{kind}", stored), ("1.cls", b"3")])
    sample = atdata.load_dataset(path, split="train")[0]
    assert sample[kind.lower()] == data
    assert sample.cls == 3
    repr(sample)
    assert not (tmp_path / "ran").exists()


BROKEN: list[tuple[str, bytes, str]] = [
    ("txt", b"\xff", "no txt that can be read"),
    ("cls", b"cat", "no cls that can be read"),
    ("cls", b"", "no cls that can be read"),
    ("cls", b"1" * 5000, "no cls that can be read"),
    ("json", b"{", "no json that can be read"),
    ("json", b"[" * 100_000, "no json that can be read"),
    ("mp", b"\xc1", "no mp that can be read"),
    ("mp", b"\x91" * 5000, "no mp that can be read"),
    ("npy", b"", r"no \.npy file"),
    ("npy", bytes.fromhex("033c69340101000000000000002a000000"), r"no \.npy file"),
    ("npy", npy(np.asarray(["a"])), "without a plain descr"),
    ("npy", npy(np.asarray([1], object)), "without a plain descr"),
    ("npy", npy(np.asarray([1], "m8")), "dtype '<m8'; allowed are"),
    ("npy", npy(np.arange(3))[:-1], "takes 24 bytes, 23 are there"),
    ("npz", b"PK", "no npz that can be read"),
    ("npz", npz(x=np.asarray(["a"])), r"npz\.x: .* without a plain descr"),
    ("txt.gz", b"plain", "no gz that can be read"),
    ("txt.gz", gzip.compress(b"plain")[:-9], "no gz that can be read"),
]


@pytest.mark.parametrize(("extension", "data", "message"), BROKEN, ids=range(len(BROKEN)))
def test_a_member_that_is_not_what_it_says_is_named(
    tmp_path: Path, extension: str, data: bytes, message: str
) -> None:
    path = write_archive(tmp_path / "d.tar", [(f"a/1.{extension}", data), ("a/1.bin", b"whole")])
    sample = atdata.load_dataset(path, split="train")[0]
    assert sample.bin == b"whole"
    with pytest.raises(atdata.DecodeError, match=rf"{message}.*\(member 'a/1\.{extension}'\)"):
        sample[extension]


def test_bombs_are_refused(tmp_path: Path) -> None:
    zeros = bytes(80 * 1024 * 1024)
    bombs = {"txt.gz": gzip.compress(zeros), "npz": npz(x=np.frombuffer(zeros, np.uint8))}
    path = write_archive(tmp_path / "d.tar", [(f"1.{name}", data) for name, data in bombs.items()])
    sample = atdata.load_dataset(path, split="train")[0]
    for name in bombs:
        with pytest.raises(atdata.DecodeError, match="unpacks to more than 200 times its size"):
            sample[name]


# Every way of reading.


def write_many(folder: Path, count: int = 30, shards: int = 3) -> list[int]:
    for shard in range(shards):
        members = [
            member
            for n in range(shard, count, shards)
            for member in (
                (f"{n:04d}.cls", str(n).encode()),
                (f"{n:04d}.jpg", bytes([n]) * (n % 7)),
                (f"{n:04d}.pos.npy", npy(np.full((2, 2), n, np.int16))),
            )
        ]
        write_archive(folder / f"train-{shard:06d}.tar", members, FORMATS[shard % 3])
    return [n for shard in range(shards) for n in range(shard, count, shards)]


def test_every_way_of_reading(tmp_path: Path) -> None:
    order = write_many(tmp_path)
    ds = atdata.load_dataset(tmp_path, split="train")
    assert ds.sample_type is atdata.DictSample
    assert repr(ds) == "<Dataset[DictSample]: 3 shards, split 'train'>"
    assert len(ds) == 30
    assert [sample.cls for sample in ds] == order
    assert [ds[n]["cls"] for n in (0, 29, -1)] == [order[n] for n in (0, 29, -1)]
    assert ds.get("0017").cls == 17
    assert ds.keys() == [f"{n:04d}" for n in order]
    assert [sample.cls for sample in ds[5:8]] == order[5:8]
    assert sorted(sample.cls for sample in ds.shuffled(seed=2)) == list(range(30))
    batches = list(ds.ordered(batch_size=8))
    assert [n for batch in batches for n in batch.cls] == order
    assert batches[0].pos_npy.shape == (8, 2, 2)
    assert batches[0].keys == [f"{n:04d}" for n in order[:8]]
    assert isinstance(batches[0].jpg[0], atdata.Image)
    seen = [n for batch in ds.shuffled(batch_size=7, seed=1) for n in batch.cls]
    assert sorted(seen) == list(range(30))
    ranks = [ds.shuffled(batch_size=4, seed=1, rank=r, world_size=2) for r in range(2)]
    assert sorted(n for rank in ranks for batch in rank for n in batch.cls) == list(range(30))
    windows = ds.shuffled(batch_size=7, seed=1, order="window:20kB")
    assert sorted(n for batch in windows for n in batch.cls) == list(range(30))
    again = pickle.loads(pickle.dumps(ds))
    assert [sample.cls for sample in again] == order
    assert ds.fingerprint == again.fingerprint


def test_resuming(tmp_path: Path) -> None:
    write_many(tmp_path)
    ds = atdata.load_dataset(tmp_path, split="train")
    run = ds.shuffled(batch_size=4, seed=5)
    whole = [list(batch.cls) for batch in run]
    run = ds.shuffled(batch_size=4, seed=5)
    batches = iter(run)
    first = [list(next(batches).cls) for _ in range(3)]
    later = atdata.load_dataset(tmp_path, split="train").shuffled(batch_size=4, seed=5)
    later.load_state_dict(run.state_dict())
    assert first + [list(batch.cls) for batch in later] == whole


def test_views(tmp_path: Path) -> None:
    order = write_many(tmp_path)
    ds = atdata.load_dataset(tmp_path, split="train")
    chosen = ds.select_columns(["cls", "pos.npy"]).filter(lambda sample: sample.cls % 2 == 0)
    assert [sample.cls for sample in chosen] == [n for n in order if n % 2 == 0]
    assert list(chosen[0]) == ["cls", "pos.npy"]
    renamed = ds.rename_column("jpg", "image")
    assert renamed[3].image == ds[3].jpg
    joined = ds.take(3).concat(ds.skip(27))
    assert [n for batch in joined.ordered(batch_size=4) for n in batch.cls] == (
        order[:3] + order[27:]
    )
    native = atdata.write_samples([Labelled(cls=7)], tmp_path / "n" / "n.tar")
    mixed = ds.take(1).concat(native.as_type(atdata.DictSample))
    assert [n for batch in mixed.ordered(batch_size=4) for n in batch.cls] == [order[0], 7]


def test_a_sample_goes_on_as_an_untyped_one(tmp_path: Path) -> None:
    write_many(tmp_path)
    sample = atdata.load_dataset(tmp_path, split="train")[4]
    data = sample.encode()
    assert atdata.DictSample.decode(data).to_dict().keys() == {"cls", "jpg", "pos.npy"}
    assert same(atdata.DictSample.decode(data)["pos.npy"], sample["pos.npy"])
    sample["cls"] = 99
    del sample["jpg"]
    sample.more = "x"
    assert sample.to_dict().keys() == {"cls", "pos.npy", "more"}
    assert (sample.cls, sample.more) == (99, "x")
    with pytest.raises(KeyError, match="the sample has no field 'jpg'; it has cls, pos.npy, more"):
        sample["jpg"]
    assert "pos_npy" in dir(sample)
    assert sample == pickle.loads(pickle.dumps(sample))
    assert atdata.DictSample.decode(sample.encode()).to(Labelled) == sample.to(Labelled)


def test_an_image_is_decoded_when_it_is_asked_for(tmp_path: Path) -> None:
    from PIL import Image

    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    path = write_archive(tmp_path / "d.tar", [("1.png", out.getvalue()), ("1.txt", b"a")])
    sample = atdata.load_dataset(path, split="train")[0]
    assert sample.png.mime_type == "image/png"
    assert sample.png == out.getvalue()
    assert same(sample.png.decode(), pixels)


# Damage, and what does not belong together.


def test_before_damage_whole_samples_are_given_out(tmp_path: Path) -> None:
    write_many(tmp_path, count=6, shards=1)
    path = tmp_path / "train-000000.tar"
    whole, counts = path.read_bytes(), set[int]()
    end = len(whole.rstrip(b"\0"))
    for cut in (3000, 5000, end // 2, end - 600):
        path.write_bytes(whole[:cut])
        for streaming in (False, True):
            ds = atdata.load_dataset(path, split="train", streaming=streaming)
            seen = [sample.cls for sample in before_a_fault(ds)]
            assert seen == list(range(len(seen)))
            batches = before_a_fault(ds.ordered(batch_size=4))
            assert [n for batch in batches for n in batch.cls] == seen
            counts.add(len(seen))
        with pytest.raises(atdata.ShardError):
            len(atdata.load_dataset(path, split="train"))
    assert {0, 5} <= counts


def before_a_fault(items: Any) -> list[Any]:
    """What is given out before the shard's damage is met."""
    found: list[Any] = []
    with pytest.raises(atdata.ShardError, match=r"train-000000\.tar"):
        found.extend(_noted(items, found))
    return found


def _noted(items: Any, found: list[Any]) -> Any:
    for item in items:
        found.append(item)
    yield from ()


def test_shards_of_both_kinds_are_not_mixed(tmp_path: Path) -> None:
    theirs = write_archive(tmp_path / "a.tar", [("1.cls", b"1"), ("1.txt", b"a")])
    atdata.write_samples([Labelled(cls=1)], tmp_path / "n.tar")
    ours = (tmp_path / "n.tar").rename(tmp_path / "b.tar")
    with pytest.raises(atdata.ShardError, match=r"b\.tar.*one msgpack map a sample.*load them"):
        list(atdata.load_dataset([theirs, ours]))
    with pytest.raises(atdata.ShardError, match=r"a\.tar.*'1.cls' is no sample"):
        list(atdata.load_dataset([ours, theirs], Labelled))


def test_names_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    for name in ("../1.txt", "/1.txt", "a/../../1.txt"):
        path = write_archive(tmp_path / "d.tar", [("0.txt", b""), (name, b"x")])
        with pytest.raises(atdata.ShardError, match="leads out of the archive"):
            len(atdata.load_dataset(path, split="train"))


def test_a_shard_that_was_replaced_is_found_out(tmp_path: Path) -> None:
    write_many(tmp_path, count=6, shards=1)
    ds = atdata.load_dataset(tmp_path, split="train")
    assert len(ds) == 6
    path = tmp_path / "train-000000.tar"
    write_archive(tmp_path / "new.tar", [("0.cls", b"1"), ("1.cls", b"2")]).replace(path)
    with pytest.raises(atdata.ShardError, match="was replaced"):
        ds[0]


def test_an_empty_archive_has_no_samples(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "d.tar", [])
    ds = atdata.load_dataset(path, split="train")
    assert (len(ds), list(ds), bool(ds)) == (0, [], False)
    path = write_archive(tmp_path / "notes.tar", [("README", b"x"), ("folder/", b"")])
    ds = atdata.load_dataset(path, split="train")
    assert (len(ds), list(ds), bool(ds)) == (0, [], False)


# Indexes that are kept.


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("atdata.shards.grouped.kept.LEAST", 1)
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "index"


def test_an_index_is_kept_and_used(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = write_many(tmp_path / "d")
    assert len(atdata.load_dataset(tmp_path / "d", split="train")) == 30
    assert len(list(cache.glob("*.groups"))) == 3
    assert not list((tmp_path / "d").glob("*.idx"))

    def unused(*_: Any) -> Any:
        raise AssertionError("the shard was searched again")

    monkeypatch.setattr("atdata.shards.grouped.reader.groups_of", unused)
    ds = atdata.load_dataset(tmp_path / "d", split="train")
    assert [ds[n].cls for n in range(30)] == order
    assert ds.get("0017").cls == 17
    ds = atdata.load_dataset(tmp_path / "d", split="train")
    assert [n for batch in ds.ordered(batch_size=8) for n in batch.cls] == order


def test_an_index_that_does_not_fit_is_not_used(tmp_path: Path, cache: Path) -> None:
    order = write_many(tmp_path / "d", shards=1)
    ds = atdata.load_dataset(tmp_path / "d", split="train")
    keys = ds.keys()
    (place,) = cache.glob("*.groups")
    content = place.read_bytes()
    for wrong in (b"", content[:-8], content[:500] + b"x" + content[501:], bytes(len(content))):
        place.write_bytes(wrong)
        ds = atdata.load_dataset(tmp_path / "d", split="train")
        assert (ds.keys(), ds[3].cls) == (keys, order[3])
        assert place.read_bytes() == content
    # One of fewer samples than there are, that is well made otherwise.
    other = write_archive(tmp_path / "o.tar", [("0000.cls", b"0"), ("0000.jpg", b"")])
    assert len(atdata.load_dataset(other, split="train")) == 1
    (short,) = set(cache.glob("*.groups")) - {place}
    place.write_bytes(short.read_bytes())
    assert atdata.load_dataset(tmp_path / "d", split="train").keys() == keys


@atdata.packable
class Labelled:
    cls: int
