"""Compiled lenses do what interpreted ones do: the same values, bit by bit, and the same refusals."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atdata_schema.errors import GetError, PutError
from atdata_schema.lenses import Lens, check, parse
from atdata_schema.lenses.steps.objects import made_as
from atdata_schema.v1 import CompiledLens
from compiled_lenses import compiled_lens, unit_of
from lens_cases import CASES, edited, view_sizes
from lens_laws import NOTHING
from lens_listed import LISTED, Case
from lens_schemas import schema
from lens_strategies import rows


class Pair:
    """A lens, interpreted and compiled, between the same classes."""

    def __init__(self, case: Case) -> None:
        objects = dict(case.objects)
        self.source = schema("org.example.source", case.source, **objects)
        self.view = schema("org.example.view", case.view, **objects)
        found = parse(f"lens l from org.example.source to org.example.view {{ {case.clause} }}")
        assert found.lenses, found.findings
        self.plain = check(found.lenses[0].program, self.source, self.view).lens
        unit, self.lens = unit_of(self.plain, self.source, self.view)
        self.compiled: CompiledLens[Any, Any, Any, Any] = compiled_lens(unit)


@lru_cache(maxsize=512)
def pair_of(case: Case) -> Pair:
    return Pair(case)


def exact(value: Any) -> Any:
    """A value as what can be compared bit by bit."""
    whole: Any = value  # as it is before it is known to be one of some type
    if isinstance(value, np.ndarray | np.generic):
        array: Any = np.asarray(whole)
        return array.dtype.str, array.shape, array.tobytes()
    if isinstance(value, float):
        return "float", np.float64(value).tobytes()
    if isinstance(value, list | tuple):
        return [exact(item) for item in whole]
    kind: Any = whole.__class__
    if hasattr(kind, "FIELDS"):
        return kind, [exact(getattr(whole, name)) for name in kind.FIELDS.attributes]
    return kind, whole


def outcome(make: Callable[[], Any], told: Callable[[Any], Any] = exact) -> Any:
    """What a call gives, or how it is refused."""
    try:
        return told(make())
    except (GetError, PutError) as error:
        return type(error), tuple(error.path), error.row


def columns(batch: Any) -> Any:
    """All columns of a batch in all forms that it offers."""
    fields = batch._codecs()
    return {
        name: (exact(batch.column(name)), exact(list(batch._source.values(name))))
        for name in fields
    }


def agree(pair: Pair, sources: list[Any], views: list[Any]) -> None:
    """Both do the same with these samples and views, one by one and in batches."""
    lens: Lens[Any, Any] = pair.lens
    compiled = pair.compiled
    for source in sources:
        assert outcome(partial(compiled.get, source)) == outcome(partial(lens.get, source))
    if lens.two_way:
        for source, view in zip(sources, views, strict=False):
            here = outcome(partial(compiled.put, view, source))
            assert here == outcome(partial(lens.put, view, source))
            seen = attempted(partial(compiled.get, source))
            if seen is not None:
                assert compiled.put(seen, source) is source
    if lens.creates:
        for view in views:
            here = outcome(partial(compiled.create, view))
            assert here == outcome(partial(lens.create, view))
    agree_on_batches(pair, sources, views)


def agree_on_batches(pair: Pair, sources: list[Any], views: list[Any]) -> None:
    lens, compiled = pair.lens, pair.compiled
    source_class: Any = sources[0].__class__
    view_class: Any = views[0].__class__
    batch, seen = source_class.collate(sources), view_class.collate(views)
    get = partial(compiled.get_batch, batch)
    assert outcome(get, columns) == outcome(partial(lens.get_batch, batch), columns)
    assert outcome(lambda: exact(get().samples())) == outcome(
        lambda: exact(lens.get_batch(batch).samples())
    )
    if lens.two_way:
        put = outcome(partial(compiled.put_batch, seen, batch), columns)
        assert put == outcome(partial(lens.put_batch, seen, batch), columns)
    if lens.creates:
        create = outcome(partial(compiled.create_batch, seen), columns)
        assert create == outcome(partial(lens.create_batch, seen), columns)


def attempted(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except (GetError, PutError):
        return None


def drawn(pair: Pair, data: st.DataObject) -> tuple[list[Any], list[Any]]:
    """Samples, and views: those of other samples, changed here and there, or any."""
    lens, plain = pair.lens, pair.plain
    sizes: dict[str, int] = {}
    for name in ("H", "W", "N", "T", "A", "B", "*x.0"):
        sizes[name] = data.draw(st.sampled_from([2, 1, 3, 0, 4]))
    sources = [data.draw(rows(lens.body.source, sizes)) for _ in range(3)]
    views: list[Any] = []
    for source in reversed(sources):
        seen = attempted(partial(plain.get, source))
        shapes = view_sizes(plain, NOTHING if seen is None else seen)
        views.append(data.draw(edited(plain, NOTHING if seen is None else seen, shapes)))
    return (
        [made_as(lens.source_class, source) for source in sources],
        [made_as(lens.view_class, view) for view in views],
    )


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=15)
@given(data=st.data())
def test_both_do_the_same(name: str, data: st.DataObject) -> None:
    pair = pair_of(data.draw(CASES[name]))
    agree(pair, *drawn(pair, data))


@pytest.mark.parametrize("case", LISTED, ids=str)
@settings(max_examples=6)
@given(data=st.data())
def test_both_do_the_same_with_each_operator(case: Case, data: st.DataObject) -> None:
    pair = pair_of(case)
    agree(pair, *drawn(pair, data))


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
@settings(max_examples=1000)
@given(data=st.data())
def test_both_do_the_same_in_thousands(name: str, data: st.DataObject) -> None:
    pair = pair_of(data.draw(CASES[name]))
    agree(pair, *drawn(pair, data))
