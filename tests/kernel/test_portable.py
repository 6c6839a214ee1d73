"""The portable form of an extension: the last line of a description."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_schema.model import DTYPES
from atdata_schema.portable import (
    KEYS,
    description_of,
    extension_of,
    format_extension,
    parse_line,
)

DIMS = st.lists(st.sampled_from(["H", "W", "_n1", "*", "..."]) | st.integers(0, 9999), max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def extensions(draw: st.DrawFn) -> dict[str, object]:
    others = st.sampled_from([key for key in KEYS if key not in ("dtype", "shape")])
    found: dict[str, object] = draw(st.dictionaries(others, VALUES, max_size=4))
    if draw(st.booleans()):
        found["dtype"] = draw(st.sampled_from(["*", *DTYPES]))
    if draw(st.booleans()):
        found["shape"] = draw(DIMS)
    return found


@given(extensions())
def test_every_extension_survives_the_line(extension: dict[str, object]) -> None:
    line = format_extension(extension)
    assert "\n" not in line
    assert parse_line(line) == extension
    assert extension_of(None, f"Some words.\n{line}") == extension
    assert extension_of(None, line) == extension
    assert description_of(f"Some words.\n\n{line}\n") == "Some words."
    assert description_of(line) is None
    assert extension_of(extension, line) == extension


@pytest.mark.parametrize(
    ("line", "extension"),
    [
        ("@atdata", {}),
        ("@atdata float32[]", {"dtype": "float32", "shape": []}),
        ("@atdata *[...]", {"dtype": "*", "shape": ["..."]}),
        (
            "@atdata uint8[ H ,3 ]  finite=true",
            {"dtype": "uint8", "shape": ["H", 3], "finite": True},
        ),
        ('@atdata dtype="int8" shape=["N"]', {"dtype": "int8", "shape": ["N"]}),
        ('@atdata classes=["a b", "c=d"] as="str"', {"classes": ["a b", "c=d"], "as": "str"}),
    ],
)
def test_lines_by_hand(line: str, extension: dict[str, Any]) -> None:
    assert parse_line(line) == extension


@pytest.mark.parametrize(
    "line",
    [
        "@atdata float32[H",
        "@atdata float32[H W]",
        "@atdata float32[-1]",
        "@atdata float32[1.5]",
        "@atdata float32",
        "@atdata dtype=",
        "@atdata dtype=float32",
        '@atdata dtype="a" dtype="b"',
        '@atdata float32[H] shape=["W"]',
        "@atdata values={",
        "@atdata values=" + "[" * 100_000,
        "@atdata =5",
    ],
    ids=lambda line: str(line)[:30],
)
def test_lines_that_say_nothing_plain_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"no JSON|no key=JSON|no dimension"):
        extension_of(None, line)


@pytest.mark.parametrize(
    "description",
    [
        None,
        "",
        "words",
        "@atdatax float32[H]",
        "mail me @atdata float32[H]",
        "@atdata float32[H]\nmore",
    ],
)
def test_descriptions_without_such_a_last_line_stay(description: str | None) -> None:
    assert extension_of(None, description) == {}
    assert description_of(description) == description


def test_both_forms_that_disagree_are_refused() -> None:
    with pytest.raises(ValueError, match="write one of them"):
        extension_of({"dtype": "int8"}, '@atdata dtype="uint8"')
    with pytest.raises(ValueError, match="write one of them"):
        extension_of({}, "@atdata float32[H]")
    assert extension_of({"dtype": "int8"}, "words") == {"dtype": "int8"}
