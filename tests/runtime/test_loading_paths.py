"""`load_dataset`: every way to name a dataset, and what is said where there is none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, cast

import pytest

import atdata


@atdata.packable
class Note:
    text: str


@atdata.packable(nsid="local.packable.note")
class SameNote:
    """The same fields under another name, with a description of its own."""

    text: str


@atdata.packable
class Number:
    value: int


def write(path: Path, count: int = 5, word: str = "n", **options: Any) -> list[str]:
    texts = [f"{word} {number}" for number in range(count)]
    atdata.write_samples([Note(text=text) for text in texts], path, **options)
    return texts


def texts_of(*args: Any, **options: Any) -> list[str]:
    load: Any = atdata.load_dataset
    return [sample.text for sample in load(*args, **options)]


@pytest.mark.parametrize("kind", [str, Path])
def test_the_path_that_was_written_to(tmp_path: Path, kind: type) -> None:
    one = write(tmp_path / "one.tar")
    many = write(tmp_path / "many.tar", maxcount=2, word="m")
    assert texts_of(kind(tmp_path / "one.tar"), Note) == one
    assert texts_of(kind(tmp_path / "many.tar"), Note) == many


def test_a_description(tmp_path: Path) -> None:
    texts = write(tmp_path / "d.tar", maxcount=2)
    assert texts_of(tmp_path / "d.dataset.json", Note) == texts


def test_a_folder_with_one_dataset(tmp_path: Path) -> None:
    texts = write(tmp_path / "d.tar", maxcount=2)
    assert texts_of(tmp_path, Note) == texts
    assert texts_of(str(tmp_path) + "/", Note) == texts
    assert texts_of(tmp_path, Note, "train") == texts


def test_one_shard_has_the_schema_of_its_dataset(tmp_path: Path) -> None:
    texts = write(tmp_path / "d.tar", maxcount=2)
    ds = atdata.load_dataset(tmp_path / "d-000001.tar")
    assert [sample.text for sample in ds] == texts[2:4]
    assert ds.schema.id == "local.packable.note"


def test_braces_and_wildcards(tmp_path: Path) -> None:
    texts = write(tmp_path / "d.tar", maxcount=1, count=4)
    assert texts_of(f"{tmp_path}/d-{{000001..000002}}.tar", Note) == texts[1:3]
    assert texts_of(f"{tmp_path}/d-{{000003,000000}}.tar", Note) == [texts[3], texts[0]]
    assert texts_of(f"{tmp_path}/d-*.tar", Note) == texts
    assert texts_of(f"{tmp_path}/d-00000[12].tar", Note) == texts[1:3]
    assert texts_of(f"{tmp_path}/**/d-*.tar", Note) == texts


def test_a_list_is_one_dataset_in_its_order(tmp_path: Path) -> None:
    train = write(tmp_path / "train.tar", word="a")
    test = write(tmp_path / "test.tar", word="b")
    assert texts_of([tmp_path / "test.tar", str(tmp_path / "train.tar")], Note) == test + train
    assert texts_of([tmp_path / "test.tar", tmp_path / "train.tar"], Note, "train") == train


def test_a_file_whose_name_has_braces_is_that_file(tmp_path: Path) -> None:
    texts = write(tmp_path / "d{1..3}[x].tar")
    assert texts_of(tmp_path / "d{1..3}[x].tar", Note) == texts


def test_a_path_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = write(tmp_path / "d.tar", maxcount=2)
    monkeypatch.chdir(tmp_path)
    for path in ("d.tar", "d-*.tar", "d-{000000..000002}.tar", ".", ["d.tar"]):
        assert texts_of(path, Note) == texts
    ds = atdata.load_dataset("d-*.tar", Note)
    monkeypatch.chdir("/")
    assert len(ds) == 5


def test_a_path_below_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    texts = write(Path("~/deep/d.tar"))
    assert texts_of("~/deep/d.tar", Note) == texts_of(tmp_path / "deep", Note) == texts


# Splits.


def test_stems_of_a_folder_are_its_splits(tmp_path: Path) -> None:
    train = write(tmp_path / "train.tar", word="a", maxcount=2)
    test = write(tmp_path / "test.tar", word="b")
    assert texts_of(tmp_path, Note, split="train") == train
    assert texts_of(tmp_path, Note, split="test") == test
    both: Any = atdata.load_dataset(tmp_path, Note)
    assert {name: [note.text for note in ds] for name, ds in both.items()} == {
        "train": train,
        "test": test,
    }
    with pytest.raises(atdata.SplitNotFound, match="has no split 'dev'; it has train, test"):
        atdata.load_dataset(tmp_path, Note, "dev")


def test_recorded_splits_count_and_stems_part_equal_ones(tmp_path: Path) -> None:
    a = write(tmp_path / "a.tar", word="a")
    b = write(tmp_path / "b.tar", word="b")
    c = write(tmp_path / "c.tar", word="c", split="holdout")
    for split, texts in (("a", a), ("b", b), ("holdout", c)):
        assert texts_of(tmp_path, Note, split) == texts


def test_one_split_can_be_asked_for_by_name_only(tmp_path: Path) -> None:
    write(tmp_path / "d.tar")
    with pytest.raises(atdata.SplitError, match="no split 'test'; it has train"):
        atdata.load_dataset(tmp_path / "d.tar", Note, "test")


@pytest.mark.parametrize("pattern", ["*.tar", "{test,train}.tar", "*"])
def test_patterns_over_several_splits_keep_them_apart(tmp_path: Path, pattern: str) -> None:
    """Test data never leaks into training by a pattern that matches both."""
    train = write(tmp_path / "train.tar", word="a")
    test = write(tmp_path / "test.tar", word="b")
    splits = atdata.load_dataset(f"{tmp_path}/{pattern}", Note)
    assert list(splits) == ["train", "test"]
    assert [note.text for note in splits["test"]] == test
    assert texts_of(f"{tmp_path}/{pattern}", Note, "train") == train


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train.tar", "train"),
        ("mnist-train-00001.tar", "train"),
        ("TRAINING_1.tar", "train"),
        ("images_test.tar", "test"),
        ("eval.tar", "test"),
        ("val-000.tar", "validation"),
        ("valid2.tar", "validation"),
        ("dev.tar", "validation"),
        ("latest.tar", "train"),
        ("contest-data.tar", "train"),
        ("validated.tar", "train"),
        ("data.tar", "train"),
    ],
)
def test_without_descriptions_names_say_the_split(tmp_path: Path, name: str, split: str) -> None:
    texts = write(tmp_path / "d.tar")
    (tmp_path / "bare").mkdir()
    shutil.copy(tmp_path / "d.tar", tmp_path / "bare" / name)
    for path in (tmp_path / "bare", tmp_path / "bare" / name, f"{tmp_path}/bare/*"):
        ds = atdata.load_dataset(path, Note)
        assert ds.split == split
        assert [sample.text for sample in ds] == texts


def test_names_that_leave_the_split_open_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "d.tar")
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(tmp_path / "d.tar", bare / "train-test.tar")
    with pytest.raises(atdata.SplitError, match="says test and train"):
        atdata.load_dataset(bare, Note)
    (bare / "train-test.tar").rename(bare / "train.tar")
    shutil.copy(tmp_path / "d.tar", bare / "extra.tar")
    with pytest.raises(
        atdata.SplitError, match=r"'extra\.tar' says no split, while others here say"
    ):
        atdata.load_dataset(bare, Note)


# What is refused.


def test_nothing_there_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for path in ("x.tar", "x", "x.dataset.json", "*.tar", "{a,b}.tar", "sub"):
        with pytest.raises(atdata.DatasetNotFound):
            atdata.load_dataset(tmp_path / path, Note)
    with pytest.raises(FileNotFoundError, match="it has the folders sub"):
        atdata.load_dataset(tmp_path, Note)
    with pytest.raises(atdata.DatasetNotFound, match="is empty"):
        atdata.load_dataset([], Note)


def test_an_incomplete_dataset_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path / "d.tar", maxcount=2)
    description = tmp_path / "d.dataset.json"
    content = json.loads(description.read_text("utf-8"))
    description.write_text(json.dumps(content | {"complete": False}), "utf-8")
    for path in ("d.tar", "d-000000.tar", "d.dataset.json", "", "d-*.tar"):
        with pytest.raises(atdata.DatasetIncomplete, match=r"d\.dataset\.json: .*incomplete"):
            atdata.load_dataset(tmp_path / path, Note)


def test_a_tar_beside_a_description_that_does_not_list_it_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "d.tar", maxcount=2)
    shutil.copy(tmp_path / "d-000000.tar", tmp_path / "d.tar")
    with pytest.raises(atdata.LoadError, match="does not list it"):
        atdata.load_dataset(tmp_path / "d.tar", Note)


def test_the_root_of_a_store_is_no_dataset(tmp_path: Path) -> None:
    (tmp_path / "shards").mkdir()
    (tmp_path / "datasets").mkdir()
    with pytest.raises(atdata.LoadError, match="root of a store"):
        atdata.load_dataset(tmp_path)


@pytest.mark.parametrize("path", ["ftp://example.org/d.tar", "gs://b/d.tar", "pipe://cat d.tar"])
def test_what_nothing_is_read_from_is_said_to_be(path: str) -> None:
    with pytest.raises(atdata.LoadError, match="is no kind of address that is read"):
        atdata.load_dataset(path)


def test_an_address_of_a_local_file_is_that_file(tmp_path: Path) -> None:
    texts = write(tmp_path / "a b.tar")
    assert texts_of(f"file://{tmp_path}/a%20b.tar", Note) == texts
    assert texts_of([f"file://localhost{tmp_path}"], Note) == texts
    with pytest.raises(atdata.LoadError, match="names a file of another machine"):
        atdata.load_dataset("file://elsewhere/d.tar")


@pytest.mark.parametrize("path", ["{a", "a}{", "{a}", "{}", "{a,{b,c}}", "{1..x}"])
def test_braces_that_say_nothing_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(atdata.LoadError):
        atdata.load_dataset(tmp_path / f"{path}.tar")


def test_braces_without_end_are_refused_at_once(tmp_path: Path) -> None:
    for path in ("{0..999999999999}.tar", "{0..9999}{0..9999}{0..9999}.tar"):
        with pytest.raises(atdata.LoadError):
            atdata.load_dataset(f"{tmp_path}/{path}")


@pytest.mark.parametrize("path", [3, None, [3], {"a": 1}.values(), b"d.tar"])
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(atdata.LoadError, match="give a path"):
        atdata.load_dataset(path)


# Types.


def test_a_class_of_another_model_is_refused_with_the_differences(tmp_path: Path) -> None:
    write(tmp_path / "d.tar")
    with pytest.raises(atdata.SchemaMismatch) as caught:
        atdata.load_dataset(tmp_path / "d.tar", Number)
    assert {"value"} == {line.partition(":")[0] for line in caught.value.differences}
    assert "local.packable.note" in str(caught.value)


def test_a_class_of_an_equal_model_is_taken(tmp_path: Path) -> None:
    texts = write(tmp_path / "d.tar")
    assert texts_of(tmp_path / "d.tar", SameNote) == texts


@pytest.mark.parametrize("cls", [dict, int, object, "Note"])
def test_a_class_that_is_no_sample_type_is_refused(tmp_path: Path, cls: Any) -> None:
    write(tmp_path / "d.tar")
    with pytest.raises(atdata.LoadError, match=r"is no sample type: put @atdata\.packable"):
        atdata.load_dataset(tmp_path / "d.tar", cls)


def test_datasets_of_different_types_are_not_mixed(tmp_path: Path) -> None:
    write(tmp_path / "a.tar")
    atdata.write_samples([Number(value=1)], tmp_path / "b.tar")
    with pytest.raises(atdata.SchemaMismatch, match="load them apart"):
        atdata.load_dataset([tmp_path / "a.tar", tmp_path / "b.tar"])
    shutil.copy(tmp_path / "a.tar", tmp_path / "bare.tar")
    with pytest.raises(atdata.LoadError, match=r"bare\.tar has no dataset\.json"):
        atdata.load_dataset([tmp_path / "a.tar", tmp_path / "bare.tar"])


def test_splits_of_a_folder_with_different_types_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "train.tar")
    atdata.write_samples([Number(value=1)], tmp_path / "test.tar")
    with pytest.raises(atdata.SchemaMismatch):
        atdata.load_dataset(tmp_path, Note, "train")


def test_without_a_class_one_is_made_of_the_stored_schema(tmp_path: Path) -> None:
    texts = write(tmp_path / "d.tar")
    ds = atdata.load_dataset(tmp_path / "d.tar")
    assert [sample.text for sample in ds] == texts
    assert (ds.sample_type.__name__, ds.schema) == ("Note", cast("Any", Note).SCHEMA)
    assert next(iter(ds.ordered(batch_size=3))).text == texts[:3]


# Descriptions that are wrong.


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"format": 2}, "format: expected format 1"),
    ({"format": "1"}, "format: expected a number"),
    ({"complete": "yes"}, "complete: expected true or false, got 'yes'"),
    ({"schema": []}, "schema: expected an object"),
    ({"schema": {"id": "a.b.c"}}, "schema has no key 'cid'"),
    ({"splits": []}, "splits: expected an object"),
    ({"splits": {"train": {}}}, "splits.train: expected an array"),
    ({"splits": {"train": [3]}}, r"splits.train\[0\]: expected an object, got 3"),
    ({"splits": {"train": [{}]}}, r"splits.train\[0\] has no key"),
    ({"replaces": ["a/b"]}, r"replaces\[0\]: expected the name of a file in the same folder"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_a_wrong_description_is_named_by_file_and_key(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    write(tmp_path / "d.tar")
    description = tmp_path / "d.dataset.json"
    content = json.loads(description.read_text("utf-8"))
    description.write_text(json.dumps(content | change), "utf-8")
    with pytest.raises(atdata.DescriptionError, match=rf"d\.dataset\.json: {message}"):
        atdata.load_dataset(tmp_path, Note)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("file", "../d.tar"),
        ("file", ""),
        ("file", ".."),
        ("file", "a\x1b[2J.tar"),
        ("file", "a\\b.tar"),
        ("file", 3),
        ("bytes", -1),
        ("bytes", 1.5),
        ("samples", True),
        ("sha256", "xyz"),
        ("index", "xyz"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, key: str, value: Any) -> None:
    write(tmp_path / "d.tar")
    description = tmp_path / "d.dataset.json"
    content = json.loads(description.read_text("utf-8"))
    content["splits"]["train"][0][key] = value
    description.write_text(json.dumps(content), "utf-8")
    with pytest.raises(atdata.DescriptionError, match=rf"splits.train\[0\]\.{key}: expected"):
        atdata.load_dataset(tmp_path, Note)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"format": 1}', "\xff"])
def test_what_is_no_description_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "d.dataset.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(atdata.DescriptionError, match=r"d\.dataset\.json: "):
        atdata.load_dataset(tmp_path)


def test_a_description_of_no_shard_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "d.tar")
    description = tmp_path / "d.dataset.json"
    content = json.loads(description.read_text("utf-8"))
    empty: list[dict[str, Any]] = [{}, {"train": []}]
    for splits in empty:
        description.write_text(json.dumps(content | {"splits": splits}), "utf-8")
        with pytest.raises(atdata.DescriptionError, match="lists no shard"):
            atdata.load_dataset(tmp_path, Note)


def test_a_schema_whose_cid_lies_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "d.tar")
    description = tmp_path / "d.dataset.json"
    content = json.loads(description.read_text("utf-8"))
    content["schema"]["documents"]["local.packable.note"]["description"] = "changed"
    description.write_text(json.dumps(content), "utf-8")
    with pytest.raises(atdata.DescriptionError, match=r"d\.dataset\.json: schema: .*CID"):
        atdata.load_dataset(tmp_path)


def test_keys_that_a_later_format_adds_are_passed_over(tmp_path: Path) -> None:
    texts = write(tmp_path / "d.tar")
    description = tmp_path / "d.dataset.json"
    content = json.loads(description.read_text("utf-8"))
    content["splits"]["train"][0]["columns"] = "later"
    description.write_text(json.dumps(content | {"statistics": {}}), "utf-8")
    assert texts_of(tmp_path, Note) == texts
