"""`onehot`: a class as a vector."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from atdata_schema.lenses.limits import MAX_LIST
from atdata_schema.lenses.ops.site import Site, fail, numbers
from atdata_schema.lenses.program.argument_kinds import Int, Word
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.steps.laws import ISO
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import SMALL, Growth, Step, Unary, shown
from atdata_schema.lenses.types.lens_types import LensType, bounds_of
from atdata_schema.lenses.types.sizes import known
from atdata_schema.model import DTYPES

__all__ = ["Onehot", "onehot"]

_TYPES = tuple(dtype for dtype in DTYPES if not dtype.startswith("complex"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Onehot(Op):
    """`onehot(10)`: a vector of 0 with 1 at the place of the number; `dtype` is float32 by default."""

    NAME: ClassVar[str] = "onehot"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("size",)
    size: int = arg(Int(1, MAX_LIST))
    dtype: str = arg(Word(_TYPES), default="float32")


def onehot(op: Onehot, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at integers."""
    kind = numbers(op, takes)
    bounds = kind.bounds
    if bounds is None or kind.kind == "b":
        fail("LN201", f"onehot takes integers, not {kind}", expected="integers", actual=kind)
    if bounds[0] >= op.size or bounds[1] < 0:
        fail(
            "LN204",
            f"onehot({op.size}) of {kind}: no number is from 0 to {op.size - 1}",
            actual=kind,
        )
    fails = None
    if bounds[1] >= op.size or bounds[0] < 0:
        fails = str(bounds[1] if bounds[1] >= op.size else bounds[0])
    integral = bounds_of(op.dtype) is not None
    made = replace(
        kind,
        dtype=op.dtype,
        low=0 if integral else None,
        high=1 if integral else None,
        values=None,
        finite=not integral,
        peak=None,
    )
    gives = made.shaped((*kind.shape, known(op.size)), (*kind.labels, None))
    laws = replace(ISO, get_fails=fails, put_fails="a vector of zeros")
    item = np.dtype(op.dtype).itemsize * op.size
    growth = Growth(0.0, item + SMALL) if kind.scalar else Growth(float(item))
    return OnehotStep(op=op, takes=(kind,), gives=(gives,), laws=laws, growth=growth, size=op.size)


@dataclass(frozen=True, kw_only=True)
class OnehotStep(Unary):
    """`onehot`."""

    size: int

    def there(self, value: Any, n: int) -> Any:
        array = np.asarray(value)
        if array.size and not (0 <= array.min() and array.max() < self.size):
            bad = np.argwhere((array < 0) | (array >= self.size))[0]
            first = array[tuple(bad)]
            raise Refused(
                f"{shown(first)} is not from 0 to {self.size - 1}",
                first,
                int(bad[0]) if n else None,
            )
        places = np.arange(self.size)
        gives = self.gives[0]
        assert not isinstance(gives, type(None))
        return (array[..., None] == places).astype(self._dtype())

    def again(self, value: Any, source: Any, n: int) -> Any:
        ones = value == 1
        right = (ones.sum(-1) == 1) & ((value == 0).sum(-1) == self.size - 1)
        if not right.all():
            bad = tuple(int(i) for i in np.argwhere(~right)[0])
            reason = f"a vector of one 1 and {self.size - 1} zeros is wanted"
            raise Refused(reason, value[bad], bad[0] if n else None)
        return ones.argmax(-1).astype(self._source())

    def _dtype(self) -> Any:
        return np.dtype(self.op.dtype)  # type: ignore[attr-defined]  # it is `Onehot`

    def _source(self) -> Any:
        return np.dtype(self.takes[0].dtype)  # type: ignore[union-attr]  # integers
