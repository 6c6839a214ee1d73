"""Texts of a record that are more than texts: names, versions, addresses of records, digests."""

from __future__ import annotations

import re
from typing import Final

from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.steps import at
from atdata.errors import ValidationError
from atdata_schema.data import Link
from atdata_schema.syntax import parse_at_uri
from atdata_schema.syntax.quoting import quoted

__all__ = [
    "check_blob_cid",
    "check_digest",
    "check_line",
    "check_name",
    "check_record_cid",
    "check_record_uri",
    "check_split",
    "check_version",
    "sha256_of",
]

_NUMBER: Final = r"(?:0|[1-9][0-9]{0,8})"
_PART: Final = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER: Final = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PART}(?:\.{_PART})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_LONGEST_VERSION: Final = 100
_SPLIT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_RAW: Final = b"\x01\x55\x12\x20"
_DAG_CBOR: Final = b"\x01\x71\x12\x20"


def check_line(text: str, name: str) -> str:
    r"""A text that is shown on one line.

    Raises:
        ValidationError: it has a character that a terminal would obey, or that turns what is beside it.

    >>> check_line("MIT\x1b[2J", "license")
    Traceback (most recent call last):
        ...
    atdata_schema.errors.ValidationError: license: 'MIT\x1b[2J' has characters that cannot be shown
    """
    if not text.isprintable():
        raise ValidationError(f"{quoted(text)} has characters that cannot be shown", [name])
    return text


def check_name(text: str, name: str = "name") -> str:
    """A name that others gave: any that can be shown, and that is no path.

    Raises:
        ValidationError: it cannot be a name.

    >>> check_name("Größe 2"), check_name("mnist")
    ('Größe 2', 'mnist')
    >>> check_name("../mnist")
    Traceback (most recent call last):
        ...
    atdata_schema.errors.ValidationError: name: '../mnist' is no name: it is empty, or has a slash, '..' or spaces at an end
    """
    check_line(text, name)
    if not text or "/" in text or "\\" in text or ".." in text or text != text.strip():
        raise ValidationError(
            f"{quoted(text)} is no name: it is empty, or has a slash, '..' or spaces at an end",
            [name],
        )
    return text


def check_split(text: str, name: str = "name") -> str:
    """The name of a split.

    Raises:
        ValidationError: it cannot be one.
    """
    if not _SPLIT.fullmatch(text) or ".." in text:
        raise ValidationError(
            f"{quoted(text)} is no name of a split: 1 to 100 characters of A-Z a-z 0-9 . _ -, "
            "the first one a letter or a digit, without '..'",
            [name],
        )
    return text


def check_version(text: str, name: str = "version", *, ours: bool = False) -> str:
    """A version.

    Args:
        text: the text.
        name: the property that it stands in.
        ours: refuse build metadata, which others may have and no record key can.

    Raises:
        ValidationError: it is none.

    >>> check_version("1.4.0-rc.1+build.7")
    '1.4.0-rc.1+build.7'
    """
    if len(text) > _LONGEST_VERSION or not _SEMVER.fullmatch(text) or (ours and "+" in text):
        without = ", without '+'" if ours else ""
        raise ValidationError(
            f"{quoted(text)} is no version: three numbers such as '1.4.0', or with a pre-release such as "
            f"'2.0.0-rc.1'{without}, at most {_LONGEST_VERSION} characters",
            [name],
        )
    return text


def check_record_uri(
    text: str, name: str, collection: str | None = None, *, pinned: bool = False
) -> str:
    """The address of a record.

    Args:
        text: the address.
        name: the property that it stands in.
        collection: the collection that the record has to be of.
        pinned: whether its account has to be named by a DID.

    Raises:
        AtdataError: it is none.
    """
    with at(name):
        uri = parse_at_uri(text)
    if uri.rkey is None:
        raise ValidationError(f"{quoted(text)} is no address of a record", [name])
    if collection is not None and uri.collection != collection:
        raise ValidationError(f"{quoted(text)} is no record of {collection}", [name])
    if pinned and not uri.authority.startswith("did:"):
        raise ValidationError(
            f"{quoted(text)} names an account by its handle, which can become somebody else's: give the DID",
            [name],
        )
    return text


def check_record_cid(ref: StrongRef, name: str) -> StrongRef:
    """A reference whose CID can be that of a record.

    Raises:
        AtdataError: it cannot.
    """
    with at(name):
        binary = Link(ref.cid).binary
    if not binary.startswith(_DAG_CBOR):
        raise ValidationError(f"{quoted(ref.cid)} is no CID of a record", [name])
    return ref


def check_digest(text: str, name: str = "digest") -> str:
    """A sha-256 in lower-case hexadecimal.

    Raises:
        ValidationError: it is none.
    """
    if not _DIGEST.fullmatch(text):
        raise ValidationError(
            f"{quoted(text)} is no sha-256: 64 digits 0-9 a-f, in lower case", [name]
        )
    return text


def check_blob_cid(text: str, name: str = "blob") -> str:
    """The CID of a blob: of its bytes as they are, by sha-256.

    Raises:
        AtdataError: it is another one.
    """
    with at(name):
        binary = Link(text).binary
    if not binary.startswith(_RAW):
        raise ValidationError(
            f"{quoted(text)} is no CID of a blob: version 1, raw, sha-256", [name]
        )
    return text


def sha256_of(blob_cid: str) -> str:
    """The sha-256 that the CID of a blob holds.

    >>> sha256_of("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")[:8]
    'e3b0c442'
    """
    return Link(blob_cid).binary[len(_RAW) :].hex()
