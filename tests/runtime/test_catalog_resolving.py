"""`@local/name`, `@alias/name`: from a name to shards that can be opened."""

from __future__ import annotations

from pathlib import Path

import pytest

import atdata
from atdata.dataset import Dataset
from atdata.errors import EntryNotFound, LoadError, NameRefused
from atdata.index.index import Index
from atdata.index.resolve import aliases, resolve
from catalog import Scan, index_in, scans, words


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    entry = index.write(scans(7), name="scans", maxcount=3)
    found = resolve("@local/scans", index)
    assert found.entry == entry
    assert found.schema.key == entry.schema
    ds = Dataset(found.splits["train"], Scan)
    assert list(ds) == list(scans(7))
    assert len(ds) == 7
    assert ds[5].text == "scan 5"
    assert {text for batch in ds.shuffled(batch_size=2, seed=1) for text in batch.text} == {
        f"scan {n}" for n in range(7)
    }


def test_versions_and_labels(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    for text in "abc":
        index.write(words(text), name="words")
    index.label("best", "words@1.1.0")
    for reference, version in {
        "@local/words": "1.2.0",
        "@local/words@1.0.0": "1.0.0",
        "@local/words@best": "1.1.0",
    }.items():
        assert resolve(reference, index).entry.version == version
    index.label("best", "words@1.0.0")
    assert resolve("@local/words@best", index).entry.version == "1.0.0"
    index.delete_label("best")
    with pytest.raises(EntryNotFound, match="no label 'best'"):
        resolve("@local/words@best", index)
    with pytest.raises(EntryNotFound):
        index.delete_label("best")


def test_a_label_belongs_to_one_dataset(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(words("a"), name="one")
    index.write(words("b"), name="two")
    first = index.label("best", "one")
    with pytest.raises(atdata.CatalogError, match=r"stands for one@1\.0\.0"):
        index.label("best", "two")
    assert index.labels() == index.labels("one") == [first]
    assert index.labels("two") == []
    with pytest.raises(EntryNotFound):
        index.label("worst", "three")


def test_local_is_the_index_in_the_home_folder(home: Path, tmp_path: Path) -> None:
    entry = Index().write(words("a"), name="words")
    assert resolve("@local/words").entry == entry
    with pytest.raises(EntryNotFound):
        resolve("@local/words", index_in(tmp_path / "other"))


def test_an_alias_is_a_line_of_the_configuration(home: Path, tmp_path: Path) -> None:
    entry = index_in(tmp_path / "lab").write(words("a"), name="words")
    with pytest.raises(LoadError, match=r"under \[index\] in .*config\.toml"):
        resolve("@lab/words")
    config = home / "config.toml"
    config.write_text(f'[index]\nlab = "sqlite:///{tmp_path}/lab/index.db"\n')
    assert resolve("@lab/words").entry == entry
    assert list(aliases()) == ["lab"]
    with pytest.raises(LoadError, match="it has lab"):
        resolve("@bal/words")


@pytest.mark.parametrize("text", ["[index", "[index]\nlab = 3", "index = 3", "\xff\0"])
def test_a_configuration_that_is_none(home: Path, text: str) -> None:
    (home / "config.toml").write_text(text, "latin-1")
    with pytest.raises(LoadError, match=r"config\.toml"):
        resolve("@lab/words")


@pytest.mark.parametrize(
    "reference",
    [
        "@forecast.bio/astrocytes",
        "@forecast.bio/astrocytes@1.0.0",
        "@did:plc:abc/words",
        "at://did:plc:abc/science.alt.dataset.entry/3k",
    ],
)
def test_what_is_of_the_network_is_refused_with_what_it_needs(reference: str) -> None:
    with pytest.raises(LoadError, match=r"atdata\[atmosphere\]"):
        resolve(reference)


@pytest.mark.parametrize(
    "reference",
    [
        *("local/words", "@local", "@", "@/words", "@local/", "@local/../x", "@local/a/b", "words"),
        *("", "@local/words@", "@local/words@1.0", "@local/\x1b[2J"),
    ],
)
def test_what_names_no_dataset(tmp_path: Path, reference: str) -> None:
    with pytest.raises(NameRefused) as caught:
        resolve(reference, index_in(tmp_path))
    assert str(caught.value).isprintable()


def test_the_class_of_a_schema_is_the_programs_own_where_it_has_one(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(scans(1), name="scans")
    assert index.schema_type("local.packable.scan") is Scan

    @atdata.packable(nsid="org.example.thing")
    class Thing:
        text: str

    index.write([Thing(text="a")], name="things")
    made = index.schema_type("org.example.thing@1.0.0")
    assert made(text="a").encode() == Thing(text="a").encode()  # type: ignore[attr-defined]


def test_search_finds_the_latest_versions(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(scans(1), name="mri-scans", description="Brains, from above", tags=["mri", "2d"])
    index.write(words("a"), name="words", description="Names of brains", tags=["text"])
    index.write(words("b"), name="words", description="Names of hearts")
    assert [entry.name for entry in index.search("brain")] == ["mri-scans"]
    assert {entry.name for entry in index.search()} == {"mri-scans", "words"}
    assert [entry.name for entry in index.search(field="pixels")] == ["mri-scans"]
    assert [entry.name for entry in index.search(tags=["text"])] == ["words"]
    assert [entry.name for entry in index.search(tags="mri")] == ["mri-scans"]
    assert [entry.name for entry in index.search(schema="local.packable.word")] == ["words"]
    assert len(index.search(limit=1)) == 1
    assert index.search("brains", tags=["text"]) == []


def test_datasets_are_loaded_by_their_names(home: Path, tmp_path: Path) -> None:
    index = Index()
    index.write(scans(5), name="scans", maxcount=2)
    index.write(scans(3, "test"), name="scans", split="test")
    ds = atdata.load_dataset("@local/scans", split="train")
    assert ds.sample_type is Scan
    assert list(ds) == list(scans(5))
    assert list(atdata.load_dataset("@local/scans@1.0.0", Scan, "train")) == list(scans(5))
    both = atdata.load_splits("@local/scans", index=index)
    assert {name: len(split) for name, split in both.items()} == {"train": 5, "test": 3}
    other = index_in(tmp_path / "other")
    other.write(words("a"), name="scans")
    assert atdata.load_dataset("@local/scans", index=other)[0].text == "a"
    with pytest.raises(EntryNotFound):
        atdata.load_dataset("@local/nothing")


def test_a_version_is_loaded_by_its_folder_in_the_store(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(scans(5), name="scans", maxcount=2)
    index.write(scans(3, "test"), name="scans", split="test")
    folder = tmp_path / "data" / "datasets" / "scans" / "1.1.0"
    for path in (folder, folder / "dataset.json", f"{folder}/dataset.json"):
        ds = atdata.load_dataset(path, split="train")
        assert ds.sample_type is Scan
        assert list(ds) == list(scans(5))
    copy = index.add(folder, name="again")
    assert copy.splits == index.entry("scans").splits
    with pytest.raises(LoadError, match="root of a store"):
        atdata.load_dataset(tmp_path / "data")


def test_a_version_with_shards_elsewhere_is_loaded_by_its_name_alone(tmp_path: Path) -> None:
    """A file is not to lead to other files of the machine that reads it."""
    index = index_in(tmp_path)
    index.write(scans(2), name="scans")
    index.add(atdata.write_samples(scans(3), tmp_path / "there.tar"), name="scans", split="test")
    with pytest.raises(LoadError, match=r"there\.tar lies elsewhere: load the dataset by its name"):
        atdata.load_dataset(tmp_path / "data/datasets/scans/1.1.0")
    assert len(atdata.load_dataset("@local/scans", split="test", index=index)) == 3


def test_a_dataset_json_of_somebody_else_is_none_of_ours(tmp_path: Path) -> None:
    atdata.write_samples(scans(2), tmp_path / "train.tar")
    (tmp_path / "dataset.json").write_text('{"name": "another format"}')
    assert len(atdata.load_dataset(tmp_path)) == 2
