"""String formats: the public vectors, messages, parts, and hostile text."""

from __future__ import annotations

import string
import time
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_schema.errors import InvalidSyntax
from atdata_schema.syntax import (
    KINDS,
    AtUri,
    Kind,
    check,
    is_valid,
    nsid_parts,
    parse_at_uri,
    ref_parts,
)

VECTORS = Path(__file__).parent.parent / "data" / "syntax"


def cases(kind: Kind, suffix: str) -> list[str]:
    """The cases of a vector file, unstripped."""
    file = VECTORS / f"{kind.replace('-', '')}_{suffix}.txt"
    lines = file.read_text(encoding="utf-8").split("\n")
    return [line for line in lines if line and not line.startswith("#")]


VALID: list[tuple[Kind, str]] = [(k, line) for k in KINDS for line in cases(k, "syntax_valid")]
INVALID: list[tuple[Kind, str]] = [
    *((k, line) for k in KINDS for line in cases(k, "syntax_invalid")),
    *(("datetime", line) for line in cases("datetime", "parse_invalid")),
]


def shown(case: object) -> str:
    """A short test id."""
    return ascii(case)[1:40]


def test_every_kind_has_vectors_of_both_sorts() -> None:
    for sort in (VALID, INVALID):
        assert {kind for kind, _ in sort} == set(KINDS)
    assert (len(VALID), len(INVALID)) > (200, 200)


@pytest.mark.parametrize(("kind", "text"), VALID, ids=shown)
def test_valid_vector_is_returned(kind: Kind, text: str) -> None:
    assert check(kind, text) == text


@pytest.mark.parametrize(("kind", "text"), INVALID, ids=shown)
def test_invalid_vector_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(InvalidSyntax, match=r" is no .*: "):
        check(kind, text)


@pytest.mark.parametrize("text", cases("language", "parse_invalid"))
def test_a_repeated_subtag_is_well_formed(text: str) -> None:
    assert is_valid("language", text)


@pytest.mark.parametrize(
    ("kind", "text", "rule"),
    [
        ("nsid", "com.example", "at least three segments"),
        ("nsid", "com.example.2nd", "the last segment of an NSID"),
        ("nsid", "1.example.name", "the first segment of an NSID"),
        ("nsid", "com.example-.name", "no hyphen at either end"),
        ("nsid", "com." + "a.b" * 200, "at most 317"),
        ("did", "DID:web:example.com", "lower case"),
        ("did", "did:WEB:example.com", "lower-case letters only"),
        ("did", "did:web:", "an identifier after its method"),
        ("did", "did:web:a:", "ends with neither"),
        ("did", "did:web:a/b", "letters, digits and the characters"),
        ("did", "did:web:" + "a" * 2041, "at most 2048"),
        ("handle", "alice", "at least two segments"),
        ("handle", "alice..com", "1 to 63"),
        ("handle", "alice.0com", "starts with a letter"),
        ("handle", "a." * 126 + "com", "at most 253"),
        ("at-identifier", "did:web:", "an identifier after its method"),
        ("at-identifier", "@alice.com", "1 to 63"),
        ("at-uri", "https://a.b", "starts with 'at://'"),
        ("at-uri", "at://a.b/", "does not end with a slash"),
        ("at-uri", "at://a.b/c.d.e/f/g", "at most a collection and a record key"),
        ("at-uri", "at://a.b/c.d", "at least three segments"),
        ("at-uri", "at://a.b/c.d.e/f#g", "a record key has letters"),
        ("at-uri", "at://" + "a" * 8188, "at most 8192"),
        ("tid", "222", "exactly 13"),
        ("tid", "2222222222221", "digits 2 to 7"),
        ("tid", "k222222222222", "the first character"),
        ("record-key", "..", "are no record keys"),
        ("record-key", "", "1 to 512"),
        ("record-key", "a@1.0.0", "_ ~ . : -"),
        ("datetime", "1985-04-12", "looks like"),
        ("datetime", "2023-02-29T00:00:00Z", "days from 01 to 28"),
        ("datetime", "2023-00-01T00:00:00Z", "months"),
        ("datetime", "2023-01-01T24:00:00Z", "hours go"),
        ("datetime", "2023-01-01T00:60:00Z", "minutes go"),
        ("datetime", "2023-01-01T00:00:60Z", "seconds go"),
        ("datetime", "2023-01-01T00:00:00-00:00", "-00:00 is not allowed"),
        ("datetime", "2023-01-01T00:00:00+24:00", "the offset of a datetime"),
        ("datetime", "0000-01-01T00:59:00+01:00", "before the year 0000"),
        ("datetime", "2023-01-01T00:00:00." + "0" * 50 + "Z", "at most 64"),
        ("cid", "bafy", "8 to 256"),
        ("cid", "bafy bafy bafy", "the characters \\+ = only"),
        ("cid", "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR", "version 0"),
        ("uri", "HTTP://example.com", "scheme"),
        ("uri", "https:", "more than its scheme"),
        ("uri", "https://a b", "no spaces"),
        ("uri", "a:" + "b" * 8191, "at most 8192"),
        ("language", "JA", "two or three lower-case letters"),
        ("language", "x", "followed by a subtag"),
        ("language", "en-", "1 to 8 letters"),
        ("language", "en" + "-abc" * 32, "at most 128"),
    ],
)
def test_the_message_names_the_broken_rule(kind: Kind, text: str, rule: str) -> None:
    with pytest.raises(InvalidSyntax, match=rule):
        check(kind, text)


@pytest.mark.parametrize(
    "text",
    ["2024-02-29T23:59:59Z", "2000-02-29T00:00:00Z", "0000-01-01T01:00:00+01:00"],
)
def test_leap_days_and_the_first_instant_are_datetimes(text: str) -> None:
    assert is_valid("datetime", text)


def test_a_trailing_newline_is_never_ignored() -> None:
    for kind, text in VALID:
        assert not is_valid(kind, text + "\n"), (kind, text)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_text_is_refused(kind: Kind) -> None:
    for thing in (None, 5, b"a.b.c", ["a.b.c"]):
        assert not is_valid(kind, thing)
        with pytest.raises(InvalidSyntax, match=f"a {type(thing).__name__} is no .* a str"):
            check(kind, cast("Any", thing))


def test_control_characters_do_not_reach_a_terminal() -> None:
    with pytest.raises(InvalidSyntax) as caught:
        check("handle", "\x1b]0;title\x07\x1b[2J\u202e.com")
    assert str(caught.value).isprintable()


def test_a_long_text_is_shortened_in_the_message() -> None:
    with pytest.raises(InvalidSyntax, match=r"\(1000000 characters\)") as caught:
        check("nsid", "o" * 1_000_000)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("kind", ["NSID", "", "at_uri", ["nsid"]])
def test_an_unknown_kind_is_a_mistake_of_the_caller(kind: object) -> None:
    for call in (check, is_valid):
        with pytest.raises(ValueError, match="there is no syntax") as caught:
            call(cast("Kind", kind), "a.b.c")
        assert not isinstance(caught.value, InvalidSyntax)


@given(
    case=st.sampled_from(VALID),
    at=st.integers(0, 10_000),
    cut=st.integers(0, 3),
    put=st.text(max_size=3) | st.text(string.printable, max_size=3),
)
def test_mutated_text_is_taken_or_refused_by_both_functions(
    case: tuple[Kind, str], at: int, cut: int, put: str
) -> None:
    kind, text = case
    at %= len(text) + 1
    mutant = text[:at] + put + text[at + cut :]
    assert_check_agrees(kind, mutant)


@given(kind=st.sampled_from(KINDS), text=st.text())
def test_any_text_is_taken_or_refused_by_both_functions(kind: Kind, text: str) -> None:
    assert_check_agrees(kind, text)


def assert_check_agrees(kind: Kind, text: str) -> None:
    """`check` returns exactly what `is_valid` accepts."""
    if is_valid(kind, text):
        assert check(kind, text) == text
        return
    with pytest.raises(InvalidSyntax) as refusal:
        check(kind, text)
    assert str(refusal.value).isprintable()


HOSTILE = [
    "a",
    "a.",
    "a-",
    "did:a:" + ":" * 2000,
    "at://a.b.c/",
    ":",
    "a" * 63 + ".",
    "-a",
    "/",
    "0",
]


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_takes_linear_time(kind: Kind) -> None:
    start = time.process_time()
    for seed in HOSTILE:
        for length in (60, 120, 250, 310, 2040, 8180, 1_000_000):
            text = (seed * (length // len(seed) + 1))[:length]
            assert not is_valid(kind, text + "!\n")
    assert time.process_time() - start < 2


@pytest.mark.parametrize("text", [text for kind, text in VALID if kind == "at-uri"], ids=shown)
def test_an_at_uri_is_put_together_again(text: str) -> None:
    assert str(parse_at_uri(text)) == text


def test_an_at_uri_has_two_or_three_parts() -> None:
    assert parse_at_uri("at://did:web:a.b") == AtUri("did:web:a.b", None, None)
    assert parse_at_uri("at://a.b/c.d.e/f") == AtUri("a.b", "c.d.e", "f")
    with pytest.raises(InvalidSyntax, match="AT-URI"):
        parse_at_uri("at://a.b/c.d.e/f#g")


def test_the_authority_of_an_nsid_is_a_domain_name() -> None:
    assert nsid_parts("com.example.name") == ("example.com", "name")
    with pytest.raises(InvalidSyntax, match="NSID"):
        nsid_parts("com.example")


@pytest.mark.parametrize(
    ("ref", "parts"),
    [
        ("a.b.c", ("a.b.c", "main")),
        ("a.b.c#main", ("a.b.c", "main")),
        ("a.b.c#d_1", ("a.b.c", "d_1")),
        ("#d", ("", "d")),
    ],
)
def test_a_reference_has_a_lexicon_and_a_definition(ref: str, parts: tuple[str, str]) -> None:
    assert ref_parts(ref) == parts


@pytest.mark.parametrize(
    "ref",
    ["", "#", "a.b", "a.b.c#", "a.b.c##d", "a.b.c#d#e", "a.b.c# d", "a.b.c#d\x07", "a.b#d", 5],
)
def test_what_is_no_reference_is_refused(ref: object) -> None:
    with pytest.raises(InvalidSyntax, match=r"is no (reference|NSID)"):
        ref_parts(cast("Any", ref))
