"""Hypothesis strategies for samples of the source of a lens, and for changed views of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from atdata.testing.strategies import samples
from atdata_schema.lenses import Lens
from atdata_schema.lenses.program.clauses import Bind
from atdata_schema.lenses.steps.leaves import Leaf
from atdata_schema.lenses.steps.objects import value_as
from atdata_schema.lenses.trying.laws import REFUSED, attempted
from atdata_schema.lenses.trying.samples import named_values, sizes_of, with_value
from atdata_schema.lenses.trying.values import boundary_values, element_values
from atdata_schema.lenses.types.lens_types import Nd, bare
from atdata_schema.lenses.types.of_model import field_type

__all__ = ["sources_of", "views_of"]


def sources_of(lens: Lens[Any, Any], boundaries: Sequence[Any]) -> st.SearchStrategy[Any]:
    """Samples of the source: those at the boundaries, random ones, and random ones with values at boundaries.

    Dimensions of one name have one size, with which a sample has a view where that is known.

    Args:
        lens: the lens, with its classes.
        boundaries: its samples at the boundaries.
    """
    mixed = _mixed(lens, sizes_of(lens)[:8], named_values(lens))
    return mixed | st.sampled_from(list(boundaries)) if boundaries else mixed


@st.composite
def _mixed(
    draw: st.DrawFn, lens: Lens[Any, Any], sizes: list[dict[str, int]], named: tuple[Any, ...]
) -> Any:
    cls: Any = lens.source_class
    chosen = draw(st.sampled_from(sizes))
    made = draw(samples(cls, sizes=chosen))
    home = lens.body.source
    values = {}
    for field, attribute in zip(home.item.fields, cls.FIELDS.attributes, strict=True):
        values[attribute] = getattr(made, attribute)
        if draw(st.booleans()):
            kind = field_type(field, home.home, (field.name,))
            found = boundary_values(kind, chosen, named)
            if found:
                value = draw(st.sampled_from(found))
                values[attribute] = value_as(cls.FIELDS[field.name], value)
    return cls(**values)


@st.composite
def views_of(
    draw: st.DrawFn, lens: Lens[Any, Any], boundaries: Sequence[Any], count: int = 1
) -> tuple[Any, ...]:
    """A sample of the source, and changed views of it.

    Args:
        draw: draws from strategies.
        lens: the lens, with its classes.
        boundaries: its samples at the boundaries.
        count: how many views.
    """
    sources = sources_of(lens, boundaries)
    source = draw(sources)
    view = attempted(lambda: lens.get(source))
    assume(view is not REFUSED)
    return (source, *(_changed(draw, lens, view, sources) for _ in range(count)))


def _changed(
    draw: st.DrawFn, lens: Lens[Any, Any], view: Any, sources: st.SearchStrategy[Any]
) -> Any:
    cls: Any = lens.view_class
    leaves = [
        leaf for joint in lens.clauses if isinstance(joint.clause, Bind) for leaf in joint.dst
    ]
    another = attempted(lambda: lens.get(draw(sources)))
    other = draw(samples(cls)) if another is REFUSED else another
    for leaf in leaves:
        how = draw(st.sampled_from(["keep", "other", "boundary", "random"]))
        if how != "keep":
            value = _value(draw, leaf, leaf.read(view), how, other, named_values(lens))
            view = with_value(view, leaf, value, cls)
    return view


def _value(
    draw: st.DrawFn, leaf: Leaf, present: Any, how: str, other: Any, named: tuple[Any, ...]
) -> Any:
    kind = bare(leaf.type)
    if isinstance(kind, Nd) and isinstance(present, np.ndarray):
        given = leaf.read(other)
        if how == "other" and isinstance(given, np.ndarray) and given.shape == present.shape:
            return given
        numbers = element_values(kind, named)
        if how == "boundary":
            return np.resize(np.asarray(numbers, present.dtype), present.shape)
        allowed = not kind.finite
        floats = present.dtype.kind in "fc"
        elements = (
            npst.from_dtype(present.dtype, allow_nan=allowed, allow_infinity=allowed)
            if floats
            else st.sampled_from(numbers) | npst.from_dtype(present.dtype)
        )
        return draw(npst.arrays(present.dtype, present.shape, elements=elements))
    found = boundary_values(leaf.type, {}, named)
    if how == "boundary" and found:
        return draw(st.sampled_from(found))
    drawn = leaf.read(other)
    return present if drawn is None and found and None not in found else drawn
