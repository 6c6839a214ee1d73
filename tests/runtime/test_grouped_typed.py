"""Shards of other WebDataset writers read as a class: a field is the member that has its name for extension."""

from __future__ import annotations

import gzip
import json
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata
from foreign_archives import Member, npy, write_archive


@atdata.packable
class Photo:
    jpg: atdata.Image
    cls: int
    seg_npy: NDArray[np.int32]
    caption: str
    weight: float = 1.0
    taken: datetime | None = None


def photo(n: int) -> list[Member]:
    return [
        (f"a/{n}.jpg", b"\xff\xd8\xff" + bytes([n])),
        (f"a/{n}.cls", str(n).encode()),
        (f"a/{n}.seg.npy", npy(np.full((2, 2), n, np.int32))),
        (f"a/{n}.caption", f"photo {n} ü".encode()),
        (f"a/{n}.weight", b"0.5"),
        (f"a/{n}.meta.json", json.dumps({"n": n}).encode()),
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "d.tar", [member for n in range(6) for member in photo(n)])


def test_fields_are_members(path: Path) -> None:
    ds = atdata.load_dataset(path, Photo, split="train")
    sample = ds[3]
    assert isinstance(sample, Photo)
    assert (sample.cls, sample.caption, sample.weight, sample.taken) == (3, "photo 3 ü", 0.5, None)
    assert sample.seg_npy.tolist() == [[3, 3], [3, 3]]
    assert sample.jpg.mime_type == "image/jpeg"
    assert [s.cls for s in ds] == list(range(6))
    batches = list(ds.ordered(batch_size=4))
    assert batches[0].seg_npy.shape == (4, 2, 2)
    assert batches[1].caption == ["photo 4 ü", "photo 5 ü"]
    assert sorted(n for batch in ds.shuffled(batch_size=4) for n in batch.cls) == list(range(6))
    assert [s.cls for s in pickle.loads(pickle.dumps(ds))] == list(range(6))
    photo_type: Any = Photo
    assert photo_type.decode(photo_type.encode(sample)) == sample


def test_members_that_no_field_declares_are_kept_where_asked(path: Path) -> None:
    plain = atdata.load_dataset(path, Photo, split="train")
    kept: Any = atdata.load_dataset(path, Photo, split="train", extra=True)
    assert kept[2].extra == {"meta.json": {"n": 2}}
    assert [sample.extra["meta.json"]["n"] for sample in kept] == list(range(6))
    assert plain[2] == kept[2]
    samples: list[Any] = next(iter(kept.ordered(batch_size=3))).samples()
    assert [sample.extra["meta.json"]["n"] for sample in samples] == [0, 1, 2]


def test_packed_members_are_unpacked(tmp_path: Path) -> None:
    @atdata.packable
    class Packed:
        txt: str

    path = write_archive(tmp_path / "d.tar", [("1.txt.gz", gzip.compress(b"text")), ("1.b", b"")])
    with pytest.raises(atdata.DecodeError, match=r"txt: required and not there; the keys are none"):
        atdata.load_dataset(path, Packed, split="train")[0]

    @atdata.packable
    class Named:
        txt_gz: str

    assert atdata.load_dataset(path, Named, split="train")[0].txt_gz == "text"


def test_former_names_of_fields_are_read(tmp_path: Path) -> None:
    from atdata.samples import sample_class
    from atdata_schema.schema import Schema

    image = {"type": "bytes", "x-atdata": {"aliases": ["jpg", "JPEG"]}}
    main = {"type": "object", "required": ["image"], "properties": {"image": image}}
    document = {"lexicon": 1, "id": "org.example.photo", "defs": {"main": main}}
    cls: Any = sample_class(Schema("org.example.photo", {"org.example.photo": document}))
    for extension in ("jpg", "jpeg", "JPEG", "image"):
        path = write_archive(
            tmp_path / f"{extension}.tar", [(f"1.{extension}", b"x"), ("1.b", b"")]
        )
        assert atdata.load_dataset(path, cls, split="train")[0].image == b"x"
    path = write_archive(tmp_path / "two.tar", [("1.jpg", b"x"), ("1.image", b"y")])
    with pytest.raises(atdata.DecodeError, match="image: two members are this field"):
        atdata.load_dataset(path, cls, split="train")[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"caption": None}, r"caption: required and not there; the keys are 'jpg', 'cls'"),
        ({"cls": b"cat"}, r"cls: no cls that can be read"),
        ({"caption": b"\xff"}, r"caption: no text that is string"),
        ({"weight": b"heavy"}, r"weight: no text that is float64"),
        ({"seg.npy": b"no array"}, r"seg_npy: neither an \.npy file"),
        ({"seg.npy": npy(np.zeros((2, 2)))}, r"seg_npy: expected int32"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    members = {name.split(".", 1)[1]: data for name, data in photo(1)} | change
    found = [(f"a/1.{ext}", data) for ext, data in members.items() if data is not None]
    path = write_archive(tmp_path / "d.tar", [*photo(0), *found])
    ds = atdata.load_dataset(path, Photo, split="train")
    assert ds[0].cls == 0
    for read in (lambda: ds[1], lambda: list(ds), lambda: list(ds.ordered(batch_size=2))):
        with pytest.raises((atdata.DecodeError, atdata.ValidationError), match=message) as caught:
            read()
        assert "key 'a/1'" in str(caught.value)
        assert "d.tar" in str(caught.value)


def test_instants_are_texts(tmp_path: Path) -> None:
    taken = b"2024-05-06T07:08:09.000Z"
    path = write_archive(tmp_path / "d.tar", [*photo(0), ("a/0.taken", taken)])
    sample = atdata.load_dataset(path, Photo, split="train")[0]
    assert sample.taken == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_a_view_of_columns_is_typed_too(path: Path) -> None:
    ds = atdata.load_dataset(path, Photo, split="train")
    view = ds.select_columns(["cls", "caption"])
    assert [sample.cls for sample in view] == list(range(6))
    assert next(iter(view.ordered(batch_size=2))).caption == ["photo 0 ü", "photo 1 ü"]
    untyped = ds.as_type(atdata.DictSample)
    assert untyped[1]["meta.json"] == {"n": 1}
    assert untyped.as_type(Photo)[1] == ds[1]
