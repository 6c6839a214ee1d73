"""`Index.add`: data that are there become a version, where they lie or as copies."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.dataset import Dataset
from atdata.errors import (
    DatasetNotFound,
    DecodeError,
    LoadError,
    SchemaConflict,
    ShardError,
    SplitError,
    WriteError,
)
from atdata.index.entry import Entry
from atdata.index.index import Index
from atdata.index.resolve import resolve
from catalog import Scan, Word, files_of, index_in, scans, words


def written(folder: Path, count: int = 5, **more: Any) -> Dataset[Scan]:
    return atdata.write_samples(scans(count), folder / "scans.tar", maxcount=2, **more)


def texts(index: Index, name: str, split: str = "train", cls: type[Any] = Scan) -> list[str]:
    return [sample.text for sample in Dataset(resolve(f"@local/{name}", index).splits[split], cls)]


def expected(count: int = 5) -> list[str]:
    return [sample.text for sample in scans(count)]


@pytest.mark.parametrize("how", ["dataset", "path", "text", "description", "folder", "relative"])
def test_data_are_registered_where_they_lie(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = index_in(tmp_path / "mine")
    folder = tmp_path / "there"
    ds = written(folder)
    monkeypatch.chdir(tmp_path)
    data: Any = {
        "dataset": ds,
        "path": folder / "scans.tar",
        "text": str(folder / "scans.tar"),
        "description": folder / "scans.dataset.json",
        "folder": folder,
        "relative": "there/scans.tar",
    }[how]
    entry = index.add(data, name="scans", description="Found", tags=["old"])
    monkeypatch.chdir("/")
    assert (entry.version, entry.samples, entry.description) == ("1.0.0", 5, "Found")
    shards = entry.splits["train"]
    assert [shard.url for shard in shards] == [path.as_uri() for path in ds.shards]
    assert [shard.key for shard in shards] == [None] * 3
    assert entry.store is None
    assert texts(index, "scans") == expected()
    assert index.verify("scans").ok
    assert not (tmp_path / "mine" / "data").exists()
    index.delete("scans")
    index.gc()
    assert list(ds) == list(scans(5))


def test_digests_that_nobody_computed_are_computed(tmp_path: Path) -> None:
    ds = written(tmp_path / "there", digests=False)
    index = index_in(tmp_path)
    entry = index.add(ds, name="scans")
    assert all(shard.sha256 is not None for shard in entry.splits["train"])
    assert index.verify("scans").ok


def test_shards_without_a_description_are_counted_and_held_against_the_class(
    tmp_path: Path,
) -> None:
    written(tmp_path / "there")
    (tmp_path / "there" / "scans.dataset.json").unlink()
    index = index_in(tmp_path)
    with pytest.raises(LoadError, match=r"index\.add\(atdata\.load_dataset"):
        index.add(tmp_path / "there", name="scans")
    with pytest.raises(DecodeError, match="000000000"):
        index.add(atdata.load_dataset(tmp_path / "there", Other), name="scans")
    entry = index.add(atdata.load_dataset(tmp_path / "there", Scan), name="scans")
    assert [shard.samples for shard in entry.splits["train"]] == [2, 2, 1]
    assert entry.schema.id == "local.packable.scan"
    assert texts(index, "scans") == expected()


@atdata.packable
class Other:
    nothing: int


@pytest.mark.parametrize("columns", [False, True])
def test_a_copy_brings_the_files_as_they_are(tmp_path: Path, columns: bool) -> None:
    index = index_in(tmp_path / "mine")
    ds = written(tmp_path / "there", columns=columns)
    bytes_of = {path.name: path.read_bytes() for path in ds.shards}
    entry = index.add(ds, name="scans", copy=True)
    for path in (tmp_path / "there").iterdir():
        path.unlink()
    assert entry.store == index.data_store.url
    found = {path.read_bytes() for path in (tmp_path / "mine/data/shards").glob("*.tar")}
    assert found == set(bytes_of.values())
    assert len(files_of(index)) == 1 + 3 * (3 if columns else 2)
    assert texts(index, "scans") == expected()
    assert index.verify("scans").ok
    assert index.delete("scans") == [entry]
    assert index.gc().shards == 3
    assert files_of(index) == []


def test_manifests_come_along(tmp_path: Path) -> None:
    index = index_in(tmp_path / "mine")
    ds = written(tmp_path / "there", manifest=True)
    there = index.add(ds, name="there")
    copied = index.add(ds, name="copied", copy=True)
    for name, entry in (("there", there), ("copied", copied)):
        assert all(shard.manifest is not None for shard in entry.splits["train"])
        data = Dataset(resolve(f"@local/{name}", index).splits["train"], Scan)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # without manifests it would scan, and say so
            assert [sample.text for sample in data.where("text == 'scan 3'")] == ["scan 3"]


def test_what_is_written_and_what_is_copied_is_one_file(tmp_path: Path) -> None:
    index = index_in(tmp_path / "mine")
    ds = written(tmp_path / "there")
    copied = index.add(ds, name="copied", copy=True)
    before = files_of(index)
    again = index.write(scans(5), name="written", maxcount=2)
    assert copied.splits == again.splits
    assert files_of(index) == sorted([*before, "datasets/written/1.0.0/dataset.json"])


def test_packed_shards_are_unpacked_on_their_way(tmp_path: Path) -> None:
    ds = atdata.write_samples(scans(5), tmp_path / "there" / "scans.tar")
    packed = tmp_path / "packed" / "scans.tar.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(ds.shards[0].read_bytes()))
    index = index_in(tmp_path / "mine")
    data = atdata.load_dataset(packed, Scan)
    there = index.add(data, name="there")
    assert there.splits["train"][0].bytes == packed.stat().st_size
    assert there.samples == 5
    assert index.verify("there").ok
    copied = index.add(data, name="copied", copy=True)
    assert copied.splits["train"][0].bytes == ds.shards[0].stat().st_size
    found = Dataset(resolve("@local/copied", index).splits["train"], Scan)
    assert found[3].text == "scan 3"


def test_the_dataset_of_an_entry_under_another_name_has_the_same_shards(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    first = index.write(scans(5), name="first", maxcount=2)
    found = resolve("@local/first", index)
    second = index.add(Dataset(found.splits["train"], Scan), name="second", split="all")
    assert second.splits["all"] == first.splits["train"]
    assert second.store == first.store
    index.delete("first")
    assert index.gc().shards == 0
    assert texts(index, "second", "all") == expected()


def test_shards_that_were_collected_are_not_added(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(scans(5), name="first", maxcount=2)
    data = Dataset(resolve("@local/first", index).splits["train"], Scan)
    index.delete("first")
    index.gc()
    with pytest.raises(DatasetNotFound):
        index.add(data, name="second")
    assert index.entries() == []


def views(ds: Dataset[Scan]) -> Iterator[Dataset[Any]]:
    yield ds.filter(lambda scan: scan.text != "scan 1")
    yield ds.map(lambda scan: Word(text=scan.text), Word)
    yield ds[1:]
    yield ds.rename_column("text", "caption").rename_column("caption", "text")
    yield atdata.concat([ds, ds[:2]])


def test_a_view_is_refused_and_with_copy_it_is_written(tmp_path: Path) -> None:
    ds = written(tmp_path / "there")
    index = index_in(tmp_path / "mine")
    for number, view in enumerate(views(ds)):
        with pytest.raises(WriteError, match="give copy=True"):
            index.add(view, name=f"view{number}")
        entry = index.add(view, name=f"view{number}", copy=True)
        assert entry.samples == len(view)
        cls = index.schema_type(f"{entry.schema.id}@{entry.schema.version}")
        assert texts(index, f"view{number}", cls=cls) == [sample.text for sample in view]


def test_some_columns_are_the_same_shards_as_a_narrower_type(tmp_path: Path) -> None:
    ds = written(tmp_path / "there").select_columns(["text"])
    index = index_in(tmp_path / "mine")
    entry = index.add(ds, name="texts")
    cls = index.schema_type(entry.schema.id)
    assert list(cls.FIELDS) == ["text"]
    assert texts(index, "texts", cls=cls) == expected()


def test_datasets_behind_each_other_are_all_their_shards(tmp_path: Path) -> None:
    one, two = written(tmp_path / "one"), written(tmp_path / "two", 3)
    index = index_in(tmp_path)
    entry = index.add(atdata.concat([one, two]), name="both")
    assert [shard.samples for shard in entry.splits["train"]] == [2, 2, 1, 2, 1]
    assert texts(index, "both") == expected() + expected(3)


def splits_of(entry: Entry) -> dict[str, int]:
    return {name: sum(shard.samples for shard in shards) for name, shards in entry.splits.items()}


def test_splits_as_the_data_say_or_as_they_are_called_here(tmp_path: Path) -> None:
    there = tmp_path / "there"
    for name, count in (("train", 3), ("test", 2)):
        atdata.write_samples(scans(count), there / f"{name}.tar")
    index = index_in(tmp_path)
    assert splits_of(index.add(there, name="all")) == {"test": 2, "train": 3}
    assert splits_of(index.add(there, name="one", split="test")) == {"test": 2}
    one = index.add(there / "train.tar", name="named", split="validation")
    assert splits_of(one) == {"validation": 3}
    more = index.add(there / "test.tar", name="named")
    assert splits_of(more) == {"validation": 3, "test": 2}
    with pytest.raises(SplitError, match="it has test, train"):
        index.add(there, name="none", split="dev")


def test_what_is_not_there_or_not_as_described(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    with pytest.raises(DatasetNotFound):
        index.add(tmp_path / "nothing.tar", name="scans")
    ds = written(tmp_path / "there")
    with ds.shards[1].open("ab") as file:
        file.write(bytes(512))
    for copy in (False, True):
        with pytest.raises(ShardError, match="replaced"):
            index.add(ds, name="scans", copy=copy)
    ds.shards[1].unlink()
    for copy in (False, True):
        with pytest.raises(DatasetNotFound):
            index.add(ds, name="scans", copy=copy)
    assert index.entries() == []
    assert files_of(index) == []


def test_a_copy_of_a_shard_that_changed_is_refused(tmp_path: Path) -> None:
    ds = written(tmp_path / "there")
    data = bytearray(ds.shards[1].read_bytes())
    data[600] ^= 1
    ds.shards[1].write_bytes(data)
    index = index_in(tmp_path / "mine")
    with pytest.raises(ShardError, match="replaced"):
        index.add(ds, name="scans", copy=True)
    assert files_of(index) == []
    index.add(ds, name="scans")
    assert not index.verify("scans").ok


@pytest.mark.parametrize("copy", [False, True])
def test_a_breaking_change_is_refused_before_anything_is_read(tmp_path: Path, copy: bool) -> None:
    index = index_in(tmp_path / "mine")
    index.write(words("a"), name="scans")
    with pytest.raises(SchemaConflict):
        index.add(written(tmp_path / "there"), name="scans", version="1.1.0", copy=copy)
    assert index.add(written(tmp_path / "more"), name="scans", copy=copy).version == "2.0.0"
