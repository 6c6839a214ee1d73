"""Numbers times a scale plus an offset, in one pass over memory that was used before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.steps.rounding import rounded
from atdata_schema.memory import Buffers

__all__ = ["number", "numbers", "scaled"]

_PARTS: Final = {"complex64": "float32", "complex128": "float64"}
_LARGE: Final = 1 << 18
"""Bytes from which on a result goes by pieces, into memory that was used before."""
_PIECE: Final = 1 << 17
"""Elements that go through all operations while they are in the cache."""

_BUFFERS: Final = Buffers()


def number(text: str, dtype: str) -> np.floating[Any]:
    """A rational number, rounded once.

    >>> number("1/255", "float32")
    np.float32(0.003921569)
    """
    return rounded(Fraction(text), dtype)


def numbers(texts: Sequence[str], dtype: str, after: int = 0) -> NDArray[Any]:
    """Rational numbers along an axis that has so many axes behind it.

    >>> numbers(["1/2", "1/4"], "float32", 1)
    array([[0.5 ],
           [0.25]], dtype=float32)
    """
    made = [rounded(Fraction(text), dtype) for text in texts]
    return np.asarray(made, _PARTS.get(dtype, dtype)).reshape(-1, *(1,) * after)


def scaled(
    value: NDArray[Any],
    dtype: str,
    scale: np.floating[Any] | NDArray[Any],
    offset: np.floating[Any] | NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Numbers as another element type, times a scale, plus an offset; each operation rounds.

    Args:
        value: the numbers.
        dtype: the element type of the result, and of all that is computed.
        scale: a number, or numbers that fit the last axes.
        offset: what is added.
    """
    kind = np.dtype(dtype)
    if value.size * kind.itemsize < _LARGE:
        made = np.empty_like(value, kind)
        with np.errstate(all="ignore"):
            _into(value, made, scale, offset)
        return made
    # In the order of memory both are lines without gaps, if the value has none.
    axes = sorted(range(value.ndim), key=lambda axis: -abs(value.strides[axis]))
    given = value.transpose(axes)
    room = _BUFFERS.take(value.size * kind.itemsize).view(kind)
    made = room.reshape(given.shape).transpose(np.argsort(axes))
    with np.errstate(all="ignore"):
        if not given.flags.c_contiguous or (offset is None and not isinstance(scale, np.ndarray)):
            _into(value, made, scale, offset)  # a single pass needs no pieces
            return made
        shape, (scales, offsets) = _rows(given, axes, scale, offset)
        lines, out = given.reshape(shape), room.reshape(shape)
        rows = max(1, _PIECE * len(lines) // lines.size)
        for start in range(0, len(lines), rows):
            stretch = slice(start, start + rows)
            _into(lines[stretch], out[stretch], scales, offsets)
    return made


def _rows(
    given: NDArray[Any], axes: list[int], *factors: Any
) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    """The shape of rows, in the order of memory, and factors that fit them.

    Factors that change from element to element are repeated, so that numpy has long stretches to go through.
    """
    several = next((factor for factor in factors if isinstance(factor, np.ndarray)), None)
    if several is None:
        return (given.size,), factors
    count, place = len(several), axes.index(len(axes) - several.ndim)
    after = math.prod(given.shape[place + 1 :])
    if after > 1 or not place:
        return (-1, count, after), tuple(_column(factor) for factor in factors)
    row = given.shape[place - 1]
    tiled = tuple(
        np.tile(factor.reshape(-1), row) if isinstance(factor, np.ndarray) else factor
        for factor in factors
    )
    return (-1, row * count), tiled


def _column(factor: Any) -> Any:
    return factor.reshape(-1, 1) if isinstance(factor, np.ndarray) else factor


def _into(value: NDArray[Any], out: NDArray[Any], scale: Any, offset: Any) -> None:
    # All is computed in the type of the result, whatever numpy would take for both.
    np.multiply(value, scale, out=out, dtype=out.dtype, casting="unsafe")
    if offset is not None:
        np.add(out, offset, out=out)
