"""Numbers at which arithmetic goes wrong first, and some between them: always the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.steps.elements import ElementStep
from atdata_schema.lenses.steps.rounding import least_of, most_of, ulp_of
from atdata_schema.lenses.types.lens_types import Nd

__all__ = ["boundaries", "boundary_numbers"]

_SCATTERED = 2048


def boundaries(kind: Nd, steps: Sequence[ElementStep]) -> NDArray[Any]:
    """Numbers of a type to try a pipe with: boundaries of the type, of the pipe's factors, and scattered ones."""
    if kind.kind in "fc":
        base = [_floats(kind.dtype), _near_scales(kind.dtype, steps)]
        return np.concatenate(base)
    bounds = kind.bounds
    assert bounds is not None  # integers; other kinds have no elementwise operators
    return np.asarray(boundary_numbers(*bounds), kind.dtype)


@lru_cache(maxsize=64)
def boundary_numbers(low: int, high: int) -> tuple[int, ...]:
    """Integers of a range: its ends, powers of two and their neighbours, and scattered ones.

    >>> boundary_numbers(0, 5)
    (0, 1, 2, 3, 4, 5)
    """
    found = {low, low + 1, high - 1, high, 0, 1, -1}
    for bits in range(65):
        for power in (1 << bits, -(1 << bits)):
            found |= {power - 1, power, power + 1}
    random = np.random.default_rng(0)
    width = high - low
    found |= {low + int(part * width) for part in random.random(_SCATTERED // 4)}
    return tuple(sorted(value for value in found if low <= value <= high))


@lru_cache(maxsize=8)
def _floats(dtype: str) -> NDArray[Any]:
    part = {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)
    scalar = np.dtype(part).type
    least, most, ulp = least_of(part), most_of(part), ulp_of(part)
    normal = float(np.finfo(part).tiny)
    fixed = [0.0, -0.0, 1.0, 0.1, 0.5, 1 / 3, 127.625, 2 / ulp - 1, 2 / ulp, 2 / ulp + 2]
    fixed += [least, 2 * least, 3 * least, 5 * least, normal, normal - least, normal + least]
    fixed += [1 + ulp, 1 - ulp / 2, most, most / 2, np.nan, np.inf]
    bits = np.dtype(part).itemsize * 8
    random = np.random.default_rng(0)
    raw = (
        random.integers(0, 1 << bits, _SCATTERED, dtype=np.uint64, endpoint=False)
        if bits < 64
        else (random.integers(0, np.iinfo(np.uint64).max, _SCATTERED, dtype=np.uint64))
    )
    scattered = raw.astype(f"uint{bits}").view(part)
    plain = random.normal(0, 100, _SCATTERED).astype(part)
    exact = np.asarray([scalar(value) for value in fixed])
    made = np.concatenate([exact, -exact, scattered, plain])
    return made.astype(dtype)


def _near_scales(dtype: str, steps: Sequence[ElementStep]) -> NDArray[Any]:
    """Subnormal numbers that a factor just below or above 1 brings together."""
    part = {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)
    least = least_of(part)
    counts: set[int] = set()
    for step in steps:
        for pair in getattr(step, "pairs", ()):
            gap = abs(1 - abs(pair[0]))
            if gap and gap < 1:
                count = int(Fraction(1, 2) / gap)
                counts |= {max(count + more, 0) for more in (-1, 0, 1, 2)}
                counts |= {max(2 * count + more, 0) for more in (-1, 0, 1, 2)}
    top = int(float(np.finfo(part).tiny) / least)
    kept = sorted(count for count in counts if count <= 2 * top)
    return np.asarray([count * least for count in kept], dtype)
