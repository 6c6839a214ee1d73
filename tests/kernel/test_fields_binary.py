"""Bytes, files, links, blobs and open maps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_schema.data import Link
from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.binary import AudioFile, Bytes, ImageFile, accepts, bytes_from_record
from atdata_schema.fields.field import Field
from atdata_schema.fields.links import Blob, BlobRef, CidLink, Open
from atdata_schema.media import Audio, Image
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

CID = "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua"
PNG = b"\x89PNG\r\n\x1a\n...."
BLOB = Blob(Link(CID), "image/png", 12)


def packed(field: Field[Any], value: object) -> bytes:
    out: list[Buffer] = []
    field.pack(value, out)
    return b"".join(out)


def unpacked(field: Field[Any], value: object) -> Any:
    return field.unpack(rows.unpack(b"\x81\xa1v" + packed(field, value))["v"])


@given(st.binary(max_size=100))
def test_bytes_are_bin32_and_survive(data: bytes) -> None:
    assert packed(Bytes(), data) == b"\xc6" + len(data).to_bytes(4, "big") + data
    assert unpacked(Bytes(), data) == data
    assert Bytes().from_record(Bytes().to_record(data)) == data
    assert packed(Bytes(), bytearray(data)) == packed(Bytes(), memoryview(data))


def test_bytes_in_a_record_are_base64_without_padding() -> None:
    assert Bytes().to_record(b"\xfb\xff") == {"$bytes": "+/8"}
    assert bytes_from_record({"$bytes": "+/8="}) == b"\xfb\xff"
    assert bytes_from_record(b"as they are") == b"as they are"


NO_BYTES: list[object] = [
    *(None, "text", {}, [1], {"$bytes": 5}, {"$bytes": "+/8", "more": 1}),
    *({"$bytes": text} for text in ("a b", "-_8", "\u00e9", "A")),
]


@pytest.mark.parametrize("value", NO_BYTES)
def test_what_spells_no_bytes_is_refused(value: object) -> None:
    with pytest.raises(DecodeError, match="expected bytes"):
        bytes_from_record(value)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (Bytes(), "text", "expected bytes, got str 'text'"),
        (Bytes(), 5, "expected bytes, got int 5"),
        (Bytes(max_length=1), b"ab", r"expected bytes\(maxLength 1\), got 2 bytes"),
        (Bytes(min_length=1), b"", r"expected bytes\(minLength 1\), got 0 bytes"),
        (ImageFile(), "x.png", "expected image as the bytes of a file, got str 'x.png'"),
        (ImageFile(("image/png",)), b"GIF89a", "got a file that starts as image/gif"),
        (ImageFile(("image/*",)), b"????", "starts as application/octet-stream"),
        (AudioFile(("audio/wav",)), PNG, "starts as image/png"),
        (CidLink(), CID, "expected cid-link, got str"),
        (BlobRef(), {"$type": "blob"}, "expected blob, got dict"),
        (BlobRef(max_size=11), BLOB, r"expected blob\(maxSize 11\), got 12 bytes"),
        (BlobRef(accept=("audio/*",)), BLOB, "got str 'image/png'"),
        (BlobRef(), Blob(Link(CID), "a/b", -1), "got size int -1"),
        (BlobRef(), Blob(Link(CID), "a/b", 1 << 63), "got size int"),
        (BlobRef(), Blob(Link(CID), "a/b", True), "got size bool True"),
        (BlobRef(), Blob(Link(CID), 5, 1), "got mime_type int 5"),  # type: ignore[arg-type]  # on purpose
        (BlobRef(), Blob(CID, "a/b", 1), "expected cid-link, got str"),  # type: ignore[arg-type]  # on purpose
        (Open(), [1], r"expected unknown, got list \[1\]"),
        (Open(), {"x": 1.5}, "1.5 is a float"),
        (Open(), {"x": object()}, "object has no place"),
        (Open(), {5: 1}, "a key is a text"),
        (Open(), {"x": "\ud800"}, "surrogate"),
        (Open(), {"$bytes": "AA"}, "reserved"),
        (Open(), {"x": 1 << 64}, "too large"),
    ],
)
def test_what_a_field_does_not_allow_is_refused(
    field: Field[Any], value: object, message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        packed(field, value)
    with pytest.raises(ValidationError, match=message):
        field.to_record(value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Bytes(), "text"),
        (ImageFile(), "text"),
        (CidLink(), "no cid"),
        (CidLink(), b"no text"),
        (BlobRef(), {}),
        (BlobRef(), {"$type": "blob", "ref": {"$link": CID}, "mimeType": "a/b", "size": -1}),
        (BlobRef(), {"$type": "blob", "ref": {"$link": CID}, "mimeType": "a/b", "size": True}),
        (BlobRef(), {"$type": "blob", "ref": {"$link": CID}, "mimeType": 5, "size": 1}),
        (BlobRef(), {"$type": "blob", "ref": CID, "mimeType": "a/b", "size": 1}),
        (BlobRef(), {"$type": "blob", "ref": {"$link": 5}, "mimeType": "a/b", "size": 1}),
        (Open(), [1]),
        (Open(), {"x": 1.5}),
        (Open(), {5: 1}),
    ],
)
def test_a_form_of_another_kind_is_refused_on_reading(field: Field[Any], value: object) -> None:
    with pytest.raises(DecodeError):
        field.unpack(value)


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [(ImageFile(), PNG, Image), (AudioFile(), b"fLaC....", Audio)],
)
def test_files_are_their_bytes(field: Field[Any], value: bytes, kind: type[Any]) -> None:
    back = unpacked(field, value)
    assert type(back) is kind
    assert back == value
    record: Any = field.to_record(value)
    assert record["mimeType"] == back.mime_type
    assert type(field.from_record(record)) is kind
    assert field.from_record(record) == value
    with pytest.raises(DecodeError, match="mimeType, data"):
        field.from_record({"mimeType": "a/b"})


def test_patterns_of_mime_types() -> None:
    assert accepts(("*/*",), "a/b")
    assert accepts(("x/y", "image/*"), "image/png")
    assert not accepts(("image/*",), "imagex/png")
    assert not accepts((), "image/png")


def test_links_and_blobs_survive() -> None:
    assert packed(CidLink(), Link(CID)) == rows.text(CID)
    assert unpacked(CidLink(), Link(CID)) == Link(CID)
    assert CidLink().to_record(Link(CID)) == {"$link": CID}
    assert CidLink().from_record({"$link": CID}) == CidLink().from_record(Link(CID)) == Link(CID)
    assert unpacked(BlobRef(), BLOB) == BLOB
    assert BlobRef().from_record(BlobRef().to_record(BLOB)) == BLOB


def test_a_blob_on_the_wire_is_the_map_of_its_record() -> None:
    row = rows.unpack(packed(BlobRef(), BLOB))
    assert list(row) == ["$type", "ref", "mimeType", "size"]
    assert row == BlobRef().to_record(BLOB)


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.just(Link(CID))
)
MAPS = st.dictionaries(
    st.text(max_size=4).filter(lambda key: not key.startswith("$")),
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "bb", "c"]), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@given(MAPS)
def test_open_maps_survive_both_forms(value: dict[str, Any]) -> None:
    """Integers of 64 bits too: the limits of records bind records alone."""
    assert unpacked(Open(), value) == value
    assert Open().from_record(Open().to_record(value)) == value
    assert packed(Open(), dict(reversed(value.items()))) == packed(Open(), value)
