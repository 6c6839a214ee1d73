"""`Index.write`: samples become a version, all at once, through no more of the disk than a few shards."""

from __future__ import annotations

import hashlib
import json
import pickle
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.atmosphere import Atmosphere, Settings
from atdata.dataset import Dataset
from atdata.errors import CatalogError, EntryExists, NameRefused, ValidationError, WriteError
from atdata.index.entry import Entry
from atdata.index.index import Index
from atdata.index.resolve import resolve
from atdata.sample_type import sample_type_of
from atdata.shards.reader import ShardFile, stream
from catalog import Scan, Word, files_of, index_in, scans, shards_of, store_of, words


def texts_of(index: Index, entry: Entry, split: str = "train") -> list[str]:
    root = store_of(index).root
    return [
        sample_type_of(Word).decode(payload).text
        for shard in entry.splits[split]
        for _, payload in stream(ShardFile(root / str(shard.key)))
    ]


def test_a_first_write_makes_version_1_0_0_with_one_split(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    entry = index.write(
        words("one", "two"),
        name="words",
        description="Numbers",
        license="CC0-1.0",
        tags=["small", "text", "small"],
        metadata={"source": "me", "parts": [1, 2.5, None]},
    )
    assert (entry.name, entry.version, list(entry.splits)) == ("words", "1.0.0", ["train"])
    assert (entry.schema.id, entry.schema.version) == ("local.packable.word", "1.0.0")
    assert (entry.samples, entry.bytes) == (2, entry.splits["train"][0].bytes)
    assert (entry.description, entry.license, entry.tags) == (
        "Numbers",
        "CC0-1.0",
        ("small", "text"),
    )
    assert entry.metadata == {"source": "me", "parts": [1, 2.5, None]}
    assert entry.store == store_of(index).url
    assert index.entry("words") == entry
    assert index.entries() == [entry]
    assert texts_of(index, entry) == ["one", "two"]


def test_the_store_holds_the_shard_its_index_and_the_description(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    entry = index.write(scans(5), name="scans", maxcount=2, columns=True, split="test")
    digests = [shard.sha256 for shard in entry.splits["test"]]
    assert [shard.samples for shard in entry.splits["test"]] == [2, 2, 1]
    ends = (".tar", ".tar.cols", ".tar.idx")
    shards = [f"shards/{digest}{end}" for digest in digests for end in ends]
    assert files_of(index) == ["datasets/scans/1.0.0/dataset.json", *sorted(shards)]
    assert list((tmp_path / "data" / "staging").iterdir()) == []
    said = json.loads((tmp_path / "data/datasets/scans/1.0.0/dataset.json").read_text())
    assert said["complete"]
    assert [item["sha256"] for item in said["splits"]["test"]] == digests
    for item in said["splits"]["test"]:
        place = tmp_path / "data/datasets/scans/1.0.0" / said["shards"] / item["file"]
        assert place.stat().st_size == item["bytes"]


def test_another_split_makes_another_version_that_has_both(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    first = index.write(words("a"), name="words", description="Letters", tags=["x"])
    second = index.write(words("b"), name="words", split="test")
    third = index.write(words("c"), name="words", split="train", tags=[], description="")
    assert [entry.version for entry in (first, second, third)] == ["1.0.0", "1.1.0", "1.2.0"]
    assert second.splits["train"] == first.splits["train"]
    assert third.splits["test"] == second.splits["test"]
    assert texts_of(index, third) == ["c"]
    assert texts_of(index, index.entry("words@1.0.0")) == ["a"]
    assert (second.description, second.tags) == ("Letters", ("x",))
    assert (third.description, third.tags) == (None, ())
    assert index.history("words") == [third, second, first]


def test_versions_as_they_are_given(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(words("a"), name="words", version="2.0.0-rc.1")
    assert index.entry("words").version == "2.0.0-rc.1"
    assert index.write(words("b"), name="words").version == "2.0.0"
    assert index.write(words("c"), name="words", version="1.5.0", split="test").version == "1.5.0"
    assert list(index.entry("words@1.5.0").splits) == ["test"]
    between = index.write(words("d"), name="words", version="1.6.0", split="more")
    assert list(between.splits) == ["test", "more"]
    assert index.entry("words").version == "2.0.0"
    assert index.write(words("e"), name="words").version == "2.1.0"
    assert [entry.version for entry in index.history("words")] == [
        "2.1.0",
        "2.0.0",
        "2.0.0-rc.1",
        "1.6.0",
        "1.5.0",
    ]


def test_a_version_that_is_there_is_refused_before_a_sample_is_taken(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(words("a"), name="words")
    taken: list[str] = []

    def produce() -> Iterator[Word]:
        for text in "bcd":
            taken.append(text)
            yield Word(text=text)

    with pytest.raises(EntryExists, match=r"words@1\.0\.0 is there"):
        index.write(produce(), name="words", version="1.0.0")
    assert taken == ["b"], "the first one says what they are"


def test_equal_shards_are_kept_once(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    first = index.write(words("a", "b"), name="one")
    before = files_of(index)
    second = index.write(words("a", "b"), name="two")
    assert shards_of([first]) == shards_of([second])
    assert files_of(index) == sorted([*before, "datasets/two/1.0.0/dataset.json"])


def test_two_types_may_share_a_shard_and_what_lies_beside_it(tmp_path: Path) -> None:
    @atdata.packable(nsid="org.example.word")
    class Other:
        text: str

    index = index_in(tmp_path)
    first = index.write(words("a"), name="one", columns=True)
    second = index.write([Other(text="a")], name="two", columns=True)
    assert first.splits == second.splits
    assert index.verify("one").ok
    assert index.verify("two").ok


def test_the_disk_never_holds_more_than_the_shards_in_flight(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    seen: list[int] = []

    def produce() -> Iterator[Scan]:
        for sample in scans(400):
            waiting = list((tmp_path / "data" / "staging").glob("*/.*.tar.part"))
            seen.append(len(waiting))
            yield sample

    entry = index.write(produce(), name="scans", maxcount=3, workers=2)
    assert len(entry.splits["train"]) == 134
    # One is open; two are finished and on their way to the disk; two on their way to the store.
    assert 1 <= max(seen) <= 5


@pytest.mark.parametrize("after", [0, 1, 5, 50])
def test_a_producer_that_fails_leaves_nothing(tmp_path: Path, after: int) -> None:
    index = index_in(tmp_path)
    kept = index.write(scans(4, "kept"), name="kept", maxcount=1)
    before = files_of(index)

    def produce() -> Iterator[Scan]:
        yield from scans(after, "kept")  # some of these shards are there already
        yield from scans(after, "lost")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.write(produce(), name="lost", maxcount=1)
    assert files_of(index) == before
    assert index.entries() == [kept]
    assert index.verify("kept").ok
    assert list((tmp_path / "data" / "staging").iterdir()) == []
    assert index.gc().bytes == 0


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        ([], WriteError, "no samples"),
        (3, WriteError, "give a list"),
        ([3], WriteError, "is no sample type"),
        (
            [Word(text="a"), Scan(pixels=next(scans(1)).pixels, text="")],
            WriteError,
            "sample 1 is a Scan",
        ),
        ([Word(text="a"), Word(text=3)], ValidationError, "sample 1"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_written(
    tmp_path: Path, samples: Any, error: type[Exception], message: str
) -> None:
    index = index_in(tmp_path)
    with pytest.raises(error, match=message):
        index.write(samples, name="words", maxcount=1)
    assert index.entries() == []
    assert files_of(index) == []


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"split": "../x"}, WriteError, "the split"),
        ({"version": "1.0"}, NameRefused, "no version"),
        ({"schema_version": "one"}, NameRefused, "no version"),
        ({"maxcount": 0}, WriteError, "maxcount"),
        ({"maxsize": "many"}, WriteError, "no size"),
        ({"workers": 0}, WriteError, "workers"),
        ({"key": "nothing"}, WriteError, "no such field"),
        ({"description": 3}, CatalogError, "description is a int"),
        ({"description": "a\x1b[2J"}, CatalogError, r"U\+001B at 1"),
        ({"license": "x" * 200}, CatalogError, "200 characters"),
        ({"tags": "text"}, CatalogError, "give a list"),
        ({"tags": ["\0"]}, CatalogError, r"U\+0000"),
        ({"tags": [" "]}, CatalogError, "not allowed"),
        ({"tags": [str(n) for n in range(101)]}, CatalogError, "101 tags"),
        ({"metadata": {1: 2}}, CatalogError, "has the key 1"),
        ({"metadata": {"a": {(1, 2): 3}}}, CatalogError, "no JSON"),
        ({"metadata": {"a": float("nan")}}, CatalogError, "no JSON"),
        ({"metadata": {"a": {1, 2}}}, CatalogError, "no JSON"),
        ({"metadata": {"a": "\0"}}, CatalogError, r"U\+0000"),
        ({"metadata": {"a": "\ud800"}}, CatalogError, "no JSON"),
        ({"metadata": {"a": "x" * (1 << 21)}}, CatalogError, "bytes as JSON"),
        ({"metadata": ["a"]}, CatalogError, "give an object"),
    ],
)
def test_what_cannot_be_asked(
    tmp_path: Path, asked: dict[str, Any], error: type[Exception], message: str
) -> None:
    index = index_in(tmp_path)
    with pytest.raises(error, match=message):
        index.write(words("a"), name="words", **asked)
    assert index.entries() == []
    assert not (tmp_path / "data").exists()


def test_metadata_that_holds_itself_is_refused(tmp_path: Path) -> None:
    metadata: dict[str, Any] = {}
    metadata["self"] = metadata
    with pytest.raises(CatalogError, match="no JSON"):
        index_in(tmp_path).write(words("a"), name="words", metadata=metadata)


def test_keys_are_named_by_a_field(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    entry = index.write(words("a", "b"), name="words", key="text", maxcount=1)
    root = store_of(index).root
    shards = [ShardFile(root / str(shard.key)) for shard in entry.splits["train"]]
    assert [key for shard in shards for key, _ in stream(shard)] == ["a", "b"]


def test_without_a_limit_shards_have_256_mb(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    pixels = next(scans(1)).pixels.repeat(4_000_000)
    entry = index.write((Scan(pixels=pixels, text=str(n)) for n in range(7)), name="scans")
    assert [shard.samples for shard in entry.splits["train"]] == [6, 1]


def test_progress_is_shown_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = index_in(tmp_path)
    index.write(words("a"), name="words", progress=True)
    assert index.verify("words", progress=True).ok
    out, err = capsys.readouterr()
    assert out == ""
    assert "words" in err


def write_one(index: Index, text: str) -> str:
    return index.write(words(text), name="words", split=text).version


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_an_index_works_in_other_processes(tmp_path: Path, method: str) -> None:
    index = index_in(tmp_path)
    index.write(words("a"), name="words")
    with get_context(method).Pool(2) as pool:
        versions = pool.starmap(write_one, [(index, text) for text in "bcde"])
    assert sorted(versions) == ["1.1.0", "1.2.0", "1.3.0", "1.4.0"]
    assert set(index.entry("words").splits) == {"train", "b", "c", "d", "e"}


def test_an_index_pickles_and_shows_where_it_is(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    entry = index.write(words("a"), name="words")
    reader = Atmosphere(settings=Settings())
    published = Index(index.provider, index.data_store, atmosphere=reader)
    again = pickle.loads(pickle.dumps(published))
    assert again.entries() == [entry]
    assert again.atmosphere is None
    assert repr(again) == f"<Index sqlite:///{tmp_path}/index.db>"


def test_a_password_does_not_go_into_a_pickle() -> None:
    index = Index("postgresql://me:secret@db.example.org/atdata")
    with pytest.raises(CatalogError, match="holds a password") as caught:
        pickle.dumps(index)
    assert "secret" not in str(caught.value)


def test_the_default_is_one_file_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "home"))
    index = atdata.Index(data_store=atdata.LocalDiskStore())
    index.write(words("a"), name="words")
    assert atdata.Index().entries() == index.entries()
    assert sorted(path.name for path in (tmp_path / "home").iterdir() if path.is_dir()) == ["data"]
    assert (tmp_path / "home" / "index.db").exists()
    assert atdata.Index().data_store.url == index.data_store.url


def test_another_index_has_another_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "home"))
    stores = {Index(provider).data_store.url for provider in (None, tmp_path / "a", tmp_path / "b")}
    assert len(stores) == 3
    assert Index(f"sqlite:///{tmp_path}/a").data_store.url in stores


@pytest.mark.parametrize("given_", [3, b"index.db", ["index.db"]])
def test_what_no_index_can_be_opened_with(given_: Any) -> None:
    for arguments in ((given_, None), (None, given_)):
        with pytest.raises(CatalogError, match=type(given_).__name__):
            Index(*arguments)


def test_a_write_of_many_threads_of_one_index(tmp_path: Path) -> None:
    index = index_in(tmp_path)

    def write(number: int) -> None:
        index.write(words(str(number)), name="words", split=f"s{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(16)))
    assert index.entry("words").version == "1.15.0"
    assert set(index.entry("words").splits) == {f"s{n}" for n in range(16)}
    assert list((tmp_path / "data" / "staging").iterdir()) == []


def test_manifests_lie_beside_the_shards_and_are_found_by_conditions(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    entry = index.write(scans(9), name="scans", maxcount=4, manifest=True, columns=True)
    shards = entry.splits["train"]
    assert all(shard.manifest is not None for shard in shards)
    for shard in shards:
        for end in (".tar", ".tar.idx", ".tar.cols", ".manifest.json", ".manifest.parquet"):
            assert f"shards/{shard.sha256}{end}" in files_of(index)
    ds = Dataset(resolve("@local/scans", index).splits["train"], Scan)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # without manifests it would scan, and say so
        assert [sample.text for sample in ds.where("text == 'scan 7'")] == ["scan 7"]
    assert index.delete("scans") == [entry]
    index.gc()
    assert files_of(index) == []


def test_a_manifest_that_is_there_stays(tmp_path: Path) -> None:
    """Another version of the library may make other bytes, and older entries name those that are there."""
    index = index_in(tmp_path)
    first = index.write(scans(3), name="first", manifest=True)
    (shard,) = first.splits["train"]
    path = tmp_path / "data" / "shards" / f"{shard.sha256}.manifest.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"\n")
    again = index.write(scans(3), name="again", manifest=True)
    assert again.splits["train"][0].manifest == hashlib.sha256(path.read_bytes()).hexdigest()
    plain = index.write(scans(3), name="plain")
    assert plain.splits["train"][0].manifest is None
