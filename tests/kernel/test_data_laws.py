"""Laws of the data model over drawn values and hostile bytes."""

from __future__ import annotations

import itertools
import json
from typing import Any

import libipld
from hypothesis import given, settings
from hypothesis import strategies as st

from atdata_schema.data import (
    MAX_INTEGER,
    MIN_INTEGER,
    Link,
    Value,
    as_value,
    cid,
    cid_of_block,
    cid_of_bytes,
    from_cbor,
    from_json,
    parse_json,
    to_cbor,
    to_json,
)
from atdata_schema.errors import DataError

texts = st.text(max_size=30)  # without surrogates
links = st.binary(max_size=8).flatmap(lambda b: st.sampled_from([cid_of_bytes(b), cid_of_block(b)]))
blobs = st.fixed_dictionaries(
    {
        "$type": st.just("blob"),
        "ref": links.map(Link),
        "mimeType": texts,
        "size": st.integers(0, MAX_INTEGER),
    }
)
integers = st.integers(MIN_INTEGER, MAX_INTEGER) | st.sampled_from(
    [sign * 2**bits + more for sign in (1, -1) for bits in (8, 16, 32, 53) for more in (-1, 0, 1)]
)
# 36 bytes could be mistaken for a CID by the other implementation; they have a test of their own.
leaves = (
    st.none() | st.booleans() | integers | texts | st.binary(max_size=35) | links.map(Link) | blobs
)
keys = texts.filter(lambda key: not key.startswith("$"))


def containers(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and maps, with and without a `$type`."""
    maps: st.SearchStrategy[dict[str, Any]] = st.dictionaries(keys, items, max_size=8)
    return st.lists(items, max_size=8) | maps | st.builds(with_type, maps, texts)


def with_type(value: dict[str, Any], name: str) -> dict[str, Any]:
    """The map with a `$type`."""
    return {**value, "$type": "x" + name}


values: st.SearchStrategy[Any] = st.recursive(leaves, containers, max_leaves=20)
records: st.SearchStrategy[Any] = st.dictionaries(keys, values, max_size=6)


@given(records)
def test_json_keeps_every_value(record: dict[str, Value]) -> None:
    spelled = to_json(record)
    assert from_json(spelled) == record
    assert parse_json(json.dumps(spelled)) == record
    assert parse_json(json.dumps(spelled, ensure_ascii=False).encode()) == record
    assert as_value(spelled) == as_value(record) == record


@given(values)
def test_cbor_keeps_every_value(value: Value) -> None:
    block = to_cbor(value)
    again = from_cbor(block)
    assert again == value
    assert types(again) == types(value)  # 1 == True, to Python
    assert to_cbor(again) == block


def types(value: Value) -> object:
    """The types of a value, in its shape."""
    if isinstance(value, list):
        return [types(item) for item in value]
    if isinstance(value, dict):
        return {key: types(item) for key, item in value.items()}
    return type(value)


@given(records, st.randoms())
def test_equal_values_have_one_cid(record: dict[str, Value], random: Any) -> None:
    items = list(record.items())
    random.shuffle(items)
    assert cid(dict(items)) == cid(record)
    Link(cid(record))


def foreign(value: Value) -> Any:
    """The value as libipld has it: a link is its binary CID."""
    if isinstance(value, list):
        return [foreign(item) for item in value]
    if isinstance(value, dict):
        return {key: foreign(item) for key, item in value.items()}
    return value.binary if isinstance(value, Link) else value


@given(values)
def test_another_implementation_agrees(value: Value) -> None:
    block = to_cbor(value)
    assert block == libipld.encode_dag_cbor(foreign(value))
    assert libipld.decode_dag_cbor(block) == foreign(value)


@given(st.binary(max_size=8))
def test_bytes_that_look_like_a_cid_stay_bytes(data: bytes) -> None:
    binary = Link(cid_of_bytes(data)).binary
    assert from_cbor(to_cbor([binary, Link(cid_of_bytes(data))])) == [
        binary,
        Link(cid_of_bytes(data)),
    ]


def assert_canonical_or_refused(data: bytes) -> None:
    """What is read is written again with the same bytes."""
    try:
        value = from_cbor(data)
    except DataError:
        return
    assert to_cbor(value) == data
    assert as_value(to_json(value)) == value


def test_all_short_blocks_are_canonical_or_refused() -> None:
    taken = 0
    for size in (0, 1, 2):
        for block in itertools.product(range(256), repeat=size):
            data = bytes(block)
            assert_canonical_or_refused(data)
            taken += _is_taken(data)
    # One byte: 24 + 24 integers, 3 simple values, 4 empty ones. Two: 232 + 232 integers, 256 byte
    # strings, 128 ASCII texts, and the 55 of one byte in a list. No map of one entry has two bytes.
    assert taken == (24 + 24 + 3 + 4) + (232 + 232 + 256 + 128 + 55)


def _is_taken(data: bytes) -> bool:
    try:
        from_cbor(data)
    except DataError:
        return False
    return True


@given(st.binary(max_size=60))
def test_random_bytes_are_canonical_or_refused(data: bytes) -> None:
    assert_canonical_or_refused(data)


@settings(max_examples=400)
@given(values, st.data())
def test_mutated_blocks_are_canonical_or_refused(value: Value, data: st.DataObject) -> None:
    block = to_cbor(value)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(block)))
        cut = data.draw(st.integers(0, 2))
        put = data.draw(st.binary(max_size=2))
        block = block[:at] + put + block[at + cut :]
    assert_canonical_or_refused(block)


@given(values)
def test_every_truncation_is_refused(value: Value) -> None:
    block = to_cbor(value)
    for end in range(len(block)):
        assert not _is_taken(block[:end])


json_like: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | texts,
    lambda items: st.lists(items, max_size=4)
    | st.dictionaries(
        st.sampled_from(["$type", "$bytes", "$link", "ref", "mimeType", "size", "a"]),
        items | st.sampled_from(["blob", "AAE", cid_of_bytes(b"")]),
        max_size=4,
    ),
    max_leaves=12,
)


@given(json_like)
def test_any_json_is_read_or_refused(obj: object) -> None:
    try:
        value = from_json(obj)
    except DataError as error:
        message = str(error)
        printable = message.isprintable()
        assert printable
        return
    assert from_cbor(to_cbor(value)) == value
    assert from_json(to_json(value)) == value


@given(st.text() | st.binary() | json_like.map(json.dumps))
def test_any_json_text_is_read_or_refused(text: str | bytes) -> None:
    try:
        value = parse_json(text)
    except DataError:
        return
    assert parse_json(json.dumps(to_json(value))) == value
