"""Operators of single numbers, run together over a batch: piece by piece, into memory that was used before.

One after the other, each would write all of its result to fresh memory and the next one fetch it from there
again. A piece that stays in the cache is written once. The results are the same, bit by bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.steps.elements import ElementStep, nd_of
from atdata_schema.lenses.steps.step import Step
from atdata_schema.memory import Buffers

__all__ = ["pourable", "poured"]

_PIECE: Final = 1 << 18
_LEAST: Final = 1 << 14
"""Bytes of what comes out: of a piece, and of a batch for which pieces are worth it."""


def pourable(steps: Sequence[Step], value: object, n: int) -> tuple[ElementStep, ...]:
    """The operators, from the first one on, that can be run together over a batch."""
    if not n or not isinstance(value, np.ndarray) or value.ndim < 2 or value.nbytes < _LEAST:
        return ()
    found: list[ElementStep] = []
    for step in steps:
        if not isinstance(step, ElementStep) or not step.pours(value.shape, n):
            break
        found.append(step)
    return tuple(found)


def poured(
    steps: Sequence[ElementStep], value: NDArray[Any], n: int, buffers: Buffers
) -> NDArray[Any]:
    """What operators make of a batch, one after the other."""
    out = _like(value, np.dtype(nd_of(steps[-1].gives[0]).dtype), buffers)
    lean = _lean(steps, out.dtype)
    # A single pass needs no pieces.
    once = sum(step.passes for step, _ in lean) == 1
    rows = len(value) if once else max(1, _PIECE * len(value) // max(out.nbytes, 1))
    with np.errstate(all="ignore"):
        for begin in range(0, len(value), rows):
            piece, target = value[begin : begin + rows], out[begin : begin + rows]
            for step, fits in lean:
                if fits:
                    step.pour(piece, target, n)
                    piece = target
                else:
                    piece = step.there(piece, n)
    return out


def _lean(steps: Sequence[ElementStep], dtype: np.dtype[Any]) -> list[tuple[ElementStep, bool]]:
    """The operators without casts that the next one makes by itself, and whether what each gives fits the memory."""
    pairs = zip(steps, [*steps[1:], None], strict=True)
    kept = [
        step
        for step, following in pairs
        if following is None or not (step.CASTS and following.CONVERTS and _is(step, dtype))
    ]
    return [(step, _is(step, dtype)) for step in kept]


def _is(step: ElementStep, dtype: np.dtype[Any]) -> bool:
    return np.dtype(nd_of(step.gives[0]).dtype) == dtype


def _like(value: NDArray[Any], dtype: np.dtype[Any], buffers: Buffers) -> NDArray[Any]:
    """Memory for an array of that shape, whose axes lie in memory in the same order."""
    order = sorted(range(value.ndim), key=lambda axis: -abs(value.strides[axis]))
    memory = buffers.take(math.prod(value.shape) * dtype.itemsize)
    whole: NDArray[Any] = memory.view(dtype).reshape([value.shape[axis] for axis in order])
    return whole.transpose(np.argsort(order))
