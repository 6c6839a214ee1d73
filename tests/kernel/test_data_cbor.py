"""DAG-CBOR by hand: the canonical bytes, and each way of not being canonical."""

from __future__ import annotations

import tracemalloc
from typing import Any, cast

import pytest

from atdata_schema.data import (
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_INTEGER,
    MIN_INTEGER,
    Link,
    Value,
    from_cbor,
    to_cbor,
)
from atdata_schema.errors import DataError, IntegerTooLarge

CID = "bafyreigkern67k6ihxklwzbhlfkvw2rjwfck7emezpqskvjtljwc3h6sh4"
LINK = "d82a582500" + Link(CID).binary.hex()
BLOB = "a46372656600" + "6473697a6500" + "65247479706564626c6f62" + "686d696d655479706560"


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (None, "f6"),
        (False, "f4"),
        (True, "f5"),
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (65535, "19ffff"),
        (65536, "1a00010000"),
        (2**32 - 1, "1affffffff"),
        (2**32, "1b0000000100000000"),
        (MAX_INTEGER, "1b7fffffffffffffff"),
        (-1, "20"),
        (-24, "37"),
        (-25, "3818"),
        (MIN_INTEGER, "3b7fffffffffffffff"),
        ("", "60"),
        ("é", "62c3a9"),
        ("a" * 24, "7818" + "61" * 24),
        (b"", "40"),
        (b"\x00\xff", "4200ff"),
        ([], "80"),
        ([1, [2]], "82018102"),
        ({}, "a0"),
        ({"b": 1, "aa": 2, "a": 3, "": 4}, "a4600461610361620162616102"),
        ({"é": 1, "zz": 2}, "a2627a7a0262c3a901"),
        (Link(CID), LINK),
    ],
)
def test_values_have_one_spelling(value: Value, spelled: str) -> None:
    assert to_cbor(value).hex() == spelled
    assert from_cbor(bytes.fromhex(spelled)) == value


@pytest.mark.parametrize(
    ("spelled", "message"),
    [
        ("", "the bytes end where a value should stand"),
        ("82 01", "^2 items should follow, in 1 bytes"),
        ("82 81 00", r"^\[1\]: the bytes end"),
        ("a1 60", "^2 items should follow, in 1 bytes"),
        ("82 01 18", r"^\[1\]: 1 bytes should follow, and there are 0"),
        ("62 61", "2 bytes should follow, and there are 1"),
        ("00 00", r"1 bytes follow the value \(before byte 1\)"),
        ("18 17", "23 is written with more bytes"),
        ("19 00ff", "255 is written with more bytes"),
        ("1a 0000ffff", "65535 is written with more bytes"),
        ("1b 00000000ffffffff", "4294967295 is written with more bytes"),
        ("38 17", "written with more bytes"),
        ("58 01 00", "written with more bytes"),
        ("78 01 61", "written with more bytes"),
        ("98 01 00", "written with more bytes"),
        ("b8 01 6161 00", "written with more bytes"),
        ("d9 002a 40", "written with more bytes"),
        ("1c", "lengths are definite"),
        ("1f", "lengths are definite"),
        ("5f 40 ff", "lengths are definite"),
        ("7f 60 ff", "lengths are definite"),
        ("9f ff", "lengths are definite"),
        ("bf ff", "lengths are definite"),
        ("df", "lengths are definite"),
        ("ff", "only false, true and null"),
        ("f7", "only false, true and null"),
        ("e0", "only false, true and null"),
        ("f8 14", "only false, true and null"),
        ("f9 3c00", "no floats"),
        ("fa 3f800000", "no floats"),
        ("a1 6161 fb 3ff0000000000000", "^a: the data model has no floats"),
        ("a2 6162 00 6161 00", "sorted by length and then by bytes"),
        ("a2 626161 00 6162 00", "sorted by length and then by bytes"),
        ("a2 6161 00 6161 01", "each once"),
        ("a1 00 00", "the keys of a map are texts"),
        ("a1 4161 00", "the keys of a map are texts"),
        ("a1 6161 a1 f6 00", "^a: the keys of a map are texts"),
        ("a1 61ff 00", "a text is no UTF-8"),
        ("61 ff", "a text is no UTF-8"),
        ("62 c080", "a text is no UTF-8"),
        ("63 eda080", "a text is no UTF-8"),
        ("c0 60", "the tag 0 is not allowed"),
        ("c2 41 01", "the tag 2 is not allowed"),
        ("d9 d9f7 00", "the tag 55799 is not allowed"),
        ("d8 2a 00", "a zero byte and a CID"),
        ("d8 2a 60", "a zero byte and a CID"),
        ("d8 2a 40", "a zero byte and a CID"),
        ("d8 2a", "the bytes end"),
        ("d8 2a 41 00", "a CID ends within a number"),
        ("d8 2a 58 24" + Link(CID).binary.hex(), "a zero byte and a CID"),
        (LINK[:-2], "37 bytes should follow, and there are 36"),
        (LINK.replace("5825", "5824")[:-2], "declares a digest of 32 bytes and has 31"),
        (LINK.replace("000171", "001220"), "the first number of this one is 18"),
        ("d8 2a 58 c8 00" + "01 71 00 c201" + "00" * 194, "at most 159 bytes"),
        ("1b 8000000000000000", "at most 64 bits"),
        ("3b 8000000000000000", "at most 64 bits"),
        ("a1 65 24 74 79 70 65 60", r"^'\$type' is empty"),
        ("a1 65 24 74 79 70 65 f6", r"^'\$type' is a text"),
        ("a1 65 24 6c 69 6e 6b 60", r"'\$link' is reserved"),
        ("a1 66 24 62 79 74 65 73 60", r"'\$bytes' is reserved"),
        (BLOB, "the 'ref' of a blob is a link"),
        ("9a 00020001" + "00" * (MAX_ENTRIES + 1), "131073 entries are too many"),
        ("81" * (MAX_DEPTH + 1) + "00", "nested more than 64 levels"),
        ("88" + ("9a 00020000" + "80" * MAX_ENTRIES) * 8, r"^\[7\]: there are more than"),
    ],
    ids=lambda part: part[:30],
)
def test_other_spellings_are_refused(spelled: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        from_cbor(bytes.fromhex(spelled))
    assert "(before byte " in str(caught.value)


def test_integers_of_more_than_64_bits_are_too_large() -> None:
    with pytest.raises(IntegerTooLarge):
        from_cbor(bytes.fromhex("1bffffffffffffffff"))


@pytest.mark.parametrize("head", ["5b", "7b", "9b", "bb", "5a", "7a", "9a", "ba"])
@pytest.mark.parametrize("length", ["ff" * 8, "7f" + "ff" * 7, "00020000" + "00" * 4])
def test_a_declared_length_takes_no_memory(head: str, length: str) -> None:
    hostile = bytes.fromhex("81" + head + length)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"^\[0\]: "):
            from_cbor(hostile)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("level", ["81", "a160", "a16161", "d82a"])
def test_endless_nesting_is_refused(level: str) -> None:
    with pytest.raises(DataError):
        from_cbor(bytes.fromhex(level) * 500_000)


def test_the_deepest_and_longest_are_taken() -> None:
    deepest = b"\x81" * (MAX_DEPTH - 1) + b"\x80"
    assert to_cbor(from_cbor(deepest)) == deepest
    longest: list[Value] = [0] * MAX_ENTRIES
    assert from_cbor(to_cbor(longest)) == longest


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_other_bytes_like_objects_are_read(kind: type) -> None:
    assert from_cbor(kind(b"\x41\x00")) == b"\x00"


@pytest.mark.parametrize("thing", [None, "80", 5, [0x80]])
def test_what_is_no_bytes_is_refused(thing: object) -> None:
    with pytest.raises(DataError, match="CBOR is bytes, not a"):
        from_cbor(cast("Any", thing))
