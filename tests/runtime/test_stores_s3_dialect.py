"""What is learnt of a service from its answers, and what goes with data for that."""

from __future__ import annotations

import base64
import hashlib

import pytest

from atdata.remote.s3_faults import FaultKind, S3Fault
from atdata.stores.s3_dialect import S3Dialect

DATA = b"the bytes of a part"
SHA256 = base64.b64encode(hashlib.sha256(DATA).digest()).decode()
MD5 = hashlib.md5(DATA).hexdigest()
CHECKED = {"ETag": '"x"', "ChecksumSHA256": SHA256}
TAGGED = {"ETag": f'"{MD5}"'}
REFUSED = S3Fault(FaultKind.OTHER, "", "InvalidArgument", 400)


def said(dialect: S3Dialect) -> list[str]:
    """What goes with data."""
    return sorted(dialect.seal(DATA).options)


def test_the_first_data_have_both() -> None:
    assert said(S3Dialect()) == ["ChecksumSHA256", "ContentMD5"]
    assert S3Dialect().seal(DATA) == S3Dialect().seal(DATA, hashlib.sha256(DATA).hexdigest())


def test_a_service_that_answers_checksums_gets_them_alone() -> None:
    dialect = S3Dialect()
    assert dialect.is_confirmed(CHECKED, dialect.seal(DATA)) is True
    assert said(dialect) == ["ChecksumSHA256"]
    assert dialect.is_confirmed(CHECKED, dialect.seal(b"other")) is False


def test_a_service_that_answers_a_tag_gets_the_md5_alone() -> None:
    dialect = S3Dialect()
    assert dialect.is_confirmed(TAGGED, dialect.seal(DATA)) is True
    assert said(dialect) == ["ContentMD5"]
    assert dialect.is_confirmed(TAGGED, dialect.seal(b"other")) is False


@pytest.mark.parametrize(
    "answer",
    [{}, {"ETag": ""}, {"ETag": f'"{MD5}-2"'}, TAGGED | {"ServerSideEncryption": "aws:kms"}],
)
def test_a_tag_that_is_no_md5_says_nothing(answer: dict[str, str]) -> None:
    dialect = S3Dialect()
    assert dialect.is_confirmed(answer, dialect.seal(b"other")) is None


def test_a_refusal_takes_one_new_word_after_the_other() -> None:
    dialect = S3Dialect()
    assert dialect.condition(exclusive=True) == {"IfNoneMatch": "*"}
    assert dialect.condition(exclusive=False) == {}
    assert dialect.tries_again(REFUSED, exclusive=True)
    assert said(dialect) == ["ContentMD5"]
    assert dialect.condition(exclusive=True) == {"IfNoneMatch": "*"}
    assert dialect.tries_again(REFUSED, exclusive=True)
    assert dialect.condition(exclusive=True) == {}
    assert not dialect.tries_again(REFUSED, exclusive=True)
    assert said(dialect) == ["ContentMD5"], "something goes with data always"


def test_what_was_answered_is_not_given_up() -> None:
    dialect = S3Dialect()
    dialect.is_confirmed(CHECKED, dialect.seal(DATA))
    assert not dialect.tries_again(REFUSED)
    assert said(dialect) == ["ChecksumSHA256"]


def test_damage_is_no_reason_to_say_less() -> None:
    dialect = S3Dialect()
    assert dialect.tries_again(S3Fault(FaultKind.DAMAGED, "", "BadDigest", 400), exclusive=True)
    assert said(dialect) == ["ChecksumSHA256", "ContentMD5"]
    assert not dialect.tries_again(S3Fault(FaultKind.DENIED, "", "AccessDenied", 403))
