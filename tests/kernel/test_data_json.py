"""The data model in JSON: what is a record, what is not, and where the message says so."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from atdata_schema.data import (
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_INTEGER,
    MAX_JSON_BYTES,
    MAX_KEY_BYTES,
    MIN_INTEGER,
    Link,
    Value,
    as_value,
    from_json,
    parse_json,
    to_cbor,
    to_json,
)
from atdata_schema.errors import DataError, IntegerTooLarge

CID = "bafyreigkern67k6ihxklwzbhlfkvw2rjwfck7emezpqskvjtljwc3h6sh4"
RAW = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 3


def blob(**changes: object) -> dict[str, object]:
    """A blob in JSON; a change to `...` removes a key."""
    keys = {"$type": "blob", "ref": {"$link": RAW}, "mimeType": "image/png", "size": 10, **changes}
    return {key: item for key, item in keys.items() if item is not ...}


def nested(depth: int) -> dict[str, object]:
    """An object that is nested so many levels deep, itself included."""
    obj: dict[str, object] = {}
    for _ in range(depth - 1):
        obj = {"a": obj}
    return obj


VALID: list[tuple[dict[str, object], dict[str, Value]]] = [
    ({}, {}),
    ({"$type": "com.example.note", "a": "b"}, {"$type": "com.example.note", "a": "b"}),
    ({"a": 5.0, "b": -0.0, "c": 1e3}, {"a": 5, "b": 0, "c": 1000}),
    ({"a": [], "b": {}}, {"a": [], "b": {}}),
    ({"a": [None, True, False, 0, -1]}, {"a": [None, True, False, 0, -1]}),
    ({"a": [[1, [2]], [[]]]}, {"a": [[1, [2]], [[]]]}),
    ({"": "", "größe": "a\0 b 🎈"}, {"": "", "größe": "a\0 b 🎈"}),
    ({"$unknown": 1, "$type.x": 2}, {"$unknown": 1, "$type.x": 2}),
    ({"a": {"$bytes": ""}}, {"a": b""}),
    ({"a": {"$bytes": "AAE"}, "b": {"$bytes": "AAE="}}, {"a": b"\0\1", "b": b"\0\1"}),
    ({"a": {"$bytes": "AAF+/w=="}}, {"a": b"\0\1~\xff"}),
    ({"a": {"$bytes": "AB"}}, {"a": b"\0"}),  # bits beyond the last byte are ignored
    ({"a": {"$link": CID}, "b": [{"$link": RAW}]}, {"a": Link(CID), "b": [Link(RAW)]}),
    (
        {"a": blob()},
        {"a": {"$type": "blob", "ref": Link(RAW), "mimeType": "image/png", "size": 10}},
    ),
    ({"a": blob(ref={"$link": CID}, size=0)}, {"a": {**blob(size=0), "ref": Link(CID)}}),  # type: ignore[dict-item]  # the other keys are JSON and values alike
    ({"a": {"cid": RAW, "mimeType": "image/png"}}, {"a": {"cid": RAW, "mimeType": "image/png"}}),
    ({"a": MAX_INTEGER, "b": MIN_INTEGER}, {"a": MAX_INTEGER, "b": MIN_INTEGER}),
]

INVALID: list[tuple[object, str]] = [
    ([], "at the top level of data stands an object, not a list"),
    ("text", "not a str"),
    (None, "not a NoneType"),
    ({"$bytes": "AAE"}, "not bytes or a link"),
    ({"$link": CID}, "not bytes or a link"),
    ({"a": {"b": [0, 1.5]}}, r"^a\.b\[1\]: 1\.5 is a float"),
    ({"a": float("nan")}, "^a: nan is a float"),
    ({"a": float("inf")}, "^a: inf is a float"),
    ({"a": 1e300}, "^a: an integer of 997 bits is too large"),
    ({"a": MAX_INTEGER + 1}, "^a: 9223372036854775808 is too large"),
    ({"a": [MIN_INTEGER - 1]}, r"^a\[0\]: -9223372036854775809 is too large"),
    ({"a": 1 << 20_000}, "bits is too large"),
    ({"$type": None}, r"^'\$type' is a text, not a NoneType"),
    ({"a": {"$type": 5}}, r"^a: '\$type' is a text, not a int"),
    ({"a": [{"$type": ""}]}, r"^a\[0\]: '\$type' is empty"),
    ({"a": blob(size="10")}, "^a: the 'size' of a blob"),
    ({"a": blob(size=True)}, "^a: the 'size' of a blob"),
    ({"a": blob(size=-1)}, "^a: the 'size' of a blob"),
    ({"a": blob(size=1.5)}, r"^a\.size: 1\.5 is a float"),
    ({"a": blob(size=...)}, "^a: a blob has the keys .* missing here: size; too many: none"),
    ({"a": blob(ref=...)}, "missing here: ref"),
    ({"a": blob(mimeType=...)}, "missing here: mimeType"),
    ({"a": blob(alt="x")}, "missing here: none; too many: 'alt'"),
    ({"a": blob(ref=RAW)}, "^a: the 'ref' of a blob is a link, not a str"),
    ({"a": blob(mimeType=None)}, "^a: the 'mimeType' of a blob is a text"),
    ({"a": {"$bytes": [1, 2]}}, r"^a: '\$bytes' holds a text, not a list"),
    ({"a": {"$bytes": "AAE", "b": 1}}, "^a: an object with the key .* has no other keys"),
    ({"a": {"$bytes": "A"}}, "^a: .* of an impossible length"),
    ({"a": {"$bytes": "AAE=="}}, "of an impossible length"),
    ({"a": {"$bytes": "===="}}, "of an impossible length"),
    ({"a": {"$bytes": "AA_-"}}, "^a: .* holds base64"),
    ({"a": {"$bytes": "AA\n"}}, "^a: .* holds base64"),
    ({"a": {"$bytes": "AA=A"}}, "^a: .* holds base64"),
    ({"a": {"$bytes": "é"}}, "^a: .* holds base64"),
    ({"a": {"$link": 5}}, r"^a: '\$link' holds a text, not a int"),
    ({"a": {"$link": CID, "b": 1}}, "^a: an object with the key .* has no other keys"),
    ({"a": {"$link": CID, "$bytes": ""}}, "has no other keys"),
    ({"a": {"$link": "."}}, "^a: '.' is no CID of version 1"),
    ({"a": {"$link": CID[:-1]}}, "^a: "),
    ({"a": {"$link": "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR"}}, "no CID of version 1"),
    ({"a": "\ud800"}, "^a: the text '.ud800' holds half of a surrogate pair"),
    ({"\ud800": 1}, "^the key '.ud800' holds half of a surrogate pair"),
    ({"a": {5: 1}}, "^a: a key is a text, not a int"),
    ({"a": b"bytes"}, "^a: a bytes has no place in JSON"),
    ({"a": Link(CID)}, "^a: a Link has no place in JSON"),
    ({"a": (1, 2)}, "^a: a tuple has no place in JSON"),
    ({"a b": {"c": object()}}, r"^\['a b'\]\.c: a object has no place"),
    ({"k" * (MAX_KEY_BYTES + 1): 1}, "a key of 8193 bytes is too long"),
    ({"é" * (MAX_KEY_BYTES // 2 + 1): 1}, "a key of 8194 bytes is too long"),
    ({"a": [0] * (MAX_ENTRIES + 1)}, "^a: 131073 entries are too many"),
    (nested(MAX_DEPTH + 1), "nested more than 64 levels"),
    ({"a": [[0] * 100_000] * 11}, r"^a\[10\]: there are more than 1048576 values in all"),
]


@pytest.mark.parametrize(("obj", "value"), VALID)
def test_legal_json_has_a_value_and_that_value_its_json(
    obj: dict[str, object], value: dict[str, Value]
) -> None:
    assert from_json(obj) == value
    assert parse_json(json.dumps(obj)) == value
    assert from_json(to_json(value)) == value


def test_integers_stay_apart_from_floats_and_booleans() -> None:
    value = from_json({"a": 5.0, "b": True})
    assert [type(item) for item in value.values()] == [int, bool]


@pytest.mark.parametrize(("obj", "message"), INVALID)
def test_illegal_json_is_refused_with_its_place(obj: object, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        from_json(obj)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("call", [from_json, as_value, to_json, to_cbor])
def test_more_than_64_bits_is_an_integer_too_large(call: Callable[[object], object]) -> None:
    for number in (MAX_INTEGER + 1, MIN_INTEGER - 1, 1 << 20_000):
        with pytest.raises(IntegerTooLarge):
            call({"a": number})


def test_the_limits_are_inclusive() -> None:
    assert from_json(nested(MAX_DEPTH))
    assert from_json({"k" * MAX_KEY_BYTES: 1})
    assert from_json({"é" * (MAX_KEY_BYTES // 2): [0] * MAX_ENTRIES})


def test_an_object_that_holds_itself_is_refused() -> None:
    circle: dict[str, object] = {}
    circle["a"] = [circle]
    for call in (from_json, as_value, to_json, to_cbor):
        with pytest.raises(DataError, match="nested more"):
            call(cast("Any", circle))


def test_aliases_cannot_multiply_without_end() -> None:
    bomb: object = "x"
    for _ in range(MAX_DEPTH - 1):
        bomb = [bomb] * 10
    with pytest.raises(DataError, match="more than 1048576 values in all"):
        from_json({"a": bomb})


def test_the_argument_is_neither_changed_nor_shared() -> None:
    inner: list[object] = [1.0]
    obj = {"a": inner}
    value = from_json(obj)
    inner.append(2)
    assert value == {"a": [1]}
    assert type(inner[0]) is float


def test_hostile_keys_are_shown_short_and_escaped() -> None:
    with pytest.raises(DataError) as caught:
        from_json({"\x1b[2J" + "k" * 5000: 1.5})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_members_of_enumerations_become_plain_values() -> None:
    value = from_json({Colour.RED: Colour.RED, "b": Level.LOW})
    assert value == {"red": "red", "b": 3}
    assert [type(part) for part in (*value, *value.values())] == [str, str, str, int]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"this is no JSON: .* \(line 1, column 1\)"),
        ('{"a":\n1,}', r"this is no JSON: .* \(line 2, column"),
        ('{"a": 01}', "this is no JSON"),
        ('{"a": 1} {}', "this is no JSON"),
        ('{"a": "\x01"}', "this is no JSON"),
        ("[1]", "at the top level of data stands an object, not a list"),
        ('{"b": [{"a": 1, "a": 1}]}', r"^b\[0\]: the key 'a' occurs twice in one object"),
        ('{"a": 1, "\\u0061": 1}', "^the key 'a' occurs twice"),
        ('{"a": NaN}', "^a: NaN is no JSON"),
        ('{"a": [-Infinity]}', r"^a\[0\]: -Infinity is no JSON"),
        ('{"a": 1e400}', "^a: '1e400' is no integer of 64 bits"),
        ('{"a": 0.1}', "^a: '0.1' is no integer"),
        ('{"a": 1e-999999999}', "^a: '1e-999999999' is no integer"),
        ('{"a": 9007199254740993.5}', "^a: .* is no integer"),
        ('{"a": 9223372036854775808}', "^a: '9223372036854775808' is too large"),
        ('{"a": 9223372036854775808.0}', "^a: '9223372036854775808' is too large"),
        ('{"a": -9223372036854775809}', "^a: '-9223372036854775809' is too large"),
        ('{"a": ' + "9" * 100_000 + "}", r"^a: '999.*' \(100000 characters\) is too large"),
        ('{"a": "\\ud800"}', "^a: the text '.ud800' holds half of a surrogate pair"),
        ('{"a": "\ud800"}', "JSON is UTF-8, and this is not"),
        ("\ufeff{}", "byte order mark"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a": "\xff"}', "JSON is UTF-8, and this is not"),
        ('{"a": 1}'.encode("utf-16"), "JSON is UTF-8"),
        ("[" * 1_000_000, "nested too deep"),
        ('{"a":' * 1_000_000, "nested too deep"),
        ('{"a":' * 100 + "1" + "}" * 100, "nested more than 64 levels"),
        (" " * (MAX_JSON_BYTES + 1), "too long"),
        ("é" * (MAX_JSON_BYTES // 2 + 1), "has 8388610 bytes and may have 8388608"),
    ],
    ids=lambda part: repr(part)[:30],
)
def test_bad_json_text_is_refused(text: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        parse_json(text)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5.0", 5),
        ("-0.0", 0),
        ("5e2", 500),
        ("0e999999999", 0),
        ("1.50e1", 15),
        ("9007199254740993.0", 9007199254740993),
        ("-9223372036854775808", MIN_INTEGER),
        ("9223372036854775807.0", MAX_INTEGER),
    ],
)
def test_integral_numbers_are_exact(text: str, number: int) -> None:
    assert parse_json(f'{{"a": {text}}}') == {"a": number}


def test_json_text_may_be_utf8_and_longer_on_request() -> None:
    assert parse_json('{"é": "🎈"}'.encode()) == {"é": "🎈"}
    with pytest.raises(DataError, match="may have 4 bytes"):
        parse_json('{"a": 1}', max_bytes=4)
    assert parse_json(" " * MAX_JSON_BYTES + "{}", max_bytes=2 * MAX_JSON_BYTES) == {}


def test_mixtures_of_json_and_values_become_values() -> None:
    mixed = [{"$link": CID}, Link(CID), {"$bytes": "aGk"}, b"hi", blob(ref=Link(RAW))]
    assert as_value(mixed) == [
        *(Link(CID), Link(CID), b"hi", b"hi"),
        {"$type": "blob", "ref": Link(RAW), "mimeType": "image/png", "size": 10},
    ]


@pytest.mark.parametrize(
    "obj", [1.0, {"$link": CID}, {"$bytes": ""}, {1, 2}, {"$type": ""}, blob()]
)
def test_what_is_no_value_is_not_written(obj: object) -> None:
    for call in (to_json, to_cbor):
        with pytest.raises(DataError, match=r"^a"):
            call(cast("Any", {"a": obj}))
