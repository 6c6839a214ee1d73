"""The parts that all providers share: forms, orders, words, and what makes nothing of them an operator."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from atdata.errors import CatalogError, NameRefused
from atdata.index.entry import Entry, SchemaKey, ShardRecord
from atdata.index.entry_json import decode_entry, decode_schema, encode_entry, encode_schema
from atdata.index.providers.checks import LONGEST, may_be_text
from atdata.index.providers.provider import Search
from atdata.index.providers.rows import PLACES, fields_of, rows_of, value
from atdata.index.providers.wanted import wanted
from atdata.index.sort_keys import rank, sort_key, version_of
from atdata.index.versions import Version
from atdata.testing.catalogue import a_digest, a_schema, an_entry, entries, stored_schemas, versions
from atdata.words import encoded, parts_of, words_of

KEY = SchemaKey("org.example.note", "1.0.0", "bafyreinote")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(entries())
def test_an_entry_reads_back_from_its_json(entry: Entry) -> None:
    text = encode_entry(entry)
    read = decode_entry(text)
    assert read == entry == decode_entry(text.encode())
    assert encode_entry(read) == text
    assert [*read.splits] == [*entry.splits]
    assert json.loads(text)["name"] == entry.name


@given(st.data())
def test_a_schema_reads_back_from_its_json(data: st.DataObject) -> None:
    schema = data.draw(stored_schemas(KEY))
    assert decode_schema(encode_schema(schema)) == schema


def test_the_json_of_an_entry_is_as_published() -> None:
    shard = ShardRecord("file:///a.tar", 10, 2, a_digest(1), None, a_digest(2), "shards/a.tar")
    entry = Entry(
        "notes", "1.0.0", KEY, {"train": (shard,)}, "2026-01-31T12:00:00.000000Z", tags=("a",)
    )
    assert json.loads(encode_entry(entry)) == {
        "name": "notes",
        "version": "1.0.0",
        "schema": {"id": "org.example.note", "version": "1.0.0", "cid": "bafyreinote"},
        "splits": {
            "train": [
                {
                    "url": "file:///a.tar",
                    "bytes": 10,
                    "samples": 2,
                    "sha256": a_digest(1),
                    "index": None,
                    "manifest": a_digest(2),
                    "key": "shards/a.tar",
                }
            ]
        },
        "created": "2026-01-31T12:00:00.000000Z",
        "store": None,
        "description": None,
        "license": None,
        "tags": ["a"],
        "metadata": {},
    }


def mutated(**changes: Any) -> str:
    """The JSON of an entry with other values, or without those that are `...`."""
    shown = json.loads(encode_entry(an_entry("notes", digests=[a_digest(1)]))) | changes
    return json.dumps({name: item for name, item in shown.items() if item is not ...})


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "[]", "{}", "{", "\x00", '"\ud800"', "[" * 100_000),
        *(mutated(name=1), mutated(name=None), mutated(name=...), mutated(created=...)),
        *(mutated(schema={"id": "a"}), mutated(schema=[]), mutated(splits=[]), mutated(tags="a")),
        *(mutated(splits={"train": [{"url": "a", "bytes": 1.5, "samples": 1}]}),),
        *(mutated(splits={"train": [{"url": "a", "bytes": "1", "samples": 1}]}),),
        *(mutated(splits={"train": [{"url": "a", "bytes": 1}]}), mutated(metadata=[])),
        *(mutated(version=1.0), mutated(store=0), mutated(tags=[1])),
    ],
)
def test_what_is_no_entry_is_refused(text: str) -> None:
    with pytest.raises(CatalogError, match="no entry in JSON"):
        decode_entry(text)


def test_keys_of_later_forms_are_ignored() -> None:
    assert decode_entry(mutated(later={"a": 1})) == an_entry("notes", digests=[a_digest(1)])


def test_metadata_that_is_nested_too_deeply_is_refused() -> None:
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(CatalogError, match="too deeply"):
        encode_entry(an_entry("notes", metadata={"a": nested}))


def test_metadata_that_would_change_is_named() -> None:
    with pytest.raises(CatalogError, match=r"'notes'.*'second'.*allowed are"):
        encode_entry(an_entry("notes", metadata={"first": 1, "second": float("inf")}))


@given(st.lists(versions(), min_size=2, max_size=8))
def test_keys_sort_as_versions_do(given: list[str]) -> None:
    by_bytes = sorted(given, key=lambda version: sort_key(version).encode())
    assert [*map(Version.of, by_bytes)] == sorted(map(Version.of, given))
    latest = max(given, key=lambda version: rank(sort_key(version)))
    releases = [Version.of(version) for version in given if "-" not in version]
    assert Version.of(latest) == max(releases or map(Version.of, given))


@given(versions())
def test_a_version_comes_back_from_its_key(version: str) -> None:
    assert version_of(sort_key(version)) == version
    assert re.fullmatch(r"[0-9A-Za-z!~-]+", sort_key(version))


@given(versions(), versions())
def test_keys_are_different_where_versions_are(first: str, second: str) -> None:
    assert (sort_key(first) == sort_key(second)) == (first == second)


def test_the_order_is_that_of_semver_2() -> None:
    published = "1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1.0.0"
    given = published.split(" < ")
    assert sorted(random.Random(1).sample(given, 8), key=sort_key) == given
    long = ["1.0.0-9", "1.0.0-10", "1.0.0-999999999999999999999999999999", "1.0.0--", "1.0.0-0a"]
    assert sorted(long, key=sort_key) == sorted(long, key=Version.of)


@given(TEXTS, TEXTS)
def test_encoded_texts_begin_with_each_other_exactly_where_texts_do(
    first: str, second: str
) -> None:
    assert re.fullmatch("[a-z0-9_]*", encoded(first))
    assert encoded(first + second).startswith(encoded(first))
    assert encoded(first).startswith(encoded(second)) == first.startswith(second)
    assert (encoded(first) == encoded(second)) == (first == second)


@given(TEXTS | st.text(st.characters(max_codepoint=127)))
def test_words_are_in_one_form(text: str) -> None:
    for word in words_of(text):
        assert words_of(word) == [word]
        assert word == word.casefold()
    assert words_of(text.upper().lower()) == words_of(text.upper())


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_has_the_words_that_any_text_has(text: str) -> None:
    """ASCII is split by a pattern of its own; with another word behind, by the general one."""
    assert words_of(text + " ö") == [*words_of(text), "ö"]
    assert {*parts_of(text + " ö")} == {*parts_of(text), "ö"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Straße STRASSE \u017ftraße", ["strasse"] * 3),
        ("ﬁle \uff26\uff29\uff2c\uff25", ["file", "file"]),
        ("e\u0301 é É", ["é"] * 3),
        ("हिन्दी", ["हिन्दी"]),
        ("日本語 text", ["日", "本", "語", "text"]),
        ("C++ & C#", ["c", "c"]),
        ("snake_case-and.dots", ["snake", "case", "and", "dots"]),
        ("x" * 500, ["x" * 160]),
        ("'\"*:()^{}!&|\\\0\x1b[2J", ["2j"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(TEXTS, TEXTS)
def test_values_are_different_where_texts_are_and_short(first: str, second: str) -> None:
    assert re.fullmatch("[:#][a-z0-9_]*", value(first))
    assert len(value(first)) <= 120
    assert (value(first) == value(second)) == (first == second)


@given(TEXTS)
def test_no_character_of_a_search_reaches_a_database(text: str) -> None:
    query = wanted(Search(text, text, [text], None))
    assume(query is not None)
    assert query is not None
    for shown in (*query.words, *query.tags, query.field or ""):
        assert re.fullmatch("[:#]?[a-z0-9_]*", shown)


@pytest.mark.parametrize("text", ["!", "***", "\0", "\ud800", "--"])
def test_signs_alone_find_nothing_and_spaces_ask_for_nothing(text: str) -> None:
    assert wanted(Search(text)) is None
    assert wanted(Search(" \t")) == wanted(Search(""))


@pytest.mark.parametrize("limit", [0, -1, -(10**30)])
def test_no_more_than_nothing_is_nothing(limit: int) -> None:
    assert wanted(Search("a", limit=limit)) is None


@pytest.mark.parametrize(
    "schema",
    [
        *({}, {"id": 1}, {"id": "a", "documents": []}, {"id": "a", "documents": {"a": None}}),
        *({"id": "a", "documents": {"a": {"defs": {"main": []}}}},),
        *({"id": "a", "documents": {"a": {"defs": {"main": {"properties": [1]}}}}},),
        *({"id": "a#b", "documents": {"a": {"defs": {"main": {"properties": {"x": {}}}}}}},),
    ],
)
def test_documents_that_say_nothing_of_fields_have_none(schema: Any) -> None:
    assert fields_of(schema) == {}


def test_fields_of_a_record_and_of_a_named_type() -> None:
    properties = {"text": {"description": "words"}, "odd": 3, "number": {"description": 5}}
    record = {"type": "record", "record": {"type": "object", "properties": properties}}
    named: dict[str, Any] = {"type": "object", "properties": {"x": {}}}
    documents: dict[str, Any] = {"a.b.c": {"defs": {"main": record, "point": named}}}
    assert fields_of({"id": "a.b.c", "documents": documents}) == {
        "text": "words",
        "odd": "",
        "number": "5",
    }
    assert fields_of({"id": "a.b.c#point", "documents": documents}) == {"x": ""}


def test_a_word_stands_in_its_best_place_alone() -> None:
    schema = a_schema("org.example.cats", fields={"dogs": "cats and birds"})
    entry = an_entry("cats", schema=schema, tags=("dogs",), description="birds, dogs and fish")
    ((row, _),) = rows_of([(entry, schema)])
    assert dict(zip(PLACES, row.words, strict=True)) == {
        "name": ("cats",),
        "tags": ("dogs",),
        "type": ("org", "example"),
        "text": ("fish", "and", "birds"),
    }


def test_more_words_than_can_be_searched_are_refused() -> None:
    text = " ".join(f"w{n}" for n in range(100_000))
    with pytest.raises(CatalogError, match=r"'notes'.*shorten the description"):
        rows_of([(an_entry("notes", description=text), a_schema())])
    rows_of([(an_entry("notes", description="the same again " * 100_000), a_schema())])


@pytest.mark.parametrize(
    "created", ["", "2026", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000+00:00", "x" * 27]
)
def test_a_time_has_one_form(created: str) -> None:
    with pytest.raises(CatalogError, match=r"no time: one is in UTC and has microseconds"):
        rows_of([(an_entry("notes", created=created), a_schema())])


@pytest.mark.parametrize("digest", ["", "a" * 63, "A" * 64, "g" * 64])
def test_a_digest_has_one_form(digest: str) -> None:
    with pytest.raises(NameRefused, match="64 digits"):
        rows_of([(an_entry("notes", digests=[digest]), a_schema())])


@given(st.text())
def test_what_may_be_a_key(text: str) -> None:
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        size = 0
    assert may_be_text(text) == (0 < size <= LONGEST and "\0" not in text)
