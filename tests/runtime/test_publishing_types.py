"""Types and lenses on the network: names for classes that have none, and lenses with the records of their types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata
from atdata.atmosphere import Atmosphere
from atdata.atmosphere.publishing.local_types import public_schema
from atdata.errors import PublishError
from atdata_schema.compare import differences
from atdata_schema.schema import Schema
from publishing_data import LENS, SCHEMA, commits, index_of, listed, record_at
from servers.pds import Account, AtmosphereOf, PdsServer


@atdata.packable
class Box:
    x: int
    y: int


@atdata.packable
class Photo:
    """A photograph, with what is on it."""

    image: NDArray[np.uint8]
    boxes: list[Box]
    best: Box | None


@atdata.packable
class Circle:
    r: int


@atdata.packable
class Shape:
    outline: Box | Circle


@atdata.packable(nsid="org.example.publishing.colour")
class Colour:
    red: int
    name: str


@atdata.packable(nsid="org.example.publishing.grey")
class Grey:
    level: int
    name: str


LENS_TEXT = """
lens grey
from org.example.publishing.colour
to org.example.publishing.grey
{
  red <-> level;
  auto;
}
"""


def schema_of(cls: type[Any]) -> Schema:
    found: Schema = getattr(cls, "SCHEMA")  # noqa: B009  # the decorator makes it
    return found


def test_a_class_without_a_name_is_called_below_the_handle() -> None:
    schema = public_schema(schema_of(Photo), "lab.example.org")
    assert schema.id == "org.example.lab.photo"
    assert set(schema.documents) == {
        "dev.atdata.types",
        "org.example.lab.photo",
        "org.example.lab.box",
    }
    assert "local." not in str(schema.documents)
    assert schema.model.id == "org.example.lab.photo"
    assert differences(schema_of(Photo).model, schema.model) == []


def test_it_may_be_called_as_its_author_likes() -> None:
    schema = public_schema(schema_of(Photo), "lab.example.org", "net.example.images.snapshot")
    assert set(schema.documents) == {
        "dev.atdata.types",
        "net.example.images.snapshot",
        "net.example.images.box",
    }


def test_a_type_that_has_a_name_keeps_it() -> None:
    schema = schema_of(Colour)
    assert public_schema(schema, "lab.example.org") is schema
    assert public_schema(schema, None, schema.id) is schema
    with pytest.raises(PublishError, match="has a name of its own"):
        public_schema(schema, "lab.example.org", "net.example.other")


def test_a_name_that_stands_in_the_samples_is_not_changed() -> None:
    with pytest.raises(PublishError, match="member of a union.*@packable"):
        public_schema(schema_of(Shape), "lab.example.org")


@pytest.mark.parametrize(
    "nsid", ["photo", "net.example.images.two-words", "net.example.images.1st"]
)
def test_a_name_that_cannot_be_one(nsid: str) -> None:
    with pytest.raises(PublishError, match="is a name of this machine"):
        public_schema(schema_of(Photo), "lab.example.org", nsid)


def test_without_a_handle_there_is_no_name() -> None:
    with pytest.raises(PublishError, match="no handle to take one from"):
        public_schema(schema_of(Photo), None)


def test_the_samples_of_a_class_without_a_name_are_published_as_they_are(
    pds: PdsServer, atmosphere_of: AtmosphereOf, tmp_path: Path
) -> None:
    alice = pds.account("alice")
    index = index_of(tmp_path, atmosphere_of(alice))
    entry = index.write(
        [Photo(image=np.zeros(3, np.uint8), boxes=[Box(x=1, y=2)], best=None)], name="photos"
    )
    plan = index.promote_entry("photos", dry_run=True)
    assert "Its type, local.packable.photo on this machine, is called test." in str(plan)
    record = record_at(pds, index.promote_entry("photos"))
    ((uri, schema),) = listed(pds, alice, SCHEMA).items()
    name = ".".join(reversed(alice.handle.split(".")))
    assert uri.endswith(f"/{name}.photo:1.0.0")
    assert schema["lexicon"]["id"] == f"{name}.photo"
    assert record["storage"]["blobs"][0]["checksum"]["digest"] == entry.splits["train"][0].sha256


# Lenses.


@pytest.fixture
def alice(any_pds: PdsServer) -> Account:
    return any_pds.account("alice")


@pytest.fixture
def session(alice: Account, atmosphere_of: AtmosphereOf) -> Atmosphere:
    return atmosphere_of(alice)


def grey(tmp_path: Path) -> Any:
    index = index_of(tmp_path)
    index.store_lens(LENS_TEXT, types=[Colour, Grey])
    return index.lens("grey")


def test_a_lens_with_its_types(
    any_pds: PdsServer, alice: Account, session: Atmosphere, tmp_path: Path
) -> None:
    lens = grey(tmp_path)
    uri = session.publish_lens(lens)
    record = record_at(any_pds, uri)
    types = listed(any_pds, alice, SCHEMA)
    assert {record[end]["uri"] for end in ("source", "view")} == set(types)
    assert {record[end]["cid"] for end in ("source", "view")} == {
        t["lexicon"]["cid"] for t in types.values()
    }
    assert record["lang"] == "dlens/1"
    before = commits(any_pds, alice)
    assert session.publish_lens(lens) == uri
    assert commits(any_pds, alice) == before
    session.unpublish(uri)
    assert listed(any_pds, alice, LENS) == {}


def test_a_lens_of_a_type_that_another_has_published(
    any_pds: PdsServer,
    alice: Account,
    session: Atmosphere,
    atmosphere_of: AtmosphereOf,
    tmp_path: Path,
) -> None:
    bob = any_pds.account("bob")
    theirs = atmosphere_of(bob).publish_schema(Colour)
    # Who has been looked up before knows no account that came since.
    session = atmosphere_of(alice)
    record = record_at(any_pds, session.publish_lens(grey(tmp_path), types=[theirs]))
    assert record["source"]["uri"] == theirs
    assert list(listed(any_pds, alice, SCHEMA)) == [record["view"]["uri"]]


def test_code_is_no_lens_to_be_published(session: Atmosphere) -> None:
    @atdata.lens
    def brighter(source: Colour) -> Grey:
        return Grey(level=source.red, name=source.name)

    with pytest.raises(PublishError, match="code is never published"):
        session.publish_lens(brighter)  # type: ignore[arg-type]  # what is refused here
