"""No law is predicted wrongly: each operator with many arguments, on values with boundaries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lens_cases import CASES, FAMILIES, LISTED_APART, compiled, edited, view_sizes
from lens_laws import (
    NOTHING,
    check_batch_get,
    check_batch_put,
    check_create,
    check_get_put,
    check_injective,
    check_put_get,
    check_put_put,
    getting,
)
from lens_listed import Case
from lens_strategies import rows


def drawn_laws(cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    """One lens, some sources and some views of it."""
    case = data.draw(cases)
    lens = compiled(case)
    sizes: dict[str, int] = {}
    for name in ("H", "W", "N", "T", "A", "B", "*x.0"):
        sizes[name] = data.draw(st.sampled_from([2, 1, 3, 0, 4]))
    source = data.draw(rows(lens.body.source, sizes))
    other = data.draw(rows(lens.body.source, sizes))
    check_get_put(lens, source)
    check_injective(lens, source, other)
    seen = getting(lens, other)
    shapes = view_sizes(lens, seen)
    first = data.draw(edited(lens, seen, shapes))
    second = data.draw(edited(lens, seen, shapes))
    made = check_put_get(lens, first, source)
    if made is not NOTHING:
        check_get_put(lens, made)
    check_put_put(lens, first, second, source)
    check_create(lens, first)
    check_batch_get(lens, [source, other])
    check_batch_put(lens, [first, second, first], [source, other, other])


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_no_law_is_predicted_wrongly(name: str, data: st.DataObject) -> None:
    drawn_laws(CASES[name], data)


@pytest.mark.long
@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=5000)
@given(data=st.data())
def test_no_law_of_drawn_operators_is_predicted_wrongly_in_thousands(
    name: str, data: st.DataObject
) -> None:
    drawn_laws(FAMILIES[name], data)


@pytest.mark.long
@pytest.mark.parametrize("name", LISTED_APART)
@settings(max_examples=1000)
@given(data=st.data())
def test_no_law_of_listed_operators_is_predicted_wrongly_in_a_thousand(
    name: str, data: st.DataObject
) -> None:
    drawn_laws(LISTED_APART[name], data)
