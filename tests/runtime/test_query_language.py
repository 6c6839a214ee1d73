"""The text of conditions: what is understood, what it prints as, and what is said of what is not understood."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import atdata
from atdata.manifest.query.conditions import (
    Among,
    Compare,
    Condition,
    Has,
    Matches,
    Missing,
    NotANumber,
    both,
    either,
    negated,
)
from atdata.manifest.query.reading import read_condition
from atdata.manifest.query.spelling import Value, value_of

UNDERSTOOD = {
    "confidence > 0.9 and label in ['cat', \"dog\"]": "confidence > 0.9 and label in ['cat', 'dog']",
    "0 < x <= 5": "x > 0 and x <= 5",
    "5 >= x > y.z": None,
    "1 == x": "x == 1",
    "a or b and not c": "a == true or b == true and not c == true",
    "(a or b) and c": "(a == true or b == true) and c == true",
    "a and (b and c)": "a == true and b == true and c == true",
    "not (a or b)": "not (a == true or b == true)",
    "not not a": "a == true",
    "not (not a)": "a == true",
    "'day' in tags": "'day' in tags",
    "3 not in sizes": "3 not in sizes",
    "x not in [1, 2.5, -inf,]": "x not in [1, 2.5, -inf]",
    "x in [1, 1, 1.0, true]": "x in [1, 1.0, true]",
    "x in []": "x in []",
    "x is null or y is not null": "x is null or y is not null",
    "x is nan and x is not nan": "x is nan and x is not nan",
    "startswith(label, 'ca')": "startswith(label, 'ca')",
    "contains ( text , 'it\\'s' )": "contains(text, 'it\\'s')",
    "endswith == 3": "endswith == 3",
    "camera . model == ''": "camera.model == ''",
    "`odd name`.`in`.x != 1e-3": "`odd name`.`in`.x != 0.001",
    "`a\\`b` == 1": "`a\\`b` == 1",
    "gr\u00f6\u00dfe >= 10\n\tand \u732b < 3": "gr\u00f6\u00dfe >= 10 and \u732b < 3",
    "inside == 3 and nothing == 1 and orange == 2": "inside == 3 and nothing == 1 and orange == 2",
    "x == 'a\\n\\t\\\\\\x1b\\u732b\\U0001f600\\\"'": "x == 'a\\n\\t\\\\\\x1b\u732b\U0001f600\"'",
    "x == -0.0": "x == -0.0",
    f"x == {2**63}": f"x == {2**63}",
}


@pytest.mark.parametrize("text", [text for text, said in UNDERSTOOD.items() if said])
def test_a_text_is_understood_and_printed_in_one_form(text: str) -> None:
    condition = read_condition(text)
    assert str(condition) == UNDERSTOOD[text]
    assert read_condition(str(condition)) == condition
    assert repr(condition) == f"<condition: {condition}>"


NOT_UNDERSTOOD = {
    "": "the condition is empty",
    " \n ": "the condition is empty",
    "x = 3": "equality is written ==",
    "x === 3": "equality is written ==",
    "x <> 3": "inequality is written !=",
    "x AND y": "write and",
    "x && y": "write and",
    "x || y": "write or",
    "!x": "write not, or !=",
    "x == null": "`x is null`",
    "x == nan": "`x is nan`",
    "x in (1, 2)": "a list of values stands in brackets",
    "x in y": "a list of values stands in brackets",
    "x in 'abc'": "a field is expected behind `in`",
    "3 < 4": "two values are compared",
    "a < b": "two fields are compared",
    "3": "a value by itself is no condition",
    "'a' is null": "a field is expected before `is`",
    "startswith(label)": "',' is expected",
    "startswith(label, 3)": "takes a field and then a text in quotes",
    "startswith('a', label)": "a field is expected first in startswith",
    "x > ": "the condition ends where a field or a value is expected",
    "(x > 1": "the condition ends where",
    "x > 1)": "')' where",
    "x == 'abc": "close the text with '",
    '"': 'close the text with "',
    "`x == 1": "close the name with `",
    "x == '\\q'": "no escape of this language",
    "x == '\\ud800'": "no character has this number",
    "x == '\\U00110000'": "no character has this number",
    "x == 'a\nb'": "close the text with '",
    "x > 1e999": "a number beyond the largest",
    f"x > {'9' * 500}": "a number of 500 characters",
    "x > 1 + 2": "there is no arithmetic",
    "-x > 3": "there is no arithmetic",
    "x between 1 and 2": "write a <= x <= b",
    "x like 'a'": "startswith(x, 'a')",
    "x[0] > 1": "'[' where",
    "x..y > 1": "'.' where a field is expected",
    "__import__('os').system('true')": "'(' where",
    "x.__class__ == 3 or (lambda: 1)()": "is not understood",
}


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_explained_at_its_place(text: str) -> None:
    with pytest.raises(atdata.QueryError) as caught:
        read_condition(text)
    message = str(caught.value)
    assert NOT_UNDERSTOOD[text] in message
    if text.strip():
        *_, line, mark = message.split("\n")
        assert mark.strip().startswith("^")
        assert len(line) <= 90


def test_the_mark_is_below_what_is_wrong() -> None:
    with pytest.raises(atdata.QueryError) as caught:
        read_condition("good == 1 and\n\u732b\u732b == 1 and wrong = 3")
    _, line, mark = str(caught.value).split("\n")
    # Each of the two wide characters takes two columns of a terminal.
    assert mark.index("^") == line.index("= 3") + 2


LEAF_VALUES = (
    st.integers(-(2**70), 2**70).map(lambda n: Value("integer", n))
    | st.floats(allow_nan=False).map(lambda x: Value("float", x))
    | st.booleans().map(lambda b: Value("boolean", b))
    | st.text(st.characters(exclude_categories=["Cs"])).map(lambda t: Value("text", t))
)
PATHS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(["in", "x", "a.b"]),
    min_size=1,
    max_size=3,
).map(tuple)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)


def built(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=2, max_size=3)
    return (
        several.map(lambda parts: both(*parts))
        | several.map(lambda parts: either(*parts))
        | inner.map(negated)
    )


LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Compare, PATHS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), LEAF_VALUES),
    st.builds(
        Among, PATHS, st.lists(LEAF_VALUES, max_size=4, unique=True).map(tuple), st.booleans()
    ),
    st.builds(Has, PATHS, LEAF_VALUES, st.booleans()),
    st.builds(Matches, PATHS, st.sampled_from(["startswith", "endswith", "contains"]), TEXTS),
    st.builds(Missing, PATHS, st.booleans()),
    st.builds(NotANumber, PATHS, st.booleans()),
)


@given(st.recursive(LEAVES, built, max_leaves=9))
def test_a_condition_is_read_as_it_was_printed(condition: Condition) -> None:
    text = str(condition)
    again = read_condition(text)
    assert again == condition
    assert hash(again) == hash(condition)
    assert str(again) == text
    assert text.isprintable()
    assert pickle.loads(pickle.dumps(condition)) == condition


@given(st.text(max_size=60) | st.text("xy<>=!&|()[]'\"`\\ 0123.-andornotisnullin,", max_size=60))
def test_any_text_is_a_condition_or_an_error_of_ours(text: str) -> None:
    try:
        condition = read_condition(text)
    except atdata.QueryError as error:
        message = str(error)
    else:
        message = str(condition)
        assert read_condition(message) == condition
    assert "".join(message.split("\n")).isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "x > 1" + ")" * 5000,
        "not " * 5001 + "x > 1",
        " or ".join(f"x == {n}" for n in range(3000)),
        "x in [" + ", ".join(map(str, range(10_000))) + "]",
        "x == '" + "\x7f" * 10_000 + "'",
        "`" + "n" * 10_000 + "` > 1",
    ],
    ids=["parentheses", "negations", "alternatives", "values", "a long text", "a long name"],
)
def test_long_conditions_are_read(text: str) -> None:
    condition = read_condition(text)
    assert read_condition(str(condition)) == condition


def test_what_is_too_deep_or_too_long_is_refused() -> None:
    deep = "x == 1"
    for number in range(60):
        deep = f"(y == {number} or (z == {number} and {deep}))"
    with pytest.raises(atdata.QueryError, match="levels deep"):
        read_condition(deep)
    with pytest.raises(atdata.QueryError, match=r"isin\(values\)"):
        read_condition("x in [" + "1, " * 400_000 + "]")
    with pytest.raises(atdata.QueryError) as caught:
        read_condition("x" * 10_000 + "\x1b[31m = 3")
    assert len(str(caught.value)) < 400
    assert "\x1b" not in str(caught.value)


def test_conditions_are_told_apart_by_the_kind_of_their_values() -> None:
    values: list[Any] = [1, 1.0, True, "1"]
    conditions = [Compare(("x",), "==", value_of(value)) for value in values]
    assert len(set(conditions)) == 4
    assert len({str(condition) for condition in conditions}) == 4


def test_the_grammar_is_made_once_and_what_was_read_is_known() -> None:
    from atdata.manifest.query import reading

    # Whether it is made again shows nowhere else.
    parser = reading._parser  # pyright: ignore[reportPrivateUsage]
    parser.cache_clear()
    found = [read_condition(f"grammar_{number} > 1") for number in range(20)]
    assert parser.cache_info().misses == 1
    again = [read_condition(f"grammar_{number} > 1") for number in range(20)]
    assert all(one is other for one, other in zip(found, again, strict=True))
    assert parser.cache_info().hits == 19, "what was read is not read again"


def test_every_condition_in_the_documentation_is_one(root: Path) -> None:
    text = (root / "docs" / "QUERY.md").read_text("utf-8")
    table = text.partition("## What a condition is")[2].partition("Names are those")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    found = [code for cell in cells for code in re.findall(r"`([^`]+)`", cell)]
    conditions = [code for code in found if code not in ("and", "or", "not", "( )")]
    assert len(conditions) > 12
    for condition in conditions:
        read_condition(condition)
