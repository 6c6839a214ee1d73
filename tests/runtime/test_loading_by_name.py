"""`load_dataset("@local/name")`: what an Index knows is read like what lies in a folder."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.index.index import Index
from atdata.loading import load_splits
from atdata.samples.build_class import LiveType
from view_data import Item, Small, item, numbers


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of its own."""
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def index(home: Path) -> Index:
    """The user's Index, with two versions of one dataset: the second has a test split too."""
    found = Index()
    found.write(map(item, range(10)), name="cells", maxcount=4)
    found.write(map(item, range(10, 13)), name="cells", split="test")
    return found


def test_a_name_is_the_latest_version(index: Index) -> None:
    splits: atdata.DatasetDict[Item] = load_splits("@local/cells", Item)
    assert isinstance(atdata.load_dataset("@local/cells", Item), atdata.DatasetDict)
    assert {name: numbers(ds) for name, ds in splits.items()} == {
        "train": list(range(10)),
        "test": [10, 11, 12],
    }
    ds = atdata.load_dataset("@local/cells", Item, split="train")
    assert (len(ds), ds[7], ds.get("000000003")) == (10, item(7), item(3))
    assert sorted(numbers(ds.shuffled(seed=1))) == list(range(10))
    assert pickle.loads(pickle.dumps(ds))[2] == item(2)


def test_a_version_is_that_one(index: Index) -> None:
    first = atdata.load_dataset("@local/cells@1.0.0", Item)
    assert isinstance(first, atdata.Dataset)
    assert numbers(first) == list(range(10))
    with pytest.raises(atdata.SplitNotFound, match=r"@local/cells@1\.0\.0 has no split 'test'"):
        atdata.load_dataset("@local/cells@1.0.0", Item, split="test")


def test_parts_of_splits(index: Index) -> None:
    ds = atdata.load_dataset("@local/cells", Item, split="train[:30%]+test[-1:]")
    assert numbers(ds) == [0, 1, 2, 12]
    with pytest.raises(atdata.SplitError, match="test has 3 samples"):
        atdata.load_dataset("@local/cells", Item, split="test[:4]")


def test_the_type_is_that_of_the_stored_schema(index: Index, tmp_path: Path) -> None:
    @atdata.packable(nsid="org.example.loadedByName")
    class Inner:
        word: str

    index.write([Inner(word="a")], name="words")
    ds: Any = atdata.load_dataset("@local/words", split="train")
    assert isinstance(ds.sample_type, LiveType)
    assert (ds[0].word, ds.schema.id) == ("a", "org.example.loadedByName")
    assert numbers(atdata.load_dataset("@local/cells", Small, split="test")) == [10, 11, 12]
    with pytest.raises(atdata.SchemaMismatch, match=r"which Inner \(org\.example\.loadedByName\)"):
        atdata.load_dataset("@local/cells", Inner, split="test")


def test_another_index_is_given_as_itself_or_by_its_url(home: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.db"
    store = atdata.LocalDiskStore(tmp_path / "store")
    other = Index(url, data_store=store)
    other.write(map(item, range(3)), name="few")
    for given in (other, url):
        found = atdata.load_dataset("@local/few", Item, split="train", index=given)
        assert numbers(found) == [0, 1, 2]
    with pytest.raises(KeyError, match="'few'"):
        atdata.load_dataset("@local/few", Item)


def test_an_alias_is_a_line_of_the_configuration(home: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/lab.db"
    lab = Index(url, data_store=atdata.LocalDiskStore(tmp_path / "store"))
    lab.write(map(item, range(3)), name="few")
    home.mkdir()
    (home / "config.toml").write_text(f'[index]\nlab = "{url}"\n')
    assert numbers(atdata.load_dataset("@lab/few", Item, split="train")) == [0, 1, 2]
    with pytest.raises(atdata.LoadError, match="'@lob' is no alias"):
        atdata.load_dataset("@lob/few", Item)


def test_names_stand_in_lists_too(index: Index, tmp_path: Path) -> None:
    atdata.write_samples([item(99)], tmp_path / "here.tar")
    ds = atdata.load_dataset(["@local/cells@1.0.0", tmp_path / "here.tar"], Item)
    assert numbers(ds) == [*range(10), 99]


@pytest.mark.parametrize(
    "name",
    ["@local", "@local/", "@", "@local/../x", "@local/a b", "at://did:plc:x/y/z", "@a.org/b"],
)
def test_what_names_nothing_is_refused(index: Index, name: str) -> None:
    with pytest.raises(atdata.AtdataError):
        atdata.load_dataset(name)
    with pytest.raises(atdata.AtdataError):
        atdata.load_dataset([name], split="train")
