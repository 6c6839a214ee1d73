"""What is found is loaded, proved: as its own type, as one that reads it, and through a lens that somebody else published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata
from atdata import Shape
from atdata.atmosphere import Atmosphere
from servers.authors import Author
from servers.pds import AtmosphereOf
from servers.relay import Relay


@atdata.packable(nsid="org.example.found.planes")
class Planes:
    planes: Annotated[NDArray[np.uint8], Shape(3, "H", "W")]
    title: str


@atdata.packable(nsid="org.example.found.photo")
class Photo:
    image: Annotated[NDArray[np.uint8], Shape("H", "W", 3)]
    label: str


@atdata.packable(nsid="org.example.found.title")
class Titled:
    title: str


TO_PHOTO = """
lens planes_to_photo from org.example.found.planes to org.example.found.photo {
  planes | rearrange[c h w -> h w c] <-> image;
  title <-> label;
}
"""


@pytest.fixture
def published(tmp_path: Path, alice: Author, atmosphere_of: AtmosphereOf) -> str:
    """A dataset of planes, as blobs on the server of its owner."""
    samples = [Planes(np.full((3, 4, 5), n, np.uint8), f"n{n}") for n in range(6)]
    data = atdata.write_samples(samples, tmp_path / "planes.tar")
    return atmosphere_of(alice.account).promote_dataset(data, name="found-planes", yes=True)


def reader_of(relay: Relay, *accounts: Author) -> Atmosphere:
    reader = Atmosphere(settings=relay.settings())
    done = reader.refresh([account.did for account in accounts])
    assert done.faults == []
    return reader


def only(found: list[Any]) -> Any:
    (item,) = found
    return item


def test_as_its_own_type(published: str, alice: Author, relay: Relay) -> None:
    found = only(reader_of(relay, alice).search(schema=Planes, by=alice.did))
    assert (found.uri, found.how, found.samples) == (published, "exact", 6)
    assert [sample.title for sample in found.load(Planes, split="train")] == [
        f"n{n}" for n in range(6)
    ]
    assert found.load(split="train")[2].planes.shape == (3, 4, 5)


def test_as_a_type_that_reads_it(published: str, alice: Author, relay: Relay) -> None:
    found = only(reader_of(relay, alice).search(schema=Titled, by=alice.did))
    assert (found.uri, found.how) == (published, "compatible")
    assert found.load(Titled, split="train")[3] == Titled("n3")


def test_through_a_lens_that_somebody_else_published(
    published: str,
    alice: Author,
    bob: Author,
    relay: Relay,
    atmosphere_of: AtmosphereOf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert reader_of(relay, alice).search(schema=Photo, by=alice.did) == []
    lens = atdata.load_lens(TO_PHOTO, Planes, Photo)
    uri = atmosphere_of(bob.account).publish_lens(lens)
    found = only(reader_of(relay, alice, bob).search(schema=Photo, by=alice.did))
    assert (found.uri, found.how, found.lens) == (published, "lens", uri)
    photos = found.load(Photo, split="train")
    assert photos[1].image.shape == (4, 5, 3)
    assert photos[5].label == "n5"
    # The record of the lens is gone now. Where it was proved before it is known still, and nowhere else.
    bob.delete(uri)
    assert found.load(Photo, split="train")[0].label == "n0"
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "another"))
    with pytest.raises(atdata.LoadError):
        found.load(Photo, split="train")


def test_through_a_lens_of_my_own(published: str, alice: Author, relay: Relay) -> None:
    lens = atdata.load_lens(TO_PHOTO, Planes, Photo)
    found = only(reader_of(relay, alice).search(schema=Photo, lenses=[lens], by=alice.did))
    assert (found.how, found.lens) == ("lens", "planes_to_photo")
    assert found.load(Photo, split="train")[4].label == "n4"


def test_a_record_that_is_gone_is_not_loaded(published: str, alice: Author, relay: Relay) -> None:
    found = only(reader_of(relay, alice).search("found planes", by=alice.did))
    alice.delete(published)
    with pytest.raises(atdata.LoadError):
        found.load(split="train")
