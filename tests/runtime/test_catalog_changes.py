"""A type that changes: the version that a dataset gets, what it carries on, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest

import atdata
from atdata.errors import SchemaConflict
from atdata.index.entry import Entry
from atdata.index.index import Index
from atdata.index.resolve import resolve
from catalog import index_in


@atdata.packable(nsid="org.example.note")
class Note:
    text: str


@atdata.packable(nsid="org.example.note")
class Described:
    """The same, with words about it."""

    text: str


@atdata.packable(nsid="org.example.note")
class Longer:
    """Old data are read, and old code reads these."""

    text: str
    score: float | None = None


@atdata.packable(nsid="org.example.note")
class Worded:
    """Goes well with `Note`, and not with `Longer`."""

    text: str
    score: str | None = None


@atdata.packable(nsid="org.example.note")
class Scored:
    """Old data have no score."""

    text: str
    score: float


@atdata.packable(nsid="org.example.note")
class Emptied:
    """Old data are read; old code misses the text."""

    text: str | None = None


@atdata.packable(nsid="org.example.note")
class Shorter:
    """Old data may be longer than this allows."""

    text: Annotated[str, atdata.field(max_length=5)]


@atdata.packable(nsid="org.example.remark")
class Renamed:
    text: str


def write(index: Index, cls: type[Any], split: str = "train", **more: Any) -> Entry:
    values: dict[str, Any] = {"text": "a", "score": 0.5} if cls is Scored else {"text": "a"}
    return index.write([cls(**values)], name="notes", split=split, **more)


@pytest.mark.parametrize(
    ("cls", "version", "schema_version", "carried"),
    [
        (Note, "1.1.0", "1.0.0", True),
        (Described, "1.1.0", "1.0.1", True),
        (Longer, "1.1.0", "1.1.0", True),
        (Scored, "2.0.0", "2.0.0", False),
        (Emptied, "2.0.0", "2.0.0", True),
        (Shorter, "2.0.0", "2.0.0", False),
    ],
)
def test_what_a_change_makes_of_the_versions(
    tmp_path: Path, cls: type[Any], version: str, schema_version: str, carried: bool
) -> None:
    index = index_in(tmp_path)
    first = write(index, Note)
    second = write(index, cls, "test")
    assert (second.version, second.schema.version) == (version, schema_version)
    assert list(second.splits) == (["train", "test"] if carried else ["test"])
    assert index.schema("org.example.note").key == second.schema
    assert index.schema(f"org.example.note@{first.schema.version}").key == first.schema
    back = write(index, Note)
    assert back.schema == first.schema, "a type keeps its version"


def test_another_nsid_is_another_schema_from_its_beginning(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    write(index, Note)
    renamed = write(index, Renamed, "test")
    assert (renamed.schema.id, renamed.schema.version) == ("org.example.remark", "1.0.0")
    assert list(renamed.splits) == ["train", "test"]
    assert [schema.key.id for schema in index.schemas()] == [
        "org.example.note",
        "org.example.remark",
    ]


@pytest.mark.parametrize("cls", [Scored, Emptied, Shorter])
@pytest.mark.parametrize("version", ["1.0.1", "1.1.0", "1.2.0-rc.1"])
def test_a_breaking_change_under_a_minor_version_is_refused_with_what_breaks(
    tmp_path: Path, cls: type[Any], version: str
) -> None:
    index = index_in(tmp_path)
    write(index, Note)
    with pytest.raises(SchemaConflict, match="cannot follow 1.0.0") as caught:
        write(index, cls, version=version)
    message = str(caught.value)
    assert "breaks" in message
    assert "score" in message if cls is Scored else "text" in message
    assert "give it the version 2.0.0, or none" in message
    assert [entry.version for entry in index.history("notes")] == ["1.0.0"]
    assert write(index, cls, version="2.0.0-rc.1").version == "2.0.0-rc.1"
    assert write(index, Note, version="2.0.0-rc.2").version == "2.0.0-rc.2", "nobody relies on them"


@pytest.mark.parametrize("cls", [Note, Described, Longer])
def test_a_change_that_breaks_nothing_may_have_any_later_version(
    tmp_path: Path, cls: type[Any]
) -> None:
    index = index_in(tmp_path)
    write(index, Note)
    for version in ("1.0.1", "1.1.0", "3.0.0"):
        assert write(index, cls, version=version).version == version


def test_below_1_0_0_a_minor_version_may_break(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    write(index, Note, version="0.1.0")
    with pytest.raises(SchemaConflict, match="cannot follow 0.1.0"):
        write(index, Scored, version="0.1.1")
    assert write(index, Scored, version="0.2.0").version == "0.2.0"


def test_a_version_between_others_may_not_break_the_one_above_either(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    write(index, Note, version="1.0.0")
    write(index, Longer, version="1.2.0")
    with pytest.raises(SchemaConflict, match="dataset notes: 1.2.0 cannot follow 1.1.0"):
        write(index, Worded, version="1.1.0")
    with pytest.raises(SchemaConflict, match=r"example\.note: 1.1.0 cannot follow 1.0.5"):
        index.write([Worded(text="a")], name="other", schema_version="1.0.5")
    write(index, Scored, version="2.0.0")
    assert write(index, Note, version="1.1.0").version == "1.1.0"


def test_the_version_of_the_schema_as_it_is_given(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    assert write(index, Note, schema_version="0.3.0").schema.version == "0.3.0"
    assert write(index, Note).schema.version == "0.3.0"
    assert write(index, Note, schema_version="0.4.0").schema.version == "0.4.0"
    assert write(index, Longer, schema_version="0.5.0").schema.version == "0.5.0"
    assert write(index, Scored, schema_version="1.0.0").schema.version == "1.0.0"
    versions = [stored.key.version for stored in index.schemas()]
    assert versions == ["0.3.0", "0.4.0", "0.5.0", "1.0.0"]


def test_a_version_of_a_schema_never_names_another_type(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    write(index, Note)
    with pytest.raises(SchemaConflict, match="is another type"):
        write(index, Scored, schema_version="1.0.0")
    with pytest.raises(
        SchemaConflict, match=r"the schema org\.example\.note: 1\.1\.0 cannot follow"
    ):
        write(index, Scored, schema_version="1.1.0")
    assert len(index.schemas()) == 1


def test_two_types_of_one_name_never_mix(tmp_path: Path) -> None:
    """Both are called `local.packable.thing`."""

    def made(kind: Any) -> Any:
        return atdata.packable(type("Thing", (), {"__annotations__": {"value": kind}}))

    index = index_in(tmp_path)
    first = index.write([made(int)(value=1)], name="a")
    second = index.write([made(str)(value="x")], name="b")
    assert (first.schema.version, second.schema.version) == ("1.0.0", "2.0.0")
    assert index.schema_type("local.packable.thing@1.0.0")(value=3).value == 3
    assert index.schema_type("local.packable.thing")(value="y").value == "y"


def test_carried_samples_are_read_as_the_new_type(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    write(index, Note, "old")
    entry = write(index, Longer, "new")
    cls = index.schema_type(f"{entry.schema.id}@{entry.schema.version}")
    found = resolve("@local/notes", index)
    for split in ("old", "new"):
        ds = atdata.Dataset(found.splits[split], cls)
        assert [(sample.text, sample.score) for sample in ds] == [("a", None)]
        assert next(iter(ds.ordered(batch_size=4))).text == ["a"]
