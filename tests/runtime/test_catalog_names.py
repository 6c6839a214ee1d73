"""What may be a name, a label or a version, and the order of versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.errors import EntryNotFound, NameRefused
from atdata.index.names import Reference, check_label, check_name
from atdata.index.versions import Version, is_version
from catalog import index_in, words

ALPHABET = "ABCxyz0189._-"
REFUSED = [
    "",
    ".",
    "..",
    "../../x",
    "a..b",
    "/etc/passwd",
    "a/b",
    "a\\b",
    ".hidden",
    "-option",
    "_x",
    "a b",
    "a\n",
    "a\0b",
    "\x1b[2Jboo",
    "naïve",
    "a*",
    "a?[0-9]",
    "'; DROP TABLE entries; --",
    "{a}:b",
    "x" * 129,
    "x" * 10_000,
    "a\u202eb",
    "a\ud800",
]

numbers = st.integers(0, 10**9 - 1)
parts = st.from_regex(r"(0|[1-9][0-9]{0,5}|[0-9]{0,3}[A-Za-z-][0-9A-Za-z-]{0,5})", fullmatch=True)
versions = st.builds(
    Version, numbers, numbers, numbers, st.lists(parts, max_size=3).map(tuple)
).filter(lambda version: len(str(version)) <= 50)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_name_is_refused_in_one_short_line(tmp_path: Path, name: str) -> None:
    index = index_in(tmp_path)
    for refused in (
        lambda: index.write(words("a"), name=name),
        lambda: index.entry(name),
        lambda: index.history(name),
        lambda: index.delete(name),
        lambda: index.label(name, "words"),
        lambda: index.label("best", name),
        lambda: index.entry(f"words@{name}"),
    ):
        with pytest.raises(NameRefused, match="A-Z a-z 0-9") as caught:
            refused()
        message = str(caught.value)
        assert len(message) < 400
        assert message.isprintable()
    assert index.datasets() == []


@pytest.mark.parametrize("given_", [None, 3, b"words", ["words"]])
def test_what_is_no_text_is_refused(given_: object) -> None:
    for check in (check_name, check_label, Reference.of, Version.of):
        with pytest.raises(NameRefused, match=type(given_).__name__):
            check(given_)


@given(st.text(ALPHABET, min_size=1, max_size=128))
def test_a_name_is_what_the_message_says(name: str) -> None:
    allowed = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) and ".." not in name
    if allowed:
        assert check_name(name) == name
        assert Reference.of(name) == Reference(name)
    else:
        with pytest.raises(NameRefused):
            check_name(name)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True), versions)
def test_what_stands_behind_the_at_is_a_version_or_a_label(label: str, version: Version) -> None:
    assert Reference.of(f"words@{version}") == Reference("words", version=str(version))
    try:
        check_label(label)
    except NameRefused:
        return
    assert not is_version(label)
    assert Reference.of(f"words@{label}") == Reference("words", label=label)
    assert str(Reference.of(f"words@{label}")) == f"words@{label}"


@pytest.mark.parametrize("label", ["1.0.0", "1", "1.2", "2.0.0-rc.1", "10.20.30"])
def test_a_label_does_not_look_like_a_version(label: str) -> None:
    with pytest.raises(NameRefused, match="looks like a version|no version"):
        check_label(label)


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1.0", "1.0.0.0", "01.0.0", "1.0.0+build", "1.0.0-", "1.0.0-01", "1.0.0-a..b"),
        *("v1.0.0", "1.0.0 ", "1000000000.0.0", "1.0.0-" + "a" * 50, "\u0661.0.0", "1.0.0\n"),
    ],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    assert not is_version(text)
    with pytest.raises(NameRefused, match="is no version"):
        Version.of(text)


@given(versions)
def test_a_version_reads_back(version: Version) -> None:
    assert Version.of(str(version)) == version


@given(versions, versions, versions)
def test_versions_are_in_one_order(a: Version, b: Version, c: Version) -> None:
    assert (a < b) + (a == b) + (a > b) == 1
    assert not (a < b < c) or a < c


def test_the_order_is_that_of_semver() -> None:
    texts = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2"]
    texts += ["1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"]
    assert [str(version) for version in sorted(map(Version.of, reversed(texts)))] == texts


@given(versions)
def test_the_next_versions_are_higher_and_say_what_may_break(version: Version) -> None:
    assert version < version.next_patch <= version.next_minor <= version.next_major
    assert not version.next_minor.pre
    assert version.next_major.breaks_from(version) or version.pre
    assert not version.major or not version.next_minor.breaks_from(version)


@pytest.mark.parametrize(
    ("version", "patch", "minor", "major"),
    [
        ("1.2.3", "1.2.4", "1.3.0", "2.0.0"),
        ("1.2.0-rc.1", "1.2.0", "1.2.0", "2.0.0"),
        ("2.0.0-rc.1", "2.0.0", "2.0.0", "2.0.0"),
        ("0.3.0", "0.3.1", "0.4.0", "1.0.0"),
    ],
)
def test_what_comes_next(version: str, patch: str, minor: str, major: str) -> None:
    given_ = Version.of(version)
    following = given_.next_patch, given_.next_minor, given_.next_major
    assert tuple(map(str, following)) == (patch, minor, major)


def test_what_is_not_there_is_said_with_what_is(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    with pytest.raises(EntryNotFound, match="which is empty"):
        index.entry("words")
    index.write(words("a"), name="words")
    index.label("best", "words")
    for wanted, said in {
        "word": "did you mean words",
        "zebra": "it has words",
        "words@1.1.0": "it has 1.0.0",
        "words@worst": "'words' has best",
        "other@best": "stands for words@1.0.0",
        "best": "the label of that name is words@best",
    }.items():
        with pytest.raises(EntryNotFound, match=said):
            index.entry(wanted)
    with pytest.raises(EntryNotFound, match="it has local.packable.word"):
        index.schema("org.example.word")
    with pytest.raises(EntryNotFound, match=r"it has 1\.0\.0"):
        index.schema("local.packable.word@2.0.0")
    with pytest.raises(NameRefused):
        index.schema("local.packable.word@best")
