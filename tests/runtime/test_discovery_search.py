"""Searching the catalogue: words, facets, fields, accounts, derivations. What is filed here was listed by nobody."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from atdata.atmosphere import Atmosphere, Settings
from atdata.atmosphere.discovery import layout
from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.discovery.filing import forget_repository, remove_record
from atdata.atmosphere.discovery.found import Found
from atdata.atmosphere.records.collections import ENTRY, LABEL, SCHEMA, record_cid
from atdata.errors import CatalogError, QueryError, RecordError
from discovery_data import (
    ALICE,
    BOB,
    a_schema,
    array,
    entry_record,
    label_record,
    put,
    schema_record,
    tid,
    uri_of,
)

PHOTO = a_schema("org.example.photo", image=array("uint8", "H", "W", 3), label={"type": "string"})
AUDIO = a_schema("org.example.clip", wave=array("float32", "T"), rate={"type": "integer"})
PHOTO_URI = uri_of(ALICE, SCHEMA, "org.example.photo:1.0.0")


@pytest.fixture
def atmosphere(user_folders: Path) -> Atmosphere:
    return Atmosphere(settings=Settings(directory="http://localhost:1", relays=(), local=True))


@pytest.fixture
def catalogue(user_folders: Path) -> Catalogue:
    return Catalogue()


def names(found: list[Found]) -> list[str]:
    return [item.name for item in found]


def test_words_are_found_in_better_places_first(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    put(catalogue, ALICE, ENTRY, tid(1), entry_record("brains", created="2026-01-01T00:00:00Z"))
    put(catalogue, ALICE, ENTRY, tid(2), entry_record("scans", tags=["brain", "mri"]))
    put(
        catalogue, ALICE, ENTRY, tid(3), entry_record("more", description="Of a brain, from above.")
    )
    put(catalogue, ALICE, ENTRY, tid(4), entry_record("hearts"))
    assert names(atmosphere.search("brain")) == ["brains", "scans", "more"]
    assert names(atmosphere.search("BRAIN mri")) == ["scans"]
    assert names(atmosphere.search("brain", limit=2)) == ["brains", "scans"]
    assert atmosphere.search("lungs") == []


def test_without_words_the_newest_come_first(atmosphere: Atmosphere, catalogue: Catalogue) -> None:
    for number in range(5):
        created = f"2026-01-0{number + 1}T00:00:00Z"
        put(catalogue, ALICE, ENTRY, tid(number), entry_record(f"n{number}", created=created))
    assert names(atmosphere.search(limit=3)) == ["n4", "n3", "n2"]


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "a AND",
        "NEAR(a b)",
        "name : x",
        "* ^",
        "-a OR (b",
        "x'y;DROP TABLE entries",
        "%_%",
        "\x00",
        "{name} : a",
    ],
)
def test_nothing_in_a_text_is_an_operator(
    atmosphere: Atmosphere, catalogue: Catalogue, text: str
) -> None:
    put(catalogue, ALICE, ENTRY, tid(1), entry_record("plain"))
    assert atmosphere.search(text) == []
    assert names(atmosphere.search("plain")) == ["plain"]


def test_tags_and_licences_are_whole_words_of_their_own(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    put(catalogue, ALICE, ENTRY, tid(1), entry_record("a", tags=["MRI, 3 T"], license="CC-BY-4.0"))
    put(catalogue, ALICE, ENTRY, tid(2), entry_record("b", tags=["mri"], license="CC0-1.0"))
    put(catalogue, BOB, ENTRY, tid(3), entry_record("c", tags=["%"], license="MIT"))
    assert names(atmosphere.search(tags=["mri"])) == ["b"]
    assert names(atmosphere.search(tags=["mri, 3 t"])) == ["a"]
    assert names(atmosphere.search(tags=["%"])) == ["c"]
    assert names(atmosphere.search(license="cc-by-4.0")) == ["a"]
    assert set(names(atmosphere.search(license="CC*"))) == {"a", "b"}
    assert atmosphere.search(license="CC-BY") == []


def test_fields_are_found_by_pattern(atmosphere: Atmosphere, catalogue: Catalogue) -> None:
    put(catalogue, ALICE, SCHEMA, "org.example.photo:1.0.0", schema_record(PHOTO))
    put(catalogue, BOB, SCHEMA, "org.example.clip:1.0.0", schema_record(AUDIO))
    put(
        catalogue,
        BOB,
        ENTRY,
        tid(1),
        entry_record("pictures", PHOTO_URI, schema_cid=record_cid(schema_record(PHOTO))),
    )
    clip = schema_record(AUDIO)
    put(
        catalogue,
        BOB,
        ENTRY,
        tid(2),
        entry_record(
            "sounds", uri_of(BOB, SCHEMA, "org.example.clip:1.0.0"), schema_cid=record_cid(clip)
        ),
    )
    assert names(atmosphere.search(has_field="image: uint8[H, W, 3]")) == ["pictures"]
    assert names(atmosphere.search(has_field="*: float32[*]")) == ["sounds"]
    assert names(atmosphere.search("sounds", has_field="image")) == []
    assert set(names(atmosphere.search(has_field="*"))) == {"pictures", "sounds"}
    assert names(atmosphere.search("wave")) == ["sounds"]  # names of fields are words too
    (found,) = atmosphere.search("pictures")
    assert (found.schema, found.samples, found.bytes) == ("org.example.photo", 100, 20480)


def test_the_type_of_an_entry_may_come_later_and_go(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    record = schema_record(PHOTO)
    put(
        catalogue,
        BOB,
        ENTRY,
        tid(1),
        entry_record("pictures", PHOTO_URI, schema_cid=record_cid(record)),
    )
    assert atmosphere.search(has_field="image") == []
    put(catalogue, ALICE, SCHEMA, "org.example.photo:1.0.0", record)
    assert names(atmosphere.search(has_field="image")) == ["pictures"]
    catalogue.change(lambda db: remove_record(db, ALICE, SCHEMA, "org.example.photo:1.0.0"))
    assert atmosphere.search(has_field="image") == []
    assert [item.schema for item in atmosphere.search("pictures")] == [None]


def test_a_type_that_was_exchanged_under_its_pin_is_none(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    put(
        catalogue,
        BOB,
        ENTRY,
        tid(1),
        entry_record("pictures", PHOTO_URI, schema_cid=record_cid(schema_record(PHOTO))),
    )
    other = a_schema("org.example.photo", image=array("float32", "N"))
    put(catalogue, ALICE, SCHEMA, "org.example.photo:1.0.0", schema_record(other))
    assert [item.schema for item in atmosphere.search("pictures")] == [None]


def test_of_several_versions_the_highest_is_shown(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    for number, version in enumerate(["1.9.0", "1.10.0", "2.0.0-rc.1", "1.2.0"]):
        put(catalogue, ALICE, ENTRY, tid(number), entry_record("scans", version=version))
    put(catalogue, BOB, ENTRY, tid(9), entry_record("scans", version="0.1.0"))
    assert {(item.did, item.version) for item in atmosphere.search("scans")} == {
        (ALICE, "1.10.0"),
        (BOB, "0.1.0"),
    }
    assert len(atmosphere.search("scans", versions=True)) == 5
    catalogue.change(lambda db: remove_record(db, ALICE, ENTRY, tid(1)))
    assert {item.version for item in atmosphere.search("scans")} == {"1.9.0", "0.1.0"}


def test_what_was_made_from_a_dataset_is_found_over_several_steps(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    root = put(catalogue, ALICE, ENTRY, tid(1), entry_record("root"))
    one = put(catalogue, BOB, ENTRY, tid(2), entry_record("one", sources=[root]))
    two = put(catalogue, ALICE, ENTRY, tid(3), entry_record("two", sources=[one, root]))
    put(catalogue, BOB, ENTRY, tid(4), entry_record("three", sources=[two]))
    put(catalogue, BOB, ENTRY, tid(5), entry_record("apart"))
    assert set(names(atmosphere.derived_from(root, depth=1))) == {"one", "two"}
    assert names(atmosphere.derived_from(root))[-1] == "three"
    assert len(atmosphere.derived_from(root)) == 3
    (found,) = atmosphere.search("root")
    assert len(atmosphere.derived_from(found)) == 3
    assert atmosphere.derived_from(uri_of(BOB, ENTRY, tid(4))) == []


def test_datasets_that_name_each_other_as_sources_come_to_an_end(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    a, b = uri_of(ALICE, ENTRY, tid(1)), uri_of(ALICE, ENTRY, tid(2))
    put(catalogue, ALICE, ENTRY, tid(1), entry_record("a", sources=[b]))
    put(catalogue, ALICE, ENTRY, tid(2), entry_record("b", sources=[a, b]))
    assert names(atmosphere.derived_from(a)) == ["b"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"limit": 0}, "limit is a number"),
        ({"limit": True}, "limit is a number"),
        ({"limit": 10**9}, "limit is a number"),
        ({"text": 7}, "by a text"),
        ({"text": "a " * 5 + " ".join(f"w{n}" for n in range(40))}, "more than are looked for"),
        ({"tags": [7]}, "a text is wanted"),
        ({"schema": "no nsid"}, "is no NSID"),
        ({"schema": 7}, "that has no schema"),
        ({"schema": int}, "that has no schema"),
        ({"has_field": "x: wibble"}, "is no type"),
    ],
)
def test_what_cannot_be_understood_is_refused(
    atmosphere: Atmosphere, wanted: dict[str, object], message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        atmosphere.search(**wanted)  # type: ignore[arg-type]  # what is wrong is the point


@pytest.mark.parametrize("dataset", ["scans", "at://x", uri_of(ALICE, LABEL, tid(1)), 7, "@alice"])
def test_what_is_no_dataset_has_no_derivations(atmosphere: Atmosphere, dataset: object) -> None:
    with pytest.raises(QueryError):
        atmosphere.derived_from(dataset)  # type: ignore[arg-type]


def test_a_found_dataset_says_little_and_nothing_that_a_terminal_obeys(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    put(catalogue, ALICE, ENTRY, tid(1), entry_record("scans", samples=12345), handle="alice.test")
    (found,) = atmosphere.search("scans")
    assert repr(found) == "<'scans'@1.0.0, by @alice.test, 12,345 samples>"
    assert (found.level, found.source, found.handle) == ("unverified", "list test", "alice.test")


def test_labels_are_those_of_the_owner(atmosphere: Atmosphere, catalogue: Catalogue) -> None:
    entry = put(catalogue, ALICE, ENTRY, tid(1), entry_record("scans"))
    put(catalogue, ALICE, LABEL, tid(2), label_record("best", entry))
    put(catalogue, ALICE, LABEL, tid(3), label_record("scans", entry, "1.0.0"))
    put(catalogue, BOB, LABEL, tid(4), label_record("worst", entry))
    (found,) = atmosphere.search("scans")
    assert found.labels == ("best",)


def test_a_name_of_control_characters_is_no_name(catalogue: Catalogue) -> None:
    with pytest.raises(RecordError):
        put(catalogue, ALICE, ENTRY, tid(1), entry_record("a\x1b[2J"))
    with pytest.raises(RecordError):
        put(catalogue, ALICE, ENTRY, tid(1), entry_record("x" * 8192))


def test_a_dataset_of_the_future_is_of_now(atmosphere: Atmosphere, catalogue: Catalogue) -> None:
    put(catalogue, ALICE, ENTRY, tid(1), entry_record("first", created="9999-01-01T00:00:00Z"))
    put(catalogue, BOB, ENTRY, tid(2), entry_record("second", created="9999-01-01T00:00:00Z"))
    assert names(atmosphere.search()) == ["second", "first"]


def test_many_datasets_of_one_moment_are_all_there(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    for number in range(300):
        put(catalogue, ALICE, ENTRY, tid(number), entry_record(f"n{number}"))
    assert len(atmosphere.search(limit=1000)) == 300


def test_a_repository_is_forgotten_with_all_that_came_from_it(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    put(catalogue, ALICE, SCHEMA, "org.example.photo:1.0.0", schema_record(PHOTO))
    entry = put(catalogue, ALICE, ENTRY, tid(1), entry_record("scans"))
    put(catalogue, ALICE, LABEL, tid(2), label_record("scans", entry, "1.0.0"))
    put(catalogue, BOB, ENTRY, tid(3), entry_record("others"))
    assert catalogue.change(lambda db: forget_repository(db, ALICE)) == 3
    assert names(atmosphere.search()) == ["others"]


def test_a_catalogue_that_another_makes_meanwhile_is_not_of_another_program(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = threading.Thread(target=put, args=(catalogue, ALICE, ENTRY, tid(1), entry_record("a")))

    def asked(db: sqlite3.Connection, name: str) -> int:
        found = pragma(db, name)
        if not other.ident:
            other.start()
            other.join(0.5)  # through, unless it waits for us
        return found

    pragma: Callable[[sqlite3.Connection, str], int] = vars(layout)["_pragma"]
    monkeypatch.setattr(layout, "_pragma", asked)
    put(catalogue, ALICE, ENTRY, tid(2), entry_record("b"))
    other.join()
    assert catalogue.ask(lambda db: db.execute("SELECT count(*) FROM entries").fetchone()) == (2,)


def test_others_may_write_and_search_at_the_same_time(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    begin = threading.Barrier(8)

    def write(worker: int) -> int:
        begin.wait()
        for number in range(20):
            put(
                catalogue,
                ALICE,
                ENTRY,
                tid(100 * worker + number),
                entry_record(f"w{worker}n{number}"),
            )
            atmosphere.search("w1")
        return 20

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 160
    assert len(atmosphere.search(limit=1000)) == 160


PROCESS = """
import sys
from atdata.atmosphere.discovery.catalogue import Catalogue
from discovery_data import ALICE, ENTRY, entry_record, put, tid

start = int(sys.argv[1])
for number in range(start, start + 10):
    put(Catalogue(), ALICE, ENTRY, tid(number), entry_record(f"n{number}"))
"""


def test_processes_that_make_the_catalogue_at_once_share_it(
    atmosphere: Atmosphere, root: Path, source_env: dict[str, str]
) -> None:
    paths = os.pathsep.join((source_env["PYTHONPATH"], str(root / "tests")))
    env = {**source_env, "PYTHONPATH": paths, "ATDATA_HOME": os.environ["ATDATA_HOME"]}
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS, str(100 * number)], env=env)
        for number in range(6)
    ]
    assert [process.wait(120) for process in running] == [0] * 6
    assert len(atmosphere.search(limit=1000)) == 60
    mode = Catalogue().ask(lambda db: db.execute("PRAGMA journal_mode").fetchone())
    assert mode == ("wal",)


def test_a_catalogue_of_another_release_is_made_anew_or_left_alone(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    put(catalogue, ALICE, ENTRY, tid(1), entry_record("scans"))
    catalogue.change(lambda db: db.execute("PRAGMA user_version = 0"))
    assert atmosphere.search() == []
    put(catalogue, ALICE, ENTRY, tid(1), entry_record("scans"))
    assert len(atmosphere.search()) == 1
    catalogue.change(lambda db: db.execute("PRAGMA user_version = 99"))
    with pytest.raises(CatalogError, match="newer release"):
        atmosphere.search()


def test_a_file_of_another_program_is_left_alone(
    atmosphere: Atmosphere, user_folders: Path
) -> None:
    path = Catalogue().path
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (x)")
    db.close()
    with pytest.raises(CatalogError, match="another program"):
        atmosphere.search()
    path.write_bytes(b"no database" * 500)
    with pytest.raises(CatalogError, match="no SQLite database"):
        atmosphere.search()
