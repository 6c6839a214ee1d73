"""Samples of several plans in turn."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias

import numpy as np

from atdata.errors import LoadError
from atdata.views.joined import Joined
from atdata.views.plan import Numbers, Plan

__all__ = ["Mixed", "Stop", "mixed"]

Stop: TypeAlias = Literal["first_exhausted", "all_exhausted"]
"""When an interleaving ends."""

_STOPS: Final = ("first_exhausted", "all_exhausted")
_MOST: Final = 1 << 26  # or, of larger datasets, so many times their samples:
_TIMES: Final = 16
_BLOCK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Mixed:
    """Which sample comes next, of parts that stand behind each other.

    Without weights the parts take turns, in whole rounds. With weights, the part is drawn each time: the words of
    Philox4x64-10, keyed with the first half of a sha-256 over the lines `atdata interleave 1` and the seed,
    fall into stretches of the 64-bit numbers that are as long as the weights are large. Each part gives its
    samples in their order.

    Attributes:
        weights: how often each part is drawn, on the whole; `None` is in turn.
        seed: another seed, another drawing.
        stop: whether it ends with the last sample of the part that is used up first, or of the one that is
            used up last; the others then begin again when they are used up.
    """

    weights: tuple[float, ...] | None
    seed: int
    stop: Stop

    calls = False

    def numbers(self, base: Plan) -> Numbers:
        """Their numbers in the joined parts.

        Raises:
            LoadError: there would be many times as many as the parts have, because a weight is very small.
        """
        assert isinstance(base, Joined)
        counts = np.diff(base.starts)
        used = np.arange(len(counts))
        if self.stop == "all_exhausted":
            used = np.flatnonzero(counts)  # a part without samples has given its last
        if not len(used) or not counts[used].all():
            return np.empty(0, np.int64)
        owners = used[self._owners(used.tolist(), counts[used].tolist())]
        numbers = np.empty(len(owners), np.int64)
        for owner in used.tolist():
            turns = np.flatnonzero(owners == owner)
            numbers[turns] = base.starts[owner] + np.arange(len(turns)) % counts[owner]
        return numbers

    def _owners(self, used: list[int], counts: list[int]) -> Numbers:
        """Which of the used parts gives each sample."""
        pick = min if self.stop == "first_exhausted" else max
        if self.weights is None:
            most = pick(counts) * len(used)
            _check(most, counts)
            return np.arange(most, dtype=np.int64) % len(used)
        weights = [Fraction(self.weights[part]) for part in used]
        total = sum(weights)
        _check(pick(int(c * total / w) for c, w in zip(counts, weights, strict=True)), counts)
        return _drawn(self.seed, weights, counts, self.stop)

    def stream(self, base: Plan) -> None:
        """None: how many samples each part has decides where it ends."""

    def __str__(self) -> str:
        weights = "" if self.weights is None else f"weights={list(self.weights)}, "
        return f"interleave({weights}stop={self.stop!r})"


def mixed(count: int, weights: Sequence[float] | None, seed: int, stop: Stop) -> Mixed:
    """The interleaving of `count` parts that these arguments name.

    Raises:
        LoadError: there are more or fewer weights than parts, one is not above 0, or `stop` is unknown.
    """
    if stop not in _STOPS:
        raise LoadError(f"stop is {stop!r}: give one of {', '.join(map(repr, _STOPS))}")
    if weights is None:
        return Mixed(None, seed, stop)
    given = tuple(map(float, weights))
    if len(given) != count:
        raise LoadError(
            f"{len(given)} weights are given for {count} datasets, the first one included"
        )
    if not all(math.isfinite(weight) and weight > 0 for weight in given):
        raise LoadError(f"weights are {list(given)}: each is a finite number above 0")
    return Mixed(given, seed, stop)


def _check(expected: int, counts: list[int]) -> None:
    if expected > max(_MOST, _TIMES * sum(counts)):
        raise LoadError(
            f"interleaving would give about {expected} samples of the {sum(counts)} that there are: "
            "give weights that differ less, or stop='first_exhausted'"
        )


def _drawn(seed: int, weights: list[Fraction], counts: list[int], stop: Stop) -> Numbers:
    key = hashlib.sha256(f"atdata interleave 1\n{seed}\n".encode()).digest()[:16]
    words = np.random.Philox(key=int.from_bytes(key, "little"), counter=0)
    total, sums = sum(weights), [sum(weights[: n + 1]) for n in range(len(weights) - 1)]
    bounds = np.asarray([int(part * 2**64 / total) for part in sums], np.uint64)
    blocks: list[Numbers] = []
    left = list(counts)
    while (any if stop == "all_exhausted" else all)(rest > 0 for rest in left):
        block = np.searchsorted(bounds, words.random_raw(_BLOCK), side="right")
        left = [rest - int((block == part).sum()) for part, rest in enumerate(left)]
        blocks.append(block)
    owners = np.concatenate(blocks)
    ends = [
        int(turns[count - 1]) + 1
        for part, count in enumerate(counts)
        if len(turns := np.flatnonzero(owners == part)) >= count
    ]
    return owners[: min(ends) if stop == "first_exhausted" else max(ends)]
