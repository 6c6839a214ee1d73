"""Values of the types of a lens, with boundaries, for tests of its laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from atdata_schema import model
from atdata_schema.lenses.checking.boundaries import boundary_numbers
from atdata_schema.lenses.types.lens_types import LensType, Many, Maybe, Nd, Obj, Plain
from atdata_schema.lenses.types.of_model import field_type
from atdata_schema.lenses.types.sizes import Rest, Size

__all__ = ["elements_of", "rows", "values"]

Strategy = st.SearchStrategy[Any]
Sizes = dict[str, int]

_WORDS: Final = ("", "a", "b", "cat", "dog", "a b", "x/y", "img_1.png", "ü", "//", " ")
_SPECIAL: Final = (
    0.0,
    -0.0,
    0.5,
    1.0,
    0.1,
    127.5,
    255.0,
    float("nan"),
    float("inf"),
    float("-inf"),
)


def elements_of(kind: Nd) -> Strategy:
    """Single numbers, as Python has them."""
    if kind.values is not None:
        return st.sampled_from(kind.values)
    bounds = kind.bounds
    if kind.dtype == "bool":
        assert bounds is not None
        return st.sampled_from([bool(value) for value in range(bounds[0], bounds[1] + 1)])
    if bounds is not None:
        return st.integers(*bounds) | st.sampled_from(boundary_numbers(*bounds))
    if kind.kind == "c":
        part: Any = {"complex64": 32, "complex128": 64}[kind.dtype]
        real = st.floats(width=part, allow_nan=not kind.finite, allow_infinity=not kind.finite)
        return st.builds(complex, real, st.just(0.0) | real)
    width: Any = {"float16": 16, "float32": 32, "float64": 64}[kind.dtype]
    drawn = st.floats(width=width, allow_nan=not kind.finite, allow_infinity=not kind.finite)
    info = np.finfo(kind.dtype)
    ends = [float(info.max), float(info.tiny), float(info.smallest_subnormal), float(info.eps)]
    ends += [2.0 ** (info.nmant + 1), 2.0 ** (info.nmant + 1) + 2]
    special = [value for value in _SPECIAL if not kind.finite or np.isfinite(value)]
    rounded = [float(np.dtype(kind.dtype).type(value)) for value in (*special, *ends)]
    return drawn | st.sampled_from(rounded) | st.sampled_from([-end for end in ends[:3]])


def _array(kind: Nd, sizes: Sizes) -> Strategy:
    dtype = "float32" if kind.dtype == "*" else kind.dtype
    shape: list[int] = []
    for size in kind.shape:
        if isinstance(size, Rest):
            shape.append(2)
        else:
            assert isinstance(size, Size)
            shape.append(int(size.at({name: sizes.setdefault(name, 2) for name in size.symbols})))
    inner = Nd(dtype, low=kind.low, high=kind.high, values=kind.values, finite=kind.finite)

    def made(values: list[Any]) -> NDArray[Any]:
        return np.asarray(values, dtype).reshape(shape)

    count = int(np.prod(shape))
    if count > 64:
        return hnp.arrays(np.dtype(dtype), tuple(shape), elements=elements_of(inner))
    return st.lists(elements_of(inner), min_size=count, max_size=count).map(made)


def _instant(when: datetime, minutes: int) -> datetime:
    return when.replace(tzinfo=timezone(timedelta(minutes=minutes)) if minutes else UTC)


_INSTANTS: Final = st.builds(
    _instant,
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)),
    st.sampled_from([0, 0, 60, -330]),
)


def _plain(kind: model.Type) -> Strategy:
    match kind:
        case model.TextType():
            if kind.enum is not None:
                return st.sampled_from(kind.enum)
            text = st.sampled_from(_WORDS) | st.text(st.sampled_from("ab /_1ü"), max_size=8)
            most = kind.max_length
            return text if most is None else text.filter(lambda t: len(t.encode()) <= most)
        case model.DatetimeType():
            return _INSTANTS
        case model.BytesType():
            return st.binary(max_size=6)
        case _:
            raise NotImplementedError(str(kind))


def values(kind: LensType, sizes: Sizes) -> Strategy:
    """Values of a type, as a sample holds them; `sizes` gives, and takes, those of named dimensions."""
    match kind:
        case Maybe():
            return st.none() | values(kind.inner, sizes)
        case Nd():
            return elements_of(kind) if kind.scalar else _array(kind, sizes)
        case Plain():
            return _plain(kind.type)
        case Many():
            return st.lists(values(kind.items, sizes), max_size=3)
        case Obj():
            return rows(kind, sizes)


def rows(kind: Obj, sizes: Sizes, path: tuple[str, ...] = ()) -> Strategy:
    """Objects, as mappings."""
    fields = {
        field.name: values(field_type(field, kind.home, (*path, field.name)), sizes)
        for field in kind.item.fields
    }
    return st.fixed_dictionaries(fields)
