"""Where the least and the most of blocks are known, a comparison finds what it finds without them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata.manifest.query.columns import Numbers
from atdata.manifest.query.conditions import Compare, Operator
from atdata.manifest.query.evaluation import evaluate
from atdata.manifest.query.spelling import Value
from atdata.manifest.query.zones import few_compared, zones_of

COUNT = (1 << 16) + 37
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def strewn(kind: str) -> NDArray[Any]:
    """Numbers of which few are far from the others, one in the last block, which is not whole."""
    rng = np.random.default_rng(7)
    values = rng.normal(size=COUNT) * 1000
    values[::9973] = 1e6
    values[5000:5003] = -1e6
    values[-1] = 1e6
    if kind.startswith("int"):
        return values.astype(kind)
    values[64:128] = math.nan  # a whole block
    values[rng.integers(0, COUNT, 500)] = math.nan
    values[7], values[8] = math.inf, -math.inf
    return values.astype(kind)


@pytest.mark.parametrize("kind", ["int64", "float64", "float32"])
@pytest.mark.parametrize("how", get_args(Operator))
def test_a_comparison_finds_the_same_with_zones(kind: str, how: Operator) -> None:
    values = strewn(kind)
    zones = zones_of(values)
    assert zones is not None
    answered = 0
    for number in (1e6, -1e6, 5000, -5000, 0, 1e7, 999_999.5):
        with np.errstate(invalid="raise"):
            found = few_compared(values, zones, how, number, OPERATORS[how])
        if found is not None:
            answered += 1
            assert np.array_equal(found, np.flatnonzero(OPERATORS[how](values, number)))
    assert (answered > 0) == (how != "!=")


@pytest.mark.parametrize("how", get_args(Operator))
def test_a_condition_is_true_of_the_same_samples(how: Operator) -> None:
    values = strewn("float64")
    valid = np.random.default_rng(1).random(COUNT) > 0.1
    column = Numbers("float64", values, valid)
    assert column.zoned().zones is not None
    for number in (1e6, -1e6, 3000.0, math.inf):
        asked = Compare(("x",), how, Value("float", number))
        found = evaluate(asked, {("x",): column.zoned()}, COUNT)
        assert np.array_equal(found, evaluate(asked, {("x",): column}, COUNT))


def test_short_columns_and_what_is_no_number_have_none() -> None:
    assert zones_of(np.zeros(1000)) is None
    assert zones_of(np.zeros(COUNT, np.bool_)) is None
