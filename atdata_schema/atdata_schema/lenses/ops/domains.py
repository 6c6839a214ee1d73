"""Types with few values: all of them, and the literals that are some of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import numpy as np

from atdata_schema import model
from atdata_schema.lenses.limits import MAX_PAIRS
from atdata_schema.lenses.ops.site import fail
from atdata_schema.lenses.program.literals import Literal, number
from atdata_schema.lenses.steps.rounding import rounded
from atdata_schema.lenses.types.lens_types import LensType, Maybe, Nd, Plain, bare

__all__ = ["domain_of", "fitted", "is_literal_of", "value_of"]

_KINDS: Final = {"b": "boolean", "i": "integer", "u": "integer", "f": "number"}


def domain_of(kind: LensType) -> tuple[Any, ...] | None:
    """All values of a type, where they are few; of an array, all its elements can be."""
    if isinstance(kind, Maybe):
        inner = domain_of(kind.inner)
        return None if inner is None else (*inner, None)
    if isinstance(kind, Plain) and isinstance(kind.type, model.TextType):
        if kind.type.const is not None:
            return (kind.type.const,)
        return kind.type.enum
    if isinstance(kind, Nd):
        return _numbers(kind)
    return None


def _numbers(kind: Nd) -> tuple[Any, ...] | None:
    bounds = kind.bounds
    if kind.values is not None:
        return kind.values
    if bounds is None or bounds[1] - bounds[0] >= MAX_PAIRS:
        return None
    values = range(bounds[0], bounds[1] + 1)
    return tuple(map(bool, values)) if kind.dtype == "bool" else tuple(values)


def is_literal_of(literal: Literal, kind: LensType) -> bool:
    """Whether a literal is a value of a type, as its elements are."""
    if literal.kind == "none":
        return isinstance(kind, Maybe)
    inner = bare(kind)
    if isinstance(inner, Plain):
        return literal.kind == "text" and isinstance(inner.type, model.TextType)
    if not isinstance(inner, Nd):
        return False
    wanted = _KINDS.get(inner.kind)
    return literal.kind == wanted or (wanted == "number" and literal.kind == "integer")


def fitted(literal: Literal, kind: LensType, what: str) -> Literal:
    """A literal as one of a type: an integer is a number where floats are.

    Raises:
        Fault: it is no value of the type.
    """
    inner = bare(kind)
    if not is_literal_of(literal, kind) or _is_outside(literal, inner):
        fail("LN209", f"{what} {literal} is no {kind}", expected=kind)
    if isinstance(inner, Nd) and inner.kind == "f" and isinstance(literal.value, int):
        return number(Fraction(literal.value))
    return literal


def _is_outside(literal: Literal, kind: LensType) -> bool:
    if isinstance(kind, Nd) and literal.kind == "integer" and kind.kind in "iu":
        bounds = kind.bounds
        value = literal.python
        if bounds is not None and not bounds[0] <= value <= bounds[1]:
            return True
        return kind.values is not None and value not in kind.values
    if isinstance(kind, Nd) and kind.kind == "f" and kind.finite:
        return not np.isfinite(literal.python)
    return False


def value_of(literal: Literal, kind: LensType) -> Any:
    """A literal as a pipe of that type carries it."""
    inner = bare(kind)
    if literal.kind == "none" or not isinstance(inner, Nd):
        return literal.python
    if inner.kind == "f" and isinstance(literal.value, Fraction):
        return np.asarray(rounded(literal.value, inner.dtype))
    return np.asarray(literal.python, inner.dtype)
