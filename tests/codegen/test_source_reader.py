"""Reading: values are those of `json.loads`, places are right, and bad text is a finding with its place."""

from __future__ import annotations

import json
import time
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_codegen.source.places import (
    locate,
    repeated_keys,
    syntax_error,
    tokens,
    too_deep,
)
from atdata_codegen.source.reader import Source, read
from atdata_codegen.source.span import Span

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


def pointers(value: object, at: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], object]:
    """Every pointer of a value, to what it leads to."""
    found: dict[tuple[str | int, ...], object] = {at: value}
    if isinstance(value, dict):
        for key, part in cast("dict[str, object]", value).items():
            found |= pointers(part, (*at, key))
    elif isinstance(value, list):
        for index, part in enumerate(cast("list[object]", value)):
            found |= pointers(part, (*at, index))
    return found


def cut(text: str, span: Span) -> str:
    """What a span covers."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return text[
        starts[span.line - 1] + span.column - 1 : starts[span.end_line - 1] + span.end_column - 1
    ]


@given(_JSON, st.sampled_from([None, 0, 2]), st.booleans())
def test_values_and_places_agree_with_the_text(
    value: Any, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    source = read("/a.json", text.encode())
    assert source.value == value
    assert source.diagnostics == ()
    expected = pointers(value)
    places = locate(text, expected)
    assert places.keys() == expected.keys()
    for pointer, part in expected.items():
        shown = cut(text, places[pointer].value)
        if isinstance(part, (dict, list)):
            assert shown == ("{" if isinstance(part, dict) else "[")
        else:
            assert json.loads(shown) == part
        key = places[pointer].key
        if pointer and isinstance(pointer[-1], str):
            assert key is not None
            assert json.loads(cut(text, key)) == pointer[-1]
        else:
            assert key is None


@given(
    st.binary(max_size=60) | st.text('{}[]",:0129eE.+-truefalsn \n\\u', max_size=30).map(str.encode)
)
def test_any_bytes_are_a_value_or_a_finding(data: bytes) -> None:
    source = read("/a.json", data)
    try:
        expected = json.loads(data.decode("utf-8"), parse_constant=lambda name: 1 / 0)
    except (ValueError, ZeroDivisionError):
        assert len(source.diagnostics) == 1
        assert source.diagnostics[0].line >= 1
    else:
        assert source.value == expected


def only(data: bytes) -> tuple[str, int, int, str]:
    """The one finding of a text: rule, line, column, message."""
    (found,) = read("/a.json", data).diagnostics
    return found.rule, found.line, found.column, found.message


@pytest.mark.parametrize(
    ("data", "line", "column", "part"),
    [
        (b'{"a": 1,}', 1, 9, "a string is expected"),
        (b'{"a": 1\n "b": 2}', 2, 2, "',' or '}' is expected"),
        (b"[1, 2", 1, 6, "the text ends"),
        (b"", 1, 1, "the text ends"),
        (b"[NaN]", 1, 2, "'NaN' is no JSON"),
        (b"[-Infinity]", 1, 2, "'-Infinity'"),
        (b"{'a': 1}", 1, 2, "single quotes"),
        (b"// no\n{}", 1, 1, "no comments"),
        (b'["a\nb"]', 1, 4, "a line end inside a string"),
        (b'["a\\q"]', 1, 4, "no escape"),
        (b'["a', 1, 2, "without an end"),
        (b"[01]", 1, 3, "',' or ']' is expected"),
        (b"{} {}", 1, 4, "after the end"),
        (b"\xef\xbb\xbf{}", 1, 1, "byte order mark"),
        (b'{\n"\xc3\xa9\xff": 1}', 2, 3, "0xff is not UTF-8"),
        (b"\x1b[2J", 1, 1, "'\\x1b' is no JSON"),
    ],
)
def test_what_is_not_json_is_said_with_its_place(
    data: bytes, line: int, column: int, part: str
) -> None:
    rule, found_line, found_column, message = only(data)
    assert (rule, found_line, found_column) == ("json-syntax", line, column)
    assert part in message


def test_each_repeated_key_is_found_where_it_stands() -> None:
    text = '{"a": {"x": 1, "x": 2}, "b": [{"a": 1}],\r\n "a": 3, "\\u0061": 4}'
    source = read("/a.json", text.encode())
    assert [(d.rule, d.line, d.column) for d in source.diagnostics] == [
        ("duplicate-key", 1, 16),
        ("duplicate-key", 2, 2),
        ("duplicate-key", 2, 10),
    ]
    assert [repeated.name for repeated in repeated_keys(text)] == ["x", "a", "a"]
    assert source.value == json.loads(text)


@pytest.mark.parametrize("depth", [65, 999, 1000, 5_000, 100_000])
def test_deep_nesting_is_a_finding_at_the_level_that_is_too_deep(depth: int) -> None:
    rule, line, column, _ = only(b"[\n" * max(depth, 300) + b"]" * max(depth, 300))
    assert (rule, line, column) == ("too-deep", 65, 1)


def test_deep_nesting_that_breaks_off_is_a_finding() -> None:
    assert only(b'{"a":' * 100_000)[0] == "too-deep"
    assert too_deep("[[]]", 2) is None


def test_a_number_of_any_length_is_read_as_out_of_range() -> None:
    value: Any = read("/a.json", b"[" + b"9" * 10_000 + b"]").value
    assert value[0] > 2**64
    assert str(value[0]).isdigit()


def test_five_megabytes_are_read_and_located_in_little_time() -> None:
    text = json.dumps({"a": "\\n" * 2_500_000, "b": [1, 2]})
    began = time.process_time()
    source = read("/a.json", text.encode())
    assert source.locate([("b", 1)])[("b", 1)].value.line == 1
    broken = read("/a.json", text.encode()[:-1])
    assert broken.diagnostics[0].rule == "json-syntax"
    assert time.process_time() - began < 5


@given(_JSON)
def test_the_scan_takes_the_terminals_of_the_grammar(value: Any) -> None:
    """The fast scan, which lark takes no part in, stops where lark finds a mistake, and nowhere else."""
    text = json.dumps(value)
    assert syntax_error(text) is None
    found = list(tokens(text))
    assert "".join(text[start:end] for _, start, end in found) == _without_blanks(text)


def _without_blanks(text: str) -> str:
    """JSON with the blanks between its parts taken away."""
    return json.dumps(json.loads(text), separators=(",", ":"))


def test_places_of_what_is_not_there_are_those_of_what_holds_it() -> None:
    source = Source("/a.json", '{"a": [1]}', {"a": [1]})
    found = source.locate([("a", 7, "x"), ("b",)])
    assert set(found) == {(), ("a",)}
