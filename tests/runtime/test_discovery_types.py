"""Datasets by type: of the very type, of types that a class reads, and of those that a lens leads from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.atmosphere import Atmosphere, Settings
from atdata.atmosphere.discovery import lens_edges, type_matches
from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.discovery.filing import remove_record
from atdata.atmosphere.records.collections import ENTRY, LENS, SCHEMA, record_cid
from atdata.errors import CatalogueWarning
from atdata_schema.compare import compare
from atdata_schema.lenses import compile_text, to_record
from atdata_schema.schema import Schema
from discovery_data import (
    ALICE,
    BOB,
    CREATED,
    a_schema,
    array,
    entry_record,
    put,
    schema_record,
    tid,
    uri_of,
)

TEXT = {"type": "string"}
PHOTO = a_schema("org.example.photo", image=array("uint8", "H", "W", 3), label=TEXT)
"""Mine."""
FIXED = a_schema("org.example.fixed", image=array("uint8", 8, 8, 3), label=TEXT, more=TEXT)
"""My class reads it: its sizes are fixed, and it has a field more."""
WIDE = a_schema("org.example.wide", image=array("uint8", "H", "W", 4), label=TEXT)
"""My class does not: four channels."""
LESS = a_schema("org.example.less", image=array("uint8", "H", "W", 3))
"""My class does not: it has no label. Its class reads mine."""
PLANES = a_schema("org.example.planes", planes=array("uint8", 3, "H", "W"), title=TEXT)
"""A lens leads from it."""
TO_PHOTO = """
lens planes_to_photo from org.example.planes to org.example.photo {
  planes | rearrange[c h w -> h w c] <-> image;
  title <-> label;
}
"""


@pytest.fixture
def atmosphere(user_folders: Path) -> Atmosphere:
    return Atmosphere(settings=Settings(directory="http://localhost:1", relays=(), local=True))


@pytest.fixture
def catalogue(user_folders: Path) -> Catalogue:
    catalogue = Catalogue()
    for number, schema in enumerate((PLANES, LESS, WIDE, FIXED, PHOTO)):
        publish(catalogue, schema, number)
    return catalogue


def publish(catalogue: Catalogue, schema: Schema, number: int, did: str = ALICE) -> None:
    """A type, and a dataset of it that has its name."""
    record = schema_record(schema)
    uri = put(catalogue, did, SCHEMA, f"{schema.id}:1.0.0", record)
    entry = entry_record(schema.id.rpartition(".")[2], uri, schema_cid=record_cid(record))
    put(catalogue, did, ENTRY, tid(number), entry)


def lens_record(
    text: str = TO_PHOTO, source: Schema = PLANES, view: Schema = PHOTO
) -> dict[str, Any]:
    (lens,) = compile_text(text, {each.id: each for each in (source, view)})
    return to_record(lens.program, claims=lens.claims, created_at=CREATED)


def how(found: list[Any]) -> list[tuple[str, str]]:
    return [(item.name, item.how) for item in found]


def test_the_very_type_comes_before_those_that_its_class_reads(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    assert how(atmosphere.search(schema=PHOTO)) == [("photo", "exact"), ("fixed", "compatible")]
    # In the other direction it is otherwise: what reads less is read by more.
    assert how(atmosphere.search(schema=LESS)) == [
        ("less", "exact"),
        ("photo", "compatible"),
        ("fixed", "compatible"),
    ]
    assert how(atmosphere.search(schema="org.example.photo")) == how(
        atmosphere.search(schema=PHOTO)
    )
    assert how(atmosphere.search("fixed", schema=PHOTO)) == [("fixed", "compatible")]
    assert how(atmosphere.search(schema=PHOTO, limit=1)) == [("photo", "exact")]
    assert atmosphere.search(schema="org.example.nothing") == []


def test_a_sample_class_is_a_type(atmosphere: Atmosphere, catalogue: Catalogue) -> None:
    @atdata.packable(nsid="org.example.labelled")
    class Labelled:
        label: str

    found = atmosphere.search(schema=Labelled)
    assert {(item.name, item.how) for item in found} == {
        ("photo", "compatible"),
        ("fixed", "compatible"),
        ("wide", "compatible"),
    }


def test_what_is_new_is_compared_once(
    atmosphere: Atmosphere, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 0

    def counted(*models: Any) -> Any:
        nonlocal count
        count += 1
        return compare(*models)

    monkeypatch.setattr(type_matches, "compare", counted)
    first = how(atmosphere.search(schema=PHOTO))
    assert 0 < count <= 3  # types without an image and a label are not looked at
    count = 0
    assert how(atmosphere.search(schema=PHOTO)) == first
    assert count == 0
    later = a_schema("org.example.later", image=array("uint8", 4, 4, 3), label=TEXT)
    publish(catalogue, later, 20)
    assert set(how(atmosphere.search(schema=PHOTO))[1:]) == {
        ("later", "compatible"),
        ("fixed", "compatible"),
    }
    assert count == 1


def test_more_types_than_are_compared_at_once_are_told(
    atmosphere: Atmosphere, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type_matches, "MOST_COMPARED", 1)
    for _ in range(2):
        with pytest.warns(CatalogueWarning, match="by the next search"):
            atmosphere.search(schema=PHOTO)
    assert how(atmosphere.search(schema=PHOTO)) == [("photo", "exact"), ("fixed", "compatible")]


def test_a_type_whose_fields_are_all_optional_needs_one_of_them(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    loose = a_schema("org.example.loose", required=(), title=TEXT, other=TEXT)
    assert how(atmosphere.search(schema=loose)) == [("planes", "compatible")]


def test_a_field_may_have_had_another_name(atmosphere: Atmosphere, catalogue: Catalogue) -> None:
    renamed = a_schema(
        "org.example.renamed",
        caption={"type": "string", "x-atdata": {"aliases": ["title"]}},
    )
    assert how(atmosphere.search(schema=renamed)) == [("planes", "compatible")]


def test_a_published_lens_leads_to_my_type(atmosphere: Atmosphere, catalogue: Catalogue) -> None:
    uri = put(catalogue, BOB, LENS, tid(30), lens_record())
    found = atmosphere.search(schema=PHOTO)
    assert how(found) == [("photo", "exact"), ("fixed", "compatible"), ("planes", "lens")]
    assert found[-1].lens == uri
    assert "lens at://" in repr(found[-1])
    # It creates as well, so it leads back.
    assert ("photo", "lens") in how(atmosphere.search(schema=PLANES))
    catalogue.change(lambda db: remove_record(db, BOB, LENS, tid(30)))
    assert ("planes", "lens") not in how(atmosphere.search(schema=PHOTO))


def test_a_lens_that_does_not_hold_leads_nowhere(
    atmosphere: Atmosphere, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    lies = lens_record()
    lies["source"] = {"id": WIDE.id, "cid": WIDE.cid}
    put(catalogue, BOB, LENS, tid(30), lies)
    claims = lens_record()
    claims["claims"] = {**claims["claims"], "kind": "getter"}
    put(catalogue, BOB, LENS, tid(31), claims)
    expected = [("photo", "exact"), ("fixed", "compatible")]
    assert how(atmosphere.search(schema=PHOTO)) == expected
    # That was found out, and is kept.
    monkeypatch.setattr(lens_edges, "check_record", None)
    assert how(atmosphere.search(schema=PHOTO)) == expected


def test_very_many_lenses_are_checked_some_at_a_time(
    atmosphere: Atmosphere, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lens_edges, "MOST_CHECKED", 1)
    wrong = lens_record()
    wrong["source"] = {"id": WIDE.id, "cid": WIDE.cid}
    put(catalogue, BOB, LENS, tid(30), wrong)
    put(catalogue, ALICE, LENS, tid(31), lens_record())
    with pytest.warns(CatalogueWarning, match="by the next search"):
        assert ("planes", "lens") not in how(atmosphere.search(schema=PHOTO))
    assert ("planes", "lens") in how(atmosphere.search(schema=PHOTO))


def test_lenses_of_an_index_and_given_ones_lead_to_my_type(
    atmosphere: Atmosphere, catalogue: Catalogue, tmp_path: Path
) -> None:
    (lens,) = compile_text(TO_PHOTO, {each.id: each for each in (PLANES, PHOTO)})
    found = atmosphere.search(schema=PHOTO, lenses=[lens])
    assert how(found)[-1] == ("planes", "lens")
    assert found[-1].lens == "planes_to_photo"
    index = atdata.Index(tmp_path / "index.db", tmp_path / "data")
    index.store_lens(lens)
    assert how(atmosphere.search(schema=PHOTO, lenses=index)) == how(found)


def test_who_uses_a_type_says_only_that_very_type(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    publish(catalogue, PHOTO, 40, BOB)
    assert {(item.name, item.did) for item in atmosphere.who_uses(PHOTO)} == {
        ("photo", ALICE),
        ("photo", BOB),
    }
    assert len(atmosphere.who_uses("org.example.photo")) == 2
    uri = uri_of(ALICE, SCHEMA, "org.example.photo:1.0.0")
    assert len(atmosphere.who_uses(uri)) == 2
    assert atmosphere.who_uses(uri_of(ALICE, SCHEMA, "org.example.none:1.0.0")) == []


def test_a_name_that_strangers_use_for_another_type_does_not_hide_mine(
    atmosphere: Atmosphere, catalogue: Catalogue
) -> None:
    squatted = a_schema("org.example.photo", other=TEXT)
    publish(catalogue, squatted, 50, BOB)
    assert how(atmosphere.search(schema=PHOTO))[0] == ("photo", "exact")
    assert {item.did for item in atmosphere.who_uses(PHOTO)} == {ALICE}
    assert {item.did for item in atmosphere.who_uses("org.example.photo")} == {ALICE, BOB}
