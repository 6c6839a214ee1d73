"""Addresses that records may name; whatever else an address holds stays out of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from atdata.atmosphere.publishing.addresses import NotPublic, public_place
from atdata.atmosphere.publishing.composing import in_place
from atdata.atmosphere.publishing.preparing import Found, looked_at
from atdata.atmosphere.publishing.request import Request, SourceShard
from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.shards import HttpPlace, S3Place
from atdata.atmosphere.records.web_address import web_address
from atdata.errors import PublishError
from atdata.index.entry import ShardRecord
from atdata.shards.sources.place import RemotePlace
from atdata_schema.schema import Schema
from publishing_data import Digit

SECRET = "hunter2-never-to-be-seen"
CID = "bafyreib2rxk3rybk3aobmv5cjuql3bm2twh4jo5uxgf5kpqcsgz7soitae"
REF = StrongRef("at://did:plc:z72i7hdynmk6r22z27h6tvur/science.alt.dataset.schema/a.b.c:1.0.0", CID)
SCHEMA: Schema = getattr(Digit, "SCHEMA")  # noqa: B009  # the decorator makes it


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://data.example.org/a/b%20c.tar", HttpPlace("https://data.example.org/a/b%20c.tar")),
        ("https://data.example.org:8443/a.tar", HttpPlace("https://data.example.org:8443/a.tar")),
        ("https://93.184.215.14/a.tar", HttpPlace("https://93.184.215.14/a.tar")),
    ],
)
def test_public_addresses(url: str, place: HttpPlace) -> None:
    assert public_place(url) == place
    assert web_address(place) == url


@pytest.mark.parametrize(
    "url",
    [
        "file:///data/a.tar",
        "http://data.example.org/a.tar",
        "ftp://data.example.org/a.tar",
        "https://localhost/a.tar",
        "https://127.0.0.1/a.tar",
        "https://[::1]/a.tar",
        "https://[::ffff:127.0.0.1]/a.tar",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.7/a.tar",
        "https://192.168.1.2:8443/a.tar",
        "https://2130706433/a.tar",
        "https://0x7f000001/a.tar",
        "https://data.lab.internal/a.tar",
        "https://nas.local/a.tar",
        "https://nas/a.tar",
        f"https://me:{SECRET}@data.example.org/a.tar",
        f"https://{SECRET}@data.example.org/a.tar",
        f"https://data.example.org/a.tar?X-Amz-Signature={SECRET}",
        f"https://data.example.org/a.tar#{SECRET}",
        "https://data.example.org/a.tar?",
        "https://data.example.org/",
        "https://data.example.org/a{0..9}.tar",
        "https://data.example.org/a%00.tar",
        "https://data.example.org:0/a.tar",
        "https://[/a.tar",
        f"s3://{SECRET}:x@bucket/a.tar",
        "s3://bucket/",
        "pipe:rm -rf ~",
        "hf://datasets/a/b",
    ],
)
def test_addresses_that_stay_private(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    with pytest.raises(NotPublic) as refused:
        public_place(url)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("store", "environment", "endpoint"),
    [
        ("s3://lab", None, None),
        ("s3://lab/x", "https://other.example.org", "https://other.example.org"),
        (
            "s3://lab?endpoint=https://s3.example.org",
            "https://other.example.org",
            "https://s3.example.org",
        ),
        (None, "https://s3.example.org:9000", "https://s3.example.org:9000"),
        (None, None, None),
    ],
)
def test_the_service_of_a_bucket(
    store: str | None,
    environment: str | None,
    endpoint: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    if environment is None:
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", environment)
    place = public_place("s3://lab/y/a.tar", store)
    assert place == S3Place("lab", "y/a.tar", endpoint, None)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://s3.example.org",
        "https://127.0.0.1:9000",
        "http://minio:9000",
        "https://s3.lab.internal",
    ],
)
def test_a_private_service_stays_private(endpoint: str) -> None:
    with pytest.raises(NotPublic, match="its S3 service"):
        public_place("s3://lab/a.tar", f"s3://lab?endpoint={endpoint}")


@pytest.mark.parametrize(
    ("place", "address"),
    [
        (S3Place("lab", "a/b.tar"), "https://lab.s3.amazonaws.com/a/b.tar"),
        (S3Place("lab", "a+b ü.tar"), "https://lab.s3.amazonaws.com/a%2Bb%20%C3%BC.tar"),
        (S3Place("lab.example.org", "a.tar"), "https://s3.amazonaws.com/lab.example.org/a.tar"),
        (
            S3Place("lab", "a.tar", "https://s3.example.org:9000"),
            "https://s3.example.org:9000/lab/a.tar",
        ),
    ],
)
def test_how_a_bucket_is_read_without_credentials(place: S3Place, address: str) -> None:
    assert web_address(place) == address


# What goes into a record, whatever stands in an address.

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
WORD = st.text(st.sampled_from("abcXYZ019-._~%+ @:/?#[]{}\\"), max_size=20)
HOST = st.sampled_from(
    [
        "data.example.org",
        "localhost",
        "127.0.0.1",
        "10.1.2.3",
        "nas.local",
        "[::1]",
        "bucket",
        "x.internal",
    ]
)


PRIVATE = ("localhost", "127.0.0.1", "10.1.2.3", "nas.local", "::1", ".internal")


@given(
    scheme=st.sampled_from(["https", "http", "s3", "file", "ftp", "pipe"]),
    user=st.sampled_from(["", f"{SECRET}@", f"me:{SECRET}@", f":{SECRET}@"]),
    host=HOST,
    path=WORD,
    query=st.sampled_from(
        ["", f"?{SECRET}", f"?token={SECRET}", f"?version=1&sig={SECRET}", f"#{SECRET}"]
    ),
)
def test_no_secret_and_no_private_host_reaches_a_record(
    scheme: str, user: str, host: str, path: str, query: str
) -> None:
    url = f"{scheme}://{user}{host}/{path}{query}"
    place = _place_or_reason(url)
    if isinstance(place, str):
        assert SECRET not in place
        return
    record = json.dumps(_record(place, url))
    assert SECRET not in record
    assert SECRET not in web_address(place)
    # After s3:// stands a bucket, whatever it is called.
    private = () if scheme == "s3" else PRIVATE
    assert not any(name in record for name in private)
    assert "data.example.org" in record or "s3.example.org" in record


@given(user=TEXT, query=TEXT)
def test_a_shard_that_is_opened_by_its_address_goes_up(user: str, query: str) -> None:
    """What opens a file is not left away so that the rest can be published: nobody could read that."""
    from urllib.parse import quote

    assume(user or query)
    address = f"https://{quote(user, safe='')}{'@' if user else ''}data.example.org/a.tar{'?' if query else ''}{quote(query)}"
    place = RemotePlace(address)
    shard = SourceShard(place, _shard(place.url))
    (found,) = looked_at(_request(shard), local=False)
    assert found.place is None
    assert found.why == "its address holds a user or a signature"


def test_repr_and_plans_hide_what_opens_a_file() -> None:
    place = RemotePlace(f"https://data.example.org/a.tar?sig={SECRET}")
    shard = SourceShard(place, _shard(place.url))
    assert SECRET not in repr(shard)
    assert SECRET not in str(shard.place)


def test_several_kinds_of_places_become_one() -> None:
    """A record names one kind of place; a bucket has an address on the web as well."""
    found = [
        Found(
            SourceShard(
                RemotePlace("https://data.example.org/a.tar"),
                _shard("https://data.example.org/a.tar"),
            ),
            HttpPlace("https://data.example.org/a.tar"),
        ),
        Found(
            SourceShard(RemotePlace("s3://lab/b.tar"), _shard("s3://lab/b.tar", 1)),
            S3Place("lab", "b.tar"),
        ),
    ]
    request = _request(*(item.shard for item in found))
    record = in_place(request, found, local=False).record(REF, "2026-01-02T03:04:05.000Z")
    assert record["storage"]["$type"] == "science.alt.dataset.storageHttp"
    urls = [item["url"] for item in record["storage"]["shards"]]
    assert urls == ["https://data.example.org/a.tar", "https://lab.s3.amazonaws.com/b.tar"]


def test_what_a_record_cannot_hold_is_said_before_anything_is_sent() -> None:
    place = HttpPlace("https://data.example.org/a.tar")
    shard = SourceShard(RemotePlace(place.url), _shard(place.url))
    request = _request(shard, description="x" * 6000)
    with pytest.raises(PublishError, match=r"digits@1.0.0 cannot be published: .*description"):
        in_place(request, [Found(shard, place)], local=False).record(
            REF, "2026-01-02T03:04:05.000Z"
        )


def _place_or_reason(url: str) -> HttpPlace | S3Place | str:
    try:
        return public_place(url, "s3://bucket?endpoint=https://s3.example.org")
    except NotPublic as refused:
        return str(refused)


def _shard(url: str, number: int = 0) -> ShardRecord:
    return ShardRecord(url, 10_240, 3, f"{number:064x}")


def _request(*shards: SourceShard, **said: Any) -> Request:
    return Request("digits", "1.0.0", SCHEMA, "1.0.0", {"train": tuple(shards)}, **said)


def _record(place: HttpPlace | S3Place, url: str) -> dict[str, Any]:
    shard = SourceShard(RemotePlace("https://data.example.org/a.tar"), _shard(url))
    composed = in_place(_request(shard), [Found(shard, place)], local=False)
    return composed.record(REF, "2026-01-02T03:04:05.000Z")
