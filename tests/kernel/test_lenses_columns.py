"""Fields of objects hoisted out of batches: what each column is, and which row is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atdata_schema.errors import GetError
from atdata_schema.lenses import Lens, check, parse
from atdata_schema.lenses.batches.given import GivenColumns
from atdata_schema.lenses.batches.view import ViewColumns
from lens_schemas import schema


def hoist(kind: str, *, optional: bool = False) -> Lens[Any, Any]:
    mark = "?" if optional else ""
    source = schema("org.example.a", "inner: #inner", inner=f"x{mark}: {kind}")
    view = schema("org.example.b", f"y{mark}: {kind}")
    text = "lens l from org.example.a to org.example.b { inner.x <-> y; }"
    return check(parse(text).lenses[0].program, source, view).lens


def seen(lens: Lens[Any, Any], values: list[Any]) -> ViewColumns:
    inner = [{} if value is None else {"x": value} for value in values]
    keys = [f"k{row}" for row in range(len(values))]
    return ViewColumns(lens.body, GivenColumns({"inner": inner}, keys))


@pytest.mark.parametrize(
    ("kind", "values", "dtype"),
    [
        ("integer", [1, -(2**63), 2**63 - 1], np.int64),
        ("float32", [0.1, 1e30, float("nan")], np.float32),
        ("float64", [1, 0.5, 3], np.float64),
        ("boolean", [True, False, True], np.bool_),
    ],
)
def test_numbers_are_one_array_and_what_samples_give(
    kind: str, values: list[Any], dtype: Any
) -> None:
    lens = hoist(kind)
    columns = seen(lens, values)
    found = columns.numbers("y")
    assert found is not None
    assert found.dtype == dtype
    expected = [lens.get({"inner": {"x": value}})["y"] for value in values]
    assert np.array_equal(found, np.asarray(expected, dtype), equal_nan=kind.startswith("float"))
    assert list(map(type, columns.values("y"))) == list(map(type, expected))


def test_texts_and_what_is_missing() -> None:
    assert seen(hoist("string"), ["a", "", "é"]).values("y") == ["a", "", "é"]
    assert seen(hoist("string", optional=True), ["a", None]).values("y") == ["a", None]
    assert seen(hoist("integer", optional=True), [None, 3]).values("y") == [None, 3]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("integer", [1, True, 3]),
        ("integer", [1, 2**70, 3]),
        ('integer {"minimum": 0}', [1, -1, 3]),
        ("integer", [1, 1.0, 3]),
        ("float64", [0.5, "0.5", 1.0]),
        ("boolean", [True, 1, False]),
        ("string", ["a", b"b", "c"]),
        ("string", ["a", None, "c"]),
    ],
)
def test_the_row_that_is_refused_is_named(kind: str, values: list[Any]) -> None:
    with pytest.raises(GetError, match=r"row 1: inner\.x: .*\(key 'k1'\)"):
        seen(hoist(kind), values).values("y")
