"""Arrays of one value, made where there is nothing to keep."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from atdata_schema.lenses.ops.site import fail, held, static_shape
from atdata_schema.lenses.program.numbers import number_text
from atdata_schema.lenses.program.op import Op
from atdata_schema.lenses.steps.rounding import rounded
from atdata_schema.lenses.types.lens_types import Nd, ends_of

__all__ = ["Blank", "element", "filled"]


@dataclass(frozen=True, slots=True)
class Blank:
    """An array of one value, not made yet."""

    shape: tuple[int, ...]
    value: Any

    @property
    def bytes(self) -> int:
        """How large it will be."""
        return prod(self.shape) * int(self.value.dtype.itemsize)

    def array(self, lead: tuple[int, ...]) -> Any:
        """The array, with more axes at the front."""
        return np.full((*lead, *self.shape), self.value)


def element(op: Op, kind: Nd, number: Fraction) -> Any:
    """A number as one element of an array.

    Raises:
        Fault: the elements cannot be this number.
    """
    if kind.dtype == "*":
        fail(
            "LN201",
            f"{op.NAME} writes {number_text(number)}, and the element type is not known",
            actual=kind,
        )
    if kind.kind in "fc":
        return np.dtype(kind.dtype).type(rounded(number, kind.dtype))
    bounds = ends_of(kind)
    if number.denominator != 1 or not bounds[0] <= number <= bounds[1]:
        fail(
            "LN209",
            f"{number_text(number)} is no element of {kind}",
            expected=kind.dtype,
            actual=kind,
        )
    return np.dtype(kind.dtype).type(int(number))


def filled(op: Op, kind: Nd, number: Fraction | None) -> Blank | None:
    """The array that `create` starts from; `None` where no fill is given, or its shape is not known.

    Raises:
        Fault: the elements cannot be this number, or there would be too many of them.
    """
    if number is None:
        return None
    value = element(op, kind, number)
    shape = static_shape(kind)
    if shape is None:
        return None
    held(op, prod(shape), value.dtype.itemsize)
    return Blank(shape, value)
