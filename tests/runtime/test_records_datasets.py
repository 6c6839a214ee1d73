"""Records of datasets: those of every writer are read, and ours lead back to what they were made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.atmosphere.records.dataset import (
    DatasetSize,
    PublishedDataset,
    dataset_from_record,
    dataset_to_record,
    needs_shard_list,
    shard_list_from_bytes,
    shard_list_to_bytes,
)
from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.schema import schema_from_record
from atdata.atmosphere.records.shards import BlobPlace, HttpPlace, PublishedShard, S3Place
from atdata.errors import RecordError
from atdata_schema.data import Link, as_value, cid_of_bytes
from record_data import (
    CREATED,
    DID,
    SCHEMA_REF,
    WHERE,
    blob,
    changed,
    dataset,
    http,
    record,
    s3,
    shard,
)

SCHEMA_URI = f"at://{DID}/science.alt.dataset.schema/3kabc2defgh2a"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
CID = "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"


def test_blobs_of_the_earlier_release() -> None:
    """The digest is the one that the CID holds, with a checksum beside it or not."""
    found = dataset_from_record(record("entry.release"), WHERE)
    place = BlobPlace(CID, 10_240, "application/x-tar")
    digest = Link(CID).binary[4:].hex()
    assert found == PublishedDataset(
        name="mnist",
        schema_uri=SCHEMA_URI,
        splits={"train": (PublishedShard(place, digest, 10_240),)},
        created="2026-02-26T00:00:00+00:00",
        description="Digits.",
        license="MIT",
        tags=("digits",),
        metadata={"split": "train"},
        size=DatasetSize(1, None, 10_240),
    )
    bare = changed(record("entry.release"), "storage", "blobs", 0, "checksum")
    assert dataset_from_record(bare, WHERE) == found


def test_web_addresses_of_the_earlier_release() -> None:
    found = dataset_from_record(record("entry.release-http"), WHERE)
    urls = [f"https://example.org/mnist-00000{number}.tar" for number in (0, 1)]
    assert found.splits == {"train": tuple(PublishedShard(HttpPlace(url)) for url in urls)}
    assert (found.schema, found.version, found.size) == (None, None, DatasetSize(2))


def test_objects_of_the_earlier_release() -> None:
    found = dataset_from_record(record("entry.release-s3"), WHERE)
    place = S3Place("data", "mnist/mnist-000000.tar", "https://s3.example.org", "eu-central-1")
    assert found.splits == {"train": (PublishedShard(place, DIGEST),)}
    assert found.name == "MNIST, as we have it"


def test_what_the_earlier_release_made_itself() -> None:
    """A type and a dataset, by its own code; see `tests/data/records/README.md`."""
    found = dataset_from_record(record("release/entry"), WHERE)
    place = HttpPlace("https://example.org/a.tar")
    assert found.splits == {"train": (PublishedShard(place),)}
    assert (found.version, found.metadata["custom"]) == ("1.0.0", {"a": 1})
    schema = schema_from_record(record("release/schema"), WHERE)
    fields = [str(field) for field in schema.schema.model.main.fields]
    assert fields == [
        *("image: *[...]", "name: string", "n: integer", "f: float64", "b: boolean"),
        *("raw: bytes", "tags: list[string]", "opt?: string"),
    ]
    assert (schema.version, schema.description, schema.license) == ("1.2.0", "A cat.", "MIT")


def test_what_the_owners_of_the_collection_publish_now() -> None:
    found = dataset_from_record(record("entry.published"), WHERE)
    place = S3Place("data", "mnist-000000.tar", None, "eu-central-1")
    assert found.splits == {"train": (PublishedShard(place, DIGEST),)}
    assert found.size == DatasetSize(1, 1, 10_240)


def test_addresses_without_digests() -> None:
    urls = ["https://example.org/mnist-%7B0%7D.tar", "s3://data/mnist-000001.tar"]
    found = dataset_from_record(changed(record("entry.legacy"), "storage", "urls", to=urls), WHERE)
    places = (HttpPlace(urls[0]), S3Place("data", "mnist-000001.tar"))
    assert found.splits == {"train": tuple(PublishedShard(place) for place in places)}


def test_our_own() -> None:
    found = dataset_from_record(record("entry.own"), WHERE)
    ref = StrongRef(SCHEMA_URI, "bafyreih7f2i7u6hhzo5xbbdlzo2vlx7b3tk5cgxpkgxyvjrffjr4qsvsya")
    only = PublishedShard(
        HttpPlace("https://example.org/mnist-000000.tar"), DIGEST, 10_240, 1, DIGEST
    )
    assert (found.schema, found.version) == (ref, "1.0.0")
    assert found.splits == {"train": (only,)}
    assert [source.uri[-13:] for source in found.derived_from] == ["3kabc2defgh2c"]


def test_a_record_is_the_same_as_json_and_as_values() -> None:
    for name in ("entry.release", "entry.own", "entry.published"):
        value: Any = as_value(record(name))
        assert dataset_from_record(value, WHERE) == dataset_from_record(record(name), WHERE)


@pytest.mark.parametrize("packed", [True, False])
def test_metadata_names_version_and_split_where_nothing_else_does(packed: bool) -> None:
    """As an object it breaks the lexicon; the earlier release writes it so all the same."""
    said = {"version": "2.1.0", "split": "validation", "custom": {"model": "resnet50", "epoch": 10}}
    value = msgspec.msgpack.encode(said) if packed else said
    found = dataset_from_record({**record("entry.release-http"), "metadata": value}, WHERE)
    assert (found.version, list(found.splits), found.metadata) == ("2.1.0", ["validation"], said)


@pytest.mark.parametrize("said", [{"split": "../x", "version": "new"}, {"split": 3, "version": 2}])
def test_metadata_that_name_none_name_none(said: dict[str, Any]) -> None:
    value = {**record("entry.release-http"), "metadata": msgspec.msgpack.encode(said)}
    found = dataset_from_record(value, WHERE)
    assert (found.version, list(found.splits), found.metadata) == (None, ["train"], said)


SHARDS = {
    "http": tuple(shard(http(number), number) for number in range(3)),
    "s3": tuple(shard(s3(number), number) for number in range(3)),
    "blobs": tuple(
        shard(blob(number), number, index_blob=BlobPlace(CID, 99, "application/octet-stream"))
        for number in range(3)
    ),
}


@pytest.mark.parametrize("kind", SHARDS)
def test_ours_lead_back_to_what_they_were_made_of(kind: str) -> None:
    given = dataset(
        splits={"train": SHARDS[kind][:2], "test": SHARDS[kind][2:]},
        description="Drawn by hand.\nOn paper.",
        license="CC-BY-4.0",
        tags=("digits", "größe"),
        metadata={"b": [1, 0.5, None], "a": {"c": True}},
        derived_from=(StrongRef(WHERE, SCHEMA_REF.cid),),
    )
    found = dataset_from_record(dataset_to_record(given), WHERE)
    assert found == replace(given, size=DatasetSize(3, 30, 30_720))
    assert found.shards == SHARDS[kind]


@given(
    st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=4),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=9)
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
)  # fmt: skip
def test_counts_and_metadata_come_back(samples: list[int], metadata: Any) -> None:
    shards = [
        shard(http(number), number, samples=count // 4, index=None)
        for number, count in enumerate(samples)
    ]
    given = dataset(*shards, metadata={"said": metadata})
    found = dataset_from_record(dataset_to_record(given), WHERE)
    assert (found.splits, found.metadata) == ({"train": tuple(shards)}, given.metadata)


def test_equal_datasets_have_equal_records() -> None:
    one = dataset(*SHARDS["http"], metadata={"a": 1, "b": 2})
    other = dataset(*SHARDS["http"], metadata={"b": 2, "a": 1})
    assert dataset_to_record(one) == dataset_to_record(other)


def long(count: int) -> PublishedDataset:
    shards = tuple(shard(http(number), number) for number in range(count))
    return dataset(splits={"train": shards[:-2], "test": shards[-2:]})


def listed(given: PublishedDataset) -> tuple[PublishedDataset, bytes]:
    """A dataset with the blob of its list."""
    content = shard_list_to_bytes(given)
    place = BlobPlace(cid_of_bytes(content), len(content), "application/json")
    return replace(given, shard_list=place), content


def test_a_long_list_is_a_blob() -> None:
    given = long(1000)
    assert needs_shard_list(given)
    assert not needs_shard_list(long(100))
    with pytest.raises(RecordError, match="longer than 131072 bytes: it goes into a blob"):
        dataset_to_record(given)
    with_list, content = listed(given)
    value = dataset_to_record(with_list)
    assert value["storage"]["$type"] == "dev.atdata.storageIndex"
    found = dataset_from_record(value, WHERE)
    assert found.splits == {"train": (), "test": ()}
    assert (found.shard_list, found.size) == (
        with_list.shard_list,
        DatasetSize(1000, 10_000, 10_240_000),
    )
    assert shard_list_from_bytes(content, found, WHERE) == replace(with_list, size=found.size)
    assert shard_list_to_bytes(given) == content


def test_shards_that_are_blobs_stand_in_the_record() -> None:
    """A server keeps the blobs that a record names; those in a list would be collected."""
    given = dataset(*(shard(blob(number), number, index=None) for number in range(500)))
    assert not needs_shard_list(given)
    assert len(dataset_to_record(given)["storage"]["blobs"]) == 500
    with pytest.raises(RecordError, match="shards that are blobs stand in the record itself"):
        shard_list_to_bytes(given)


def test_a_list_fits_its_record() -> None:
    with_list, content = listed(long(1000))
    found = dataset_from_record(dataset_to_record(with_list), WHERE)
    other, foreign = listed(long(999))
    with pytest.raises(RecordError, match="bytes that are not the blob"):
        shard_list_from_bytes(foreign, found, WHERE)
    swapped = replace(found, shard_list=other.shard_list)
    with pytest.raises(RecordError, match=r"size\.shards: 1000 are told, and the shards have 999"):
        shard_list_from_bytes(foreign, swapped, WHERE)
    renamed = replace(found, splits={"train": (), "dev": ()})
    with pytest.raises(RecordError, match="other splits than the record"):
        shard_list_from_bytes(content, renamed, WHERE)
    with pytest.raises(RecordError, match="has no list of shards"):
        shard_list_from_bytes(content, replace(found, shard_list=None), WHERE)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "an object, not a list"),
        (b"{}", "keys storage and splits, and no others"),
        (b'{"storage":{"$type":"dev.atdata.storageIndex"},"splits":[]}', "storageHttp or"),
        (b'{"storage":{"$type":"science.alt.dataset.storageHttp"},"splits":[]}', "1 to 1000 splits"),
        (b'{"storage":{"$type":"science.alt.dataset.storageHttp"},"splits":[{}]}', "storage.shards: missing"),
        (b'{"storage":1.5,"splits":[]}', "no floats"),
        (b"[" * 100_000, "nested too deep"),
        (b"\xff", "UTF-8"),
    ],
)  # fmt: skip
def test_a_list_of_anything_is_refused(content: bytes, said: str) -> None:
    place = BlobPlace(cid_of_bytes(content), len(content), "application/json")
    found = dataset(splits={"train": ()}, shard_list=place, size=DatasetSize(1))
    with pytest.raises(RecordError) as caught:
        shard_list_from_bytes(content, found, WHERE)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{WHERE}, its list of shards: ")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (dataset(), "at least one shard"),
        (dataset(shard(http()), shard(s3())), "in one kind of place"),
        (dataset(shard(s3()), shard(replace(s3(), bucket="other"))), "one bucket of one service"),
        (dataset(shard(http(), sha256=None)), "shards[0]: its sha-256 is missing"),
        (dataset(shard(http(), sha256="A" * 64)), "no sha-256"),
        (dataset(shard(http(), bytes=None)), "lacks its size"),
        (dataset(shard(http(), samples=None)), "lacks its size"),
        (dataset(shard(http(), samples=2**53)), "too large"),
        (dataset(shard(http(), samples=-1)), "minimum 0"),
        (dataset(shard(http(), index="no")), "digest"),
        (dataset(shard(blob(size=52_428_801), bytes=52_428_801)), "above maxSize"),
        (dataset(shard(blob(), bytes=1)), "1 bytes are told, and its blob has 10240"),
        (dataset(shard(blob(), sha256="0" * 64)), "the CID of the blob says"),
        (dataset(shard(http()), schema=None), "schema: missing"),
        (dataset(shard(http()), schema=replace(SCHEMA_REF, uri=WHERE)), "schema: missing"),
        (dataset(shard(http()), schema=StrongRef("at://a.example.com/science.alt.dataset.schema/x", "bafyreih7f2i7u6hhzo5xbbdlzo2vlx7b3tk5cgxpkgxyvjrffjr4qsvsya"), schema_uri="at://a.example.com/science.alt.dataset.schema/x"), "give the DID"),
        (dataset(shard(http()), name="a/b"), "no name"),
        (dataset(shard(http()), version="1.0.0+build"), "without '+'"),
        (dataset(shard(http()), created="now"), "createdAt"),
        (dataset(shard(http()), tags=("a",) * 31), "tags"),
        (dataset(shard(http()), tags=("\x1b[2J",)), "cannot be shown"),
        (dataset(shard(http()), metadata={"a": b"x"}), "a bytes is no value of JSON"),
        (dataset(shard(http()), metadata={"a": float("nan")}), "nan is no number of JSON"),
        (dataset(shard(http()), metadata={"a": "\ud800"}), "surrogate"),
        (dataset(shard(http()), metadata={"a": "x" * 100_000}), "at most 100000 stand"),
        (dataset(shard(http()), size=DatasetSize(2)), "2 are told, and the shards have 1"),
        (dataset(splits={"..": (shard(http()),)}), "no name of a split"),
        (dataset(shard_list=blob()), "the number of shards in the list"),
    ],
)  # fmt: skip
def test_what_cannot_be_published_is_told(given: PublishedDataset, said: str) -> None:
    with pytest.raises(RecordError) as caught:
        dataset_to_record(given)
    assert said in str(caught.value)
    assert str(caught.value).startswith("the dataset '")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a.tar",
        "https://10.0.0.5/a.tar",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.tar",
        "https://[::ffff:127.0.0.1]/a.tar",
        "https://2130706433/a.tar",
        "https://localhost/a.tar",
        "https://minio.internal/a.tar",
        "https://store.local/a.tar",
        "https://nas/a.tar",
        "http://data.example.org/a.tar",
        "https://me:secret@data.example.org/a.tar",
        "https://data.example.org/a.tar?X-Amz-Signature=secret&X-Amz-Credential=secret",
        "https://data.example.org/a.tar?sig=secret",
        "https://data.example.org/a.tar?token=secret",
        "https://data.example.org/a.tar?download=1&t=secret",
        "https://data.example.org/a.tar#secret",
        "file:///home/secret/a.tar",
        "/home/secret/a.tar",
        "s3://data/a.tar",
    ],
)
def test_nothing_private_and_nothing_secret_is_published(url: str) -> None:
    with pytest.raises(RecordError) as caught:
        dataset_to_record(dataset(shard(HttpPlace(url))))
    assert "secret" not in str(caught.value) or "home/secret" in url


def test_a_parameter_that_opens_nothing_is_published() -> None:
    place = HttpPlace("https://data.example.org/a.tar?download=true&version=3")
    assert dataset_to_record(dataset(shard(place)))["storage"]["shards"][0]["url"] == place.url


@pytest.mark.parametrize("endpoint", ["http://s3.example.org", "https://10.0.0.1", "https://s3.example.org/x"])  # fmt: skip
def test_endpoints_are_public_origins(endpoint: str) -> None:
    with pytest.raises(RecordError, match="endpoint"):
        dataset_to_record(dataset(shard(replace(s3(), endpoint=endpoint))))


def test_experiments_publish_for_this_machine() -> None:
    given = dataset(shard(HttpPlace("http://127.0.0.1:8000/a.tar")), created=CREATED)
    value = dataset_to_record(given, local=True)
    assert dataset_from_record(value, WHERE, local=True).shards == given.shards
    with pytest.raises(RecordError, match="'http' is no kind of address"):
        dataset_from_record(value, WHERE)
