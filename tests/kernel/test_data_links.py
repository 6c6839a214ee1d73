"""Links, the CIDs that are computed, and what a repository takes as a record."""

from __future__ import annotations

import base64
import copy
import pickle
import subprocess
import sys
from typing import Any, cast

import pytest

from atdata_schema.data import (
    MAX_RECORD_BYTES,
    MAX_SAFE_INTEGER,
    Link,
    Value,
    check_record,
    cid,
    cid_of_block,
    cid_of_bytes,
    to_cbor,
)
from atdata_schema.errors import DataError, IntegerTooLarge, RecordTooLarge
from atdata_schema.syntax import is_valid

ENTRY: dict[str, Value] = {
    "schema_ref": "atdata://local/schema/MySample@1.0.0",
    "data_urls": ["/data/out-000000.tar"],
}
ENTRY_CBOR = (
    "a269646174615f75726c7381742f646174612f6f75742d3030303030302e7461726a736368656d615f7265667824"
    "6174646174613a2f2f6c6f63616c2f736368656d612f4d7953616d706c6540312e302e30"
)
ENTRY_CID = "bafyreigkern67k6ihxklwzbhlfkvw2rjwfck7emezpqskvjtljwc3h6sh4"


def text_of(binary: bytes) -> str:
    """A CID in base32, whether it is one or not."""
    return "b" + base64.b32encode(binary).decode().lower().rstrip("=")


def test_an_index_entry_has_the_known_cid() -> None:
    assert to_cbor(ENTRY).hex() == ENTRY_CBOR
    assert cid(ENTRY) == cid_of_block(bytes.fromhex(ENTRY_CBOR)) == ENTRY_CID


def test_the_order_of_keys_does_not_matter_to_the_cid() -> None:
    assert cid(dict(reversed(ENTRY.items()))) == ENTRY_CID


def test_bytes_have_the_raw_codec() -> None:
    assert cid_of_bytes(b"") == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    assert Link(cid_of_bytes(b"x")).binary[:4] == bytes.fromhex("01551220")


@pytest.mark.parametrize(
    "text",
    [
        ENTRY_CID,
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",  # codec dag-pb
        "bafkqaaa",  # the identity hash of nothing
        text_of(bytes.fromhex("01a9021220") + bytes(32)),  # codec dag-json, a number of two bytes
        text_of(bytes.fromhex("01551340") + bytes(64)),  # sha2-512
    ],
)
def test_any_cid_of_version_1_in_base32_is_a_link(text: str) -> None:
    link = Link(text)
    assert str(link) == link.text == text
    assert text_of(link.binary) == text
    assert is_valid("cid", text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "a CID is a text, not a NoneType"),
        (b"bafkqaaa", "a CID is a text, not a bytes"),
        ("", "no CID of version 1 in lower-case base32"),
        (".", "no CID of version 1"),
        (ENTRY_CID.upper(), "no CID of version 1"),
        (ENTRY_CID + "\n", "no CID of version 1"),
        (ENTRY_CID + "=", "no CID of version 1"),
        ("zdj7WWeQ43G6JJvLWQWZpyHuAMq6uYWRjkBXFad11vE2LHhQ7", "no CID of version 1"),
        ("QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR", "no CID of version 1"),
        (ENTRY_CID[:-1], "no CID of version 1|bits after|digest"),
        (ENTRY_CID[:-1] + "5", "bits after its last byte"),
        ("bafkqaab", "bits after its last byte"),
        (text_of(bytes.fromhex("02711220") + bytes(32)), "the first number of this one is 2"),
        (text_of(bytes.fromhex("01711220") + bytes(31)), "of 32 bytes and has 31"),
        (text_of(bytes.fromhex("01711220") + bytes(33)), "of 32 bytes and has 33"),
        (text_of(bytes.fromhex("0171121f") + bytes(31)), "of 31 bytes and has 31"),
        (text_of(bytes.fromhex("0181000000")), "longer than it needs"),
        (text_of(bytes.fromhex("01ffffff")), "ends within a number"),
        (text_of(b"\x01" + b"\xff" * 12), "too large"),
        ("b" + "a" * 1000, "no CID of version 1"),
    ],
)
def test_what_is_no_such_cid_is_no_link(text: object, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        Link(cast("Any", text))
    assert str(caught.value).isprintable()


def test_links_are_values() -> None:
    link = Link(ENTRY_CID)
    assert link == Link(ENTRY_CID)
    assert link not in [ENTRY_CID, None, Link("bafkqaaa")]
    assert len({link, Link(ENTRY_CID)}) == 1
    assert pickle.loads(pickle.dumps(link)) == copy.deepcopy(link) == link
    with pytest.raises(AttributeError):
        link.text = "other"  # type: ignore[misc]  # that this fails is the point


@pytest.mark.parametrize("number", [MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER])
def test_a_record_holds_integers_of_53_bits(number: int) -> None:
    check_record({"a": [number]})
    beyond = number + (1 if number > 0 else -1)
    with pytest.raises(IntegerTooLarge, match=r"^a\[0\]: .* is too large"):
        check_record({"a": [beyond]})


def test_a_record_is_at_most_a_mebibyte() -> None:
    fits: dict[str, Value] = {"a": "x" * (MAX_RECORD_BYTES - 8)}
    assert len(to_cbor(fits)) == MAX_RECORD_BYTES
    check_record(fits)
    with pytest.raises(RecordTooLarge, match="this one has 1048577"):
        check_record({"a": "x" * (MAX_RECORD_BYTES - 7)})


@pytest.mark.parametrize("value", [None, [], "text", {"a": 1.0}, {"$type": ""}])
def test_what_is_no_map_of_values_is_no_record(value: object) -> None:
    with pytest.raises(DataError):
        check_record(cast("Any", value))


@pytest.mark.parametrize("module", ["data", "syntax"])
def test_imports_are_light(module: str, source_env: dict[str, str]) -> None:
    heavy = "{'numpy', 'msgpack', 'msgspec', 'lark', 'regex', 'decimal', 'libipld'}"
    code = f"import sys, atdata_schema.{module}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=source_env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
