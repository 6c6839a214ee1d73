"""Answers by columns are those of one value after the other, and statistics never leave out a shard that counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrow import pa
from atdata.manifest.bounds import Bounds
from atdata.manifest.form import Manifest, ManifestField
from atdata.manifest.form_json import decode, encode
from atdata.manifest.pruning import verdicts
from atdata.manifest.query.columns import Column, coded, joined, rows_of
from atdata.manifest.query.conditions import (
    Among,
    Both,
    Compare,
    Condition,
    Either,
    Has,
    Leaf,
    Matches,
    Missing,
    Negated,
    NotANumber,
)
from atdata.manifest.query.evaluation import above, evaluate
from atdata.manifest.query.exact import asked_of_floats, asked_of_integers
from atdata.manifest.query.judging import judge_value
from atdata.manifest.query.kinds import FieldKind, Kind
from atdata.manifest.query.spelling import Value, value_of
from atdata.manifest.statistics import LONGEST_VALUE, MOST_VALUES, FieldStatistics, statistics_of
from atdata.views.scanning import column_of
from atdata_schema.fields.instants import format_instant

TENTH = float(np.float32(0.1))  # which is not 0.1
START = datetime(2026, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAN = float("nan")
ODD_TEXTS = (
    "",
    "a",
    "a" * 127,
    "a" * 128,
    "a" * 129,
    "a" * 128 + "b",
    "b\U0010ffff",
    "\U0010ffff" * 40,
)
TEXTS = st.sampled_from(ODD_TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
FLOATS = st.floats() | st.sampled_from([NAN, 0.0, -0.0, float("inf"), float("-inf"), 2.0**53, 0.1])
INTEGERS = (
    st.integers(-(2**63), 2**63 - 1)
    | st.integers(-3, 3)
    | st.sampled_from([2**53, 2**53 + 1, 2**63 - 1, -(2**63)])
)
MOMENTS = st.integers(-(10**13), 10**13).map(lambda n: START + timedelta(microseconds=n))
GIVEN: dict[Kind, st.SearchStrategy[Any]] = {
    "integer": INTEGERS,
    "float64": FLOATS,
    "float32": st.floats(width=32) | st.sampled_from([NAN, 0.0, float("inf"), TENTH]),
    "boolean": st.booleans(),
    "text": TEXTS,
    "datetime": MOMENTS,
}
ORDERS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
HOW = st.sampled_from(["startswith", "endswith", "contains"])
PATH = ("x",)
NUMBERS = (
    st.integers(-(2**70), 2**70).map(lambda n: Value("integer", n))
    | INTEGERS.map(lambda n: Value("integer", n))
    | FLOATS.filter(lambda x: x == x).map(lambda x: Value("float", x))
)
WANTED: dict[Kind, st.SearchStrategy[Value]] = {
    "integer": NUMBERS,
    "float64": NUMBERS,
    "float32": NUMBERS,
    "boolean": st.booleans().map(lambda b: Value("boolean", b)),
    "text": TEXTS.map(lambda t: Value("text", t)),
    "datetime": MOMENTS.map(lambda m: Value("instant", (m - EPOCH) // timedelta(microseconds=1))),
}


def wanted_near(kind: Kind, pool: Sequence[Any]) -> st.SearchStrategy[Value]:
    """Values to compare with, some of them those of samples."""
    there = [value for value in pool if value is not None and value == value]
    if kind == "datetime":
        known = [Value("instant", (m - EPOCH) // timedelta(microseconds=1)) for m in there]
    else:
        known = [value_of(value) for value in there]
    if kind == "float32":
        known.append(Value("float", 0.1))
    return st.sampled_from(known) | WANTED[kind] if known else WANTED[kind]


def leaves(kind: FieldKind, pool: Sequence[Any] = ()) -> st.SearchStrategy[Leaf]:
    missing: st.SearchStrategy[Leaf] = st.builds(Missing, st.just(PATH), st.booleans())
    if kind.kind == "list":
        assert kind.items is not None
        items = [item for value in pool if value is not None for item in value]
        wanted = wanted_near(kind.items, items)
        return missing | st.builds(Has, st.just(PATH), wanted, st.booleans())
    wanted = wanted_near(kind.kind, pool)
    found: st.SearchStrategy[Leaf] = missing | st.builds(Compare, st.just(PATH), ORDERS, wanted)
    found |= st.builds(Among, st.just(PATH), st.lists(wanted, max_size=9).map(tuple), st.booleans())
    if kind.kind == "text":
        found |= st.builds(Matches, st.just(PATH), HOW, TEXTS)
    if kind.kind.startswith("float"):
        found |= st.builds(NotANumber, st.just(PATH), st.booleans())
    return found


KINDS = [
    *(FieldKind(kind) for kind in GIVEN),
    *(FieldKind("list", kind) for kind in GIVEN),
]


def values_of(kind: FieldKind) -> st.SearchStrategy[Any]:
    if kind.items is not None:
        return st.none() | st.lists(GIVEN[kind.items], max_size=3)
    return st.none() | GIVEN[kind.kind]


def conditions(kind: FieldKind, pool: Sequence[Any] = ()) -> st.SearchStrategy[Condition]:
    def deeper(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        two = st.tuples(inner, inner)
        return two.map(Both) | two.map(Either) | inner.map(Negated)

    base: st.SearchStrategy[Condition] = leaves(kind, pool)
    return base | st.recursive(base, deeper, max_leaves=4)


def judged(condition: Condition, value: Any) -> bool:
    match condition:
        case Both():
            return all(judged(part, value) for part in condition.parts)
        case Either():
            return any(judged(part, value) for part in condition.parts)
        case Negated():
            return not judged(condition.part, value)
        case Leaf():
            return judge_value(condition, value)
        case _:
            raise AssertionError


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.kind} {kind.items or ''}")
@settings(max_examples=30)
@given(data=st.data())
def test_columns_answer_as_single_values_do(kind: FieldKind, data: st.DataObject) -> None:
    shards = data.draw(st.lists(st.lists(values_of(kind), max_size=6), min_size=1, max_size=4))
    values = [value for shard in shards for value in shard]
    condition = data.draw(conditions(kind, values))
    wanted = [judged(condition, value) for value in values]
    columns = [column_of(shard, kind) for shard in shards]
    together = joined(columns)
    assert evaluate(condition, {PATH: together}, len(values)).tolist() == wanted
    begin = data.draw(st.integers(0, len(values)))
    end = data.draw(st.integers(begin, len(values)))
    part = together.cut(begin, end)
    assert evaluate(condition, {PATH: part}, end - begin).tolist() == wanted[begin:end]


@given(
    shards=st.lists(
        st.lists(st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS | st.just([1, "a"]))
    ),
    data=st.data(),
)
def test_values_of_several_kinds_answer_as_single_values_do(
    shards: list[list[Any]], data: st.DataObject
) -> None:
    condition = data.draw(conditions(data.draw(st.sampled_from(KINDS))))
    columns: Sequence[Column] = [column_of(shard, None) for shard in shards] or [
        column_of([], None)
    ]
    values = [value for shard in shards for value in shard]
    found = evaluate(condition, {PATH: joined(columns)}, len(values)).tolist()
    assert found == [judged(condition, value) for value in values]


def arrow(values: Sequence[Any], kind: FieldKind) -> Any:
    types: dict[str, Any] = {
        "integer": pa.int64(),
        "float64": pa.float64(),
        "float32": pa.float32(),
        "boolean": pa.bool_(),
        "text": pa.string(),
        "datetime": pa.string(),
    }

    def said(value: Any) -> Any:
        if isinstance(value, list):
            return [said(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return format_instant(value) if isinstance(value, datetime) else value

    type_ = types[kind.items or kind.kind]
    return pa.array([said(v) for v in values], pa.list_(type_) if kind.items else type_)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.kind} {kind.items or ''}")
@settings(max_examples=40)
@given(data=st.data())
def test_statistics_leave_out_no_shard_that_counts(kind: FieldKind, data: st.DataObject) -> None:
    """Through the file and back: what they say may be is a superset of what is."""
    # Few different values, so that shards of which all is true, or nothing, do occur.
    pool = data.draw(st.lists(values_of(kind), min_size=1, max_size=4))
    shards = data.draw(
        st.lists(st.lists(st.sampled_from(pool), max_size=5), min_size=1, max_size=4)
    )
    condition = data.draw(conditions(kind, pool))
    listed = data.draw(st.booleans())
    known: list[FieldStatistics | None] = []
    for shard in shards:
        found = statistics_of(arrow(shard, kind), kind)
        if not listed:
            found = FieldStatistics(
                found.kind,
                found.count,
                found.nulls,
                found.nans,
                found.low,
                found.high,
                items=found.items,
            )
        known.append(through_the_file(found))
    if data.draw(st.integers(0, 4)) == 0:
        known[0] = None
    verdict = verdicts(condition, lambda path: Bounds.of(known))
    for place, shard in enumerate(shards):
        answers = {judged(condition, value) for value in shard}
        assert not (True in answers and not verdict.true[place])
        assert not (False in answers and not verdict.false[place])


def through_the_file(found: FieldStatistics) -> FieldStatistics:
    field = ManifestField(("x",), "x", found)
    digest = "0" * 64
    manifest = Manifest("x.tar", 1, digest, found.count, digest, None, 1, digest, (field,))
    content = encode(manifest)
    assert b"Infinity" not in content
    assert b"NaN" not in content
    (again,) = decode(content).fields
    assert again.statistics == found or found.high is None
    return again.statistics


PRUNED: list[tuple[list[Any], Condition, str]] = [
    ([1, 2, 3], Compare(PATH, ">", Value("integer", 3)), "none"),
    ([1, 2, 3], Compare(PATH, ">=", Value("integer", 1)), "all"),
    ([1, 2, 3], Compare(PATH, ">", Value("integer", 1)), "some"),
    ([1, 2, 3, None], Compare(PATH, ">=", Value("integer", 1)), "some"),
    ([None, None], Compare(PATH, ">=", Value("integer", 1)), "none"),
    ([None, None], Missing(PATH), "all"),
    ([1, 9], Compare(PATH, "==", Value("integer", 5)), "none"),
    ([5, 5], Compare(PATH, "==", Value("integer", 5)), "all"),
    ([5, 5], Compare(PATH, "!=", Value("integer", 5)), "none"),
    ([2**53 + 1], Compare(PATH, ">", Value("integer", 2**53)), "all"),
    ([2**53], Compare(PATH, "==", Value("integer", 2**53 + 1)), "none"),
    ([0.5, 2.5], Compare(PATH, "<", Value("float", 1.0)), "some"),
    ([0.5, 2.5], Compare(PATH, ">=", Value("float", 1.0)), "some"),
    ([0.5, 2.5], Compare(PATH, "<", Value("float", 0.5)), "none"),
    ([0.5, 2.5], Compare(PATH, "<=", Value("integer", 3)), "all"),
    ([0.5, 2.5], Compare(PATH, "==", Value("float", 1.0)), "some"),
    ([0.5, 2.5], Among(PATH, (Value("float", 3.0), Value("integer", 0))), "none"),
    ([0.5, 0.5], Among(PATH, (Value("float", 0.5),), True), "none"),
    ([0.5, NAN], Compare(PATH, ">", Value("float", 0.1)), "some"),
    ([0.5, NAN], Compare(PATH, ">", Value("float", 0.5)), "none"),
    ([0.5, NAN], Compare(PATH, "!=", Value("float", 0.7)), "all"),
    ([NAN], NotANumber(PATH), "all"),
    ([NAN], Compare(PATH, "!=", Value("float", 0.7)), "all"),
    ([NAN], Among(PATH, (Value("float", 0.7),), True), "all"),
    ([NAN], Compare(PATH, "<", Value("float", 0.7)), "none"),
    ([0.5], NotANumber(PATH), "none"),
    (["cat", "dog"], Among(PATH, (Value("text", "cow"), Value("text", "eel"))), "none"),
    (["cat", "dog"], Among(PATH, (Value("text", "cat"), Value("text", "dog"))), "all"),
    (["cat", "dog"], Matches(PATH, "startswith", "ca"), "some"),
    (["cat", "car"], Matches(PATH, "startswith", "ca"), "all"),
    (["cat", "dog"], Matches(PATH, "contains", "x"), "none"),
    (["c" * 500, "d" * 500], Matches(PATH, "startswith", "e"), "none"),
    (["c" * 500, "c" * 501], Matches(PATH, "startswith", "c"), "all"),
    (["c" * 500], Compare(PATH, ">", Value("text", "d")), "none"),
    ([["a"], ["b"]], Has(PATH, Value("text", "x")), "none"),
    ([["a"], ["b"]], Has(PATH, Value("text", "x"), True), "all"),
    ([[1], [2]], Has(PATH, Value("integer", 1)), "some"),
]


@pytest.mark.parametrize(
    ("values", "condition", "verdict"), PRUNED, ids=lambda item: str(item)[:40]
)
def test_statistics_do_leave_out_what_they_can(
    values: list[Any], condition: Condition, verdict: str
) -> None:
    first = next((value for value in values if value is not None), 0)
    names: dict[type, Kind] = {int: "integer", float: "float64", str: "text"}
    kind = (
        FieldKind(names[type(first)])
        if not isinstance(first, list)
        else FieldKind(
            "list",
            names[type(first[0])],  # pyright: ignore[reportUnknownArgumentType]  # of this table
        )
    )
    known = through_the_file(statistics_of(arrow(values, kind), kind))
    true, false = verdicts(condition, lambda path: Bounds.of([known]))
    said = {(True, True): "some", (False, True): "none", (True, False): "all"}
    assert said[bool(true[0]), bool(false[0])] == verdict


def test_statistics_are_bounded_in_size() -> None:
    """However many texts a field has, and however long they are, little is said of them."""
    many = statistics_of(pa.array([f"{n:05d}" for n in range(1000)]), FieldKind("text"))
    assert many.values is None
    assert (many.low, many.high) == ("00000", "00999")
    long = statistics_of(pa.array(["\u732b" * 1000, "a" * 1000]), FieldKind("text"))
    assert long.values is None
    assert len(long.low.encode()) <= LONGEST_VALUE
    assert len(long.high.encode()) <= LONGEST_VALUE
    assert long.low <= "a" * 1000 < "\u732b" * 1000 <= long.high
    numbers = pa.array(range(MOST_VALUES + 1))
    assert statistics_of(numbers, FieldKind("integer")).values is None
    few = pa.array([2**62, -(2**62)] * 500)
    assert statistics_of(few, FieldKind("integer")).values == {2**62: 500, -(2**62): 500}
    rare = pa.array([*([0] * 10_000), *(2**40 + n for n in range(MOST_VALUES))])
    assert statistics_of(rare, FieldKind("integer")).values is None


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@given(order=ORDERS, value=INTEGERS, wanted=NUMBERS)
def test_integers_compare_exactly(order: Any, value: int, wanted: Value) -> None:
    asked = asked_of_integers(order, wanted.value)
    found = asked if isinstance(asked, bool) else COMPARE[asked[0]](value, asked[1])
    assert found == COMPARE[order](value, wanted.value)
    assert isinstance(asked, bool) or -(2**63) <= asked[1] < 2**63


@given(
    order=ORDERS,
    value=FLOATS,
    wanted=NUMBERS | st.integers(-(10**400), 10**400).map(lambda n: Value("integer", n)),
)
def test_floats_compare_exactly(order: Any, value: float, wanted: Value) -> None:
    asked = asked_of_floats(order, wanted.value)
    found = asked if isinstance(asked, bool) else COMPARE[asked[0]](value, asked[1])
    assert found == COMPARE[order](value, wanted.value)
    assert isinstance(asked, bool) or isinstance(asked[1], float)


@given(TEXTS, TEXTS)
def test_above_is_behind_all_that_begin_so(text: str, rest: str) -> None:
    end = above(text)
    if end is None:
        assert set(text) <= {"\U0010ffff"}
    else:
        assert text + rest < end
        end.encode()


def test_a_float32_is_the_number_that_it_is() -> None:
    column = column_of([TENTH, 0.5, None], FieldKind("float32"))

    def found(condition: Condition) -> list[bool]:
        return [bool(true) for true in evaluate(condition, {PATH: column}, 3)]

    tenth = Value("float", 0.1)
    assert found(Compare(PATH, "==", tenth)) == [False, False, False]
    assert found(Compare(PATH, ">", tenth)) == [True, True, False]
    assert found(Compare(PATH, "==", Value("float", TENTH))) == [True, False, False]
    assert found(Among(PATH, (tenth, Value("float", 0.5)))) == [False, True, False]
    many = tuple(Value("float", n / 10) for n in range(9))
    assert found(Among(PATH, many)) == [False, True, False]


def test_words_are_coded_in_the_order_of_code_points() -> None:
    words = ["\uffff", "\U00010000", "z", "\xe9"]
    assert coded(words).words == sorted(words)
    assert np.array_equal(coded([*words, None]).codes, [2, 3, 0, 1, -1])


@given(st.integers(0, 200), st.data())
def test_rows_of_a_mask_are_those_that_numpy_finds(count: int, data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(0, max(count - 1, 0)), max_size=6))
    mask = np.zeros(2 * count, np.bool_)[::2]  # not contiguous
    mask[[place for place in places if place < count]] = True
    for given_mask in (mask, mask.copy(), ~mask):
        found = rows_of(given_mask)
        assert found.dtype == np.int64
        assert found.tolist() == np.flatnonzero(given_mask).tolist()
