"""Which requests of a client are known to be repeated, and how each repetition is signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from atdata.remote import s3_repeated
from atdata.remote.s3_access import S3Access, Sent, client, last_sent
from atdata.remote.s3_repeated import Repeated, learn, learned

_SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKID/20261127/eu-north-1/s3/aws4_request, "
    "SignedHeaders=host;range;x-amz-date, Signature=00"
)
_URL = "https://bucket.s3.eu-north-1.amazonaws.com/a/b%20c.tar"


class _Keys:
    """Credentials that end and are renewed."""

    def __init__(self) -> None:
        self.access_key, self.secret_key, self.token = "AKID1", "first", "token-1"

    def get_frozen_credentials(self) -> _Keys:
        return self


def _learned(headers: Mapping[str, str], url: str = _URL, keys: Any = None) -> Repeated | None:
    access = S3Access("https://s3.example.org", region="us-east-1", anonymous=True)
    made = client(access)

    def sent(_: Any) -> Sent:
        return Sent(url, dict(headers), keys)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s3_repeated, "last_sent", sent)
        bucket = f"bucket-{len(url)}-{hash(tuple(headers.items()))}-{keys is None}"
        learn(made, bucket, "a/b c.tar")
        return learned(made, bucket)


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({"Authorization": "AWS AKID:signature"}, _URL),
        ({"Authorization": _SIGNED.replace("HMAC-SHA256", "ECDSA-P256-SHA256")}, _URL),
        ({"Authorization": _SIGNED, "x-amz-s3session-token": "t"}, _URL),
        ({"Authorization": _SIGNED, "x-amz-request-payer": "requester"}, _URL),
        ({"Authorization": _SIGNED}, "https://bucket.example.org/other.tar"),
        ({"Authorization": _SIGNED}, "https://bucket.example.org/a/b%20c.tar?versionId=1"),
    ],
)
def test_what_only_boto3_knows_to_repeat(headers: dict[str, str], url: str) -> None:
    assert _learned(headers, url, _Keys()) is None
    if url == _URL:
        assert _learned({"Authorization": _SIGNED}, url, None) is None


def test_a_request_is_signed_anew_with_what_is_valid_then() -> None:
    keys = _Keys()
    found = _learned({"Authorization": _SIGNED, "User-Agent": "Boto3"}, keys=keys)
    assert found is not None
    assert "first" not in repr(found)
    url = found.url("d/é.tar")
    assert url == "https://bucket.s3.eu-north-1.amazonaws.com/d/%C3%A9.tar"
    assert found.url("d/../e.tar") is None
    one = found.headers(url, {"Range": "bytes=0-9"})
    assert one["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID1/")
    assert "/eu-north-1/s3/aws4_request" in one["Authorization"]
    assert (one["X-Amz-Security-Token"], one["Range"], one["User-Agent"]) == (
        *("token-1", "bytes=0-9"),
        "Boto3",
    )
    keys.access_key, keys.secret_key, keys.token = "AKID2", "second", "token-2"
    other = found.headers(url, {"Range": "bytes=0-9"})
    assert "Credential=AKID2/" in other["Authorization"]
    assert other["X-Amz-Security-Token"] == "token-2"


def test_an_unsigned_request_is_repeated_unsigned() -> None:
    found = _learned({"User-Agent": "Boto3"})
    assert found is not None
    assert "Authorization" not in found.headers(_URL, {"Range": "bytes=0-9"})


def test_a_request_of_another_client_is_none_of_ours() -> None:
    access = S3Access("https://s3.example.org", region="us-east-1", anonymous=True)
    assert last_sent(client(access)) is None
