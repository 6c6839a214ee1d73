"""Indexes of the earlier release: one that it wrote itself, taken in; see tests/data/peer_index/make.py."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

import atdata
from atdata.dataset import Dataset
from atdata.errors import CatalogError
from atdata.index.earlier.schemas import name_and_version, nsid_of, schema_of
from atdata.index.resolve import resolve
from atdata.sample_type import schema_of as schema_of_class
from catalog import index_in, words

WRITTEN_AT = "/tmp/peer_index"

GONE = {"gone", "elsewhere", "untyped", "wrong-digest", "table"}


@atdata.packable
class Note:
    """A text with what was said about it."""

    text: str
    words: list[str]
    score: float | None = None
    raw: bytes | None = None


@atdata.packable
class Digit:
    """A digit, drawn small."""

    image: NDArray[Any]
    label: int
    score: float
    seen: bool


def moved(data: bytes, folder: str) -> bytes:
    """A msgpack value in which paths begin elsewhere."""
    text = json.dumps(msgspec.msgpack.decode(data))
    return msgspec.msgpack.encode(json.loads(text.replace(WRITTEN_AT, folder)))


@pytest.fixture
def earlier(root: Path, tmp_path: Path) -> Path:
    """The index, at its place in this test."""
    folder = tmp_path / "earlier"
    shutil.copytree(root / "tests" / "data" / "peer_index", folder)

    with sqlite3.connect(folder / "index.db") as database:
        rows = database.execute("SELECT cid, data_urls, metadata FROM dataset_entries").fetchall()
        for cid, urls, metadata in rows:
            values = [data and moved(data, str(folder)) for data in (urls, metadata)]
            database.execute(
                "UPDATE dataset_entries SET data_urls = ?, metadata = ? WHERE cid = ?",
                (*values, cid),
            )
        database.execute(
            "UPDATE dataset_entries SET data_urls = ? WHERE name = 'elsewhere'",
            (msgspec.msgpack.encode(["gs://bucket/notes-000000.tar"]),),
        )
    database.close()
    return folder


def test_what_can_be_taken_is_taken_and_the_rest_is_said_with_its_reason(
    earlier: Path, tmp_path: Path
) -> None:
    index = index_in(tmp_path)
    report = index.import_atdata(earlier)
    assert [(entry.name, entry.version, entry.samples) for entry in report.entries] == [
        ("digits", "1.0.0", 5),
        ("digits", "2.0.0", 6),
        ("notes", "1.0.0", 7),
        ("named-like-this-odd-name", "1.0.0", 3),
        ("legacy", "1.0.0", 3),
    ]
    reasons = {refused.name: refused.reason for refused in report.refused}
    assert set(reasons) == GONE
    assert "there is no file" in reasons["gone"]
    assert "no kind of address" in reasons["elsewhere"]
    assert "Missing@1.0.0 is not in the index" in reasons["untyped"]
    assert "has changed" in reasons["wrong-digest"]
    assert "rows" in reasons["table"]
    assert any("named-like-this-odd-name" in note for note in report.notes)
    assert any("manifests" in note for note in report.notes)
    assert index.datasets() == ["digits", "legacy", "named-like-this-odd-name", "notes"]


def test_shards_stay_where_they_are_and_are_those_that_were_written(
    earlier: Path, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()}
    index = index_in(tmp_path)
    report = index.import_atdata(earlier / "index.db")
    after = {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()}
    assert {path: data for path, data in after.items() if path.suffix != ".idx"} == before
    for entry in report.entries:
        assert index.verify(f"{entry.name}@{entry.version}").ok
        assert entry.store is None
    assert index.gc().bytes == 0
    assert not list(tmp_path.glob("data/shards/*"))


def test_the_samples_are_read_as_they_were_written(earlier: Path, tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.import_atdata(earlier)
    digits = list(Dataset(resolve("@local/digits", index).splits["train"], Digit))
    assert [(digit.label, digit.score, digit.seen) for digit in digits] == [
        (n % 10, n / 8, n % 2 == 0) for n in range(5, 11)
    ]
    for number, digit in enumerate(digits, start=5):
        assert digit.image.dtype == np.uint8
        assert (digit.image == number % 10).all()
        assert digit.image.shape == (4, 4)
    found = resolve("@local/notes", index)
    made = index.schema_type(found.entry.schema.id)
    notes = list(Dataset(found.splits["train"], made))
    assert [(note.text, note.words, note.score, note.raw) for note in notes] == [
        (f"note {n}", ["a", str(n)], n / 4 if n % 2 else None, None) for n in range(7)
    ]


def test_a_packable_class_of_the_same_fields_is_the_same_type(
    earlier: Path, tmp_path: Path
) -> None:
    index = index_in(tmp_path)
    index.import_atdata(earlier)
    for cls in (Note, Digit):
        schema = schema_of_class(cls)
        assert schema is not None
        assert index.schema(schema.id).key.cid == schema.cid
    assert index.write([Note(text="more", words=[])], name="notes", split="more").version == "1.1.0"


def test_metadata_come_along_with_where_they_come_from(earlier: Path, tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.import_atdata(earlier)
    metadata = dict(index.entry("digits@1.0.0").metadata)
    origin = metadata.pop("dev.atdata.imported")
    assert metadata == {"source": "drawn", "size": 4}
    assert origin["name"] == "digits"
    assert origin["release"] == "forecast-bio/atdata"
    assert origin["cid"].startswith("bafy")


def test_a_second_import_makes_nothing_new(earlier: Path, tmp_path: Path) -> None:
    index = index_in(tmp_path)
    first = index.import_atdata(earlier)
    index.write([Note(text="mine", words=[])], name="notes")
    second = index.import_atdata(earlier)
    assert second.entries == ()
    assert second.known == first.entries
    assert {refused.name for refused in second.refused} == GONE


def test_a_dataset_of_ours_is_not_added_to(earlier: Path, tmp_path: Path) -> None:
    index = index_in(tmp_path)
    mine = index.write(words("mine"), name="digits")
    report = index.import_atdata(earlier)
    assert {refused.name for refused in report.refused} == GONE | {"digits"}
    assert index.history("digits") == [mine]
    report = index.import_atdata(earlier, prefix="earlier-")
    assert index.entry("earlier-digits").samples == 6


def test_names_of_types_as_they_are_given(earlier: Path, tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.import_atdata(earlier, nsids={"Note": "org.example.note"})
    assert index.entry("notes").schema.id == "org.example.note"
    assert index.entry("digits").schema.id == "local.packable.digit"
    refused = index_in(tmp_path / "other").import_atdata(earlier, nsids={"Note": "note"}).refused
    assert {item.name for item in refused} >= {"notes", "legacy"}


def test_a_label_that_is_no_name_becomes_a_label(earlier: Path, tmp_path: Path) -> None:
    with sqlite3.connect(earlier / "index.db") as database:
        (cid,) = database.execute("SELECT cid FROM labels WHERE name = 'notes'").fetchone()
        for name in ("best", "no label", "1.0"):
            database.execute("INSERT INTO labels (name, cid) VALUES (?, ?)", (name, cid))
    database.close()
    index = index_in(tmp_path)
    report = index.import_atdata(earlier)
    assert [(label.label, label.name) for label in index.labels()] == [("best", "notes")]
    assert sum("the label" in note for note in report.notes) == 2


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    index = index_in(tmp_path / "mine")
    with pytest.raises(CatalogError, match="there is no such file"):
        index.import_atdata(tmp_path / "nothing.db")
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"no database" * 100)
    with pytest.raises(CatalogError, match="cannot be read as a SQLite file"):
        index.import_atdata(garbage)
    index.write(words("a"), name="words")
    index.close()
    with pytest.raises(CatalogError, match="has no table dataset_entries"):
        index.import_atdata(tmp_path / "mine")


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("data_urls", b"\xc1", "no msgpack"),
        ("data_urls", "text", "something else"),
        ("data_urls", msgspec.msgpack.encode("text"), "no list of texts"),
        ("data_urls", msgspec.msgpack.encode([1]), "no list of texts"),
        ("data_urls", msgspec.msgpack.encode([]), "names no data"),
        ("data_urls", msgspec.msgpack.encode(["data/notes.tar"]), "the working folder"),
        ("data_urls", msgspec.msgpack.encode(["/nowhere/{a,b}.tar"]), "no file"),
        ("metadata", msgspec.msgpack.encode(["text"]), "no map"),
        ("schema_ref", "at://did:plc:x/science.alt.dataset.schema/1", "none of the index's own"),
        ("name", "---", "cannot be the name"),
    ],
)
def test_what_is_damaged_in_it_is_said(
    earlier: Path, tmp_path: Path, column: str, value: object, reason: str
) -> None:
    with sqlite3.connect(earlier / "index.db") as database:
        database.execute(f"UPDATE dataset_entries SET {column} = ? WHERE name = 'notes'", (value,))
    database.close()
    report = index_in(tmp_path).import_atdata(earlier)
    assert len(report.entries) == 4
    (said,) = [item.reason for item in report.refused if item.name in ("notes", "---")]
    assert reason in said


def test_shards_of_another_type_are_refused(earlier: Path, tmp_path: Path) -> None:
    with sqlite3.connect(earlier / "index.db") as database:
        ref = "atdata://local/schema/Note@1.0.0"
        database.execute("UPDATE dataset_entries SET schema_ref = ? WHERE name = 'digits'", (ref,))
    database.close()
    report = index_in(tmp_path).import_atdata(earlier)
    reasons = [item.reason for item in report.refused if item.name == "digits"]
    assert len(reasons) == 2
    assert all("text" in reason and "key" in reason for reason in reasons)


def test_urls_of_every_form_are_found(earlier: Path, tmp_path: Path) -> None:
    beside = earlier / "beside"
    forms = [
        [f"{beside}/notes-{{000000..000002}}.tar"],
        [f"{beside}/notes-000000.tar {beside}/notes-000001.tar {beside}/notes-000002.tar"],
        [(beside / f"notes-{number:06d}.tar").as_uri() for number in range(3)],
    ]
    with sqlite3.connect(earlier / "index.db") as database:
        ref = "atdata://local/schema/Note@1.0.0"
        for number, urls in enumerate(forms):
            database.execute(
                "INSERT INTO dataset_entries (cid, name, schema_ref, data_urls) VALUES (?, ?, ?, ?)",
                (f"bafyform{number}", f"form{number}", ref, msgspec.msgpack.encode(urls)),
            )
    database.close()
    index = index_in(tmp_path)
    index.import_atdata(earlier)
    assert [index.entry(f"form{number}").samples for number in range(3)] == [7, 7, 7]


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ("text", "no JSON object"),
        ({"fields": None}, "with fields"),
        ({"fields": [3]}, "without a name"),
        ({"fields": [{"name": "a"}]}, "has no type"),
        (
            {"fields": [{"name": "a", "fieldType": {"$type": "local#ref", "ref": "x"}}]},
            "no lexicon can say",
        ),
        (
            {
                "fields": [
                    {"name": "a", "fieldType": {"$type": "local#primitive", "primitive": "set"}}
                ]
            },
            "'set'",
        ),
        (
            {
                "fields": [
                    {"name": "a-b", "fieldType": {"$type": "local#primitive", "primitive": "str"}}
                ]
                * 2
            },
            "of its own",
        ),
    ],
)
def test_schemas_that_no_lexicon_can_say(stored: object, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        schema_of(stored, "org.example.thing")


def test_files_in_fields_become_bytes() -> None:
    kinds = ("dataframe", "sparse", "structured", "arrow_tensor", "safetensors")
    fields = [
        {"name": kind, "fieldType": {"$type": f"local#{kind}"}, "optional": True} for kind in kinds
    ]
    schema = schema_of({"fields": fields}, "org.example.thing")
    assert {str(field.type) for field in schema.model.main.fields} == {"bytes"}


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("atdata://local/schema/Cat@1.0.0", ("Cat", "1.0.0")),
        ("local://schemas/pets.models.Cat@2.0.0", ("Cat", "2.0.0")),
        ("local://schemas/Cat@2.0.0", ("Cat", "2.0.0")),
    ],
)
def test_references_to_schemas(reference: str, expected: tuple[str, str]) -> None:
    assert name_and_version(reference) == expected
    assert nsid_of(expected[0]) == "local.packable.cat"
