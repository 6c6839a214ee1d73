"""Laws by trial: what a pipe does to numbers, tried on all of them where there are few, else on boundaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.checking.boundaries import boundaries
from atdata_schema.lenses.checking.tolerances import elements_of
from atdata_schema.lenses.steps.elements import ElementStep, nd_of
from atdata_schema.lenses.steps.equality import same_elements
from atdata_schema.lenses.steps.lifted import Lifted
from atdata_schema.lenses.steps.step import Step, shown
from atdata_schema.lenses.types.lens_types import LensType, Nd, bare

__all__ = ["DOMAIN", "Tried", "all_elements", "is_elementwise", "tried"]

DOMAIN: Final = 1 << 16
"""As many elements as are tried one and all."""

_MOST: Final = 1 << 22
"""Elements times functions: a factor for each channel makes a function of its own."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What trying has shown.

    Attributes:
        complete: whether all elements of the source were tried.
        loses: elements that do not come back, in words; `None` where all that were tried did.
        get_fails: an element without a view, in words.
        complete_back: whether all elements of the view were tried.
        put_fails: an element of the view without a source, in words.
        inexact: an element of the view that comes back as another, in words.
    """

    complete: bool
    loses: str | None
    get_fails: str | None
    complete_back: bool
    put_fails: str | None
    inexact: str | None


def is_elementwise(steps: Sequence[Step]) -> bool:
    """Whether a pipe only changes numbers, each by itself, and moves them."""
    inner = [step.inner if isinstance(step, Lifted) else step for step in steps]
    return bool(elements_of(steps)) and all(
        step.MOVES or isinstance(step, ElementStep) for step in inner
    )


def all_elements(kind: Nd) -> NDArray[Any] | None:
    """All elements that a type has, where they are at most `DOMAIN`."""
    if kind.dtype == "float16":
        return np.arange(DOMAIN, dtype=np.uint16).view(np.float16)
    if kind.values is not None:
        return np.asarray(kind.values, kind.dtype)
    bounds = kind.bounds
    if bounds is None or bounds[1] - bounds[0] >= DOMAIN:
        return None
    return np.arange(bounds[0], bounds[1] + 1).astype(kind.dtype)


def tried(steps: Sequence[Step], source: LensType, view: LensType) -> Tried | None:
    """What an elementwise pipe does, from the source's type to the view's; `None` where there is too much to try."""
    kind, wanted = bare(source), bare(view)
    if not isinstance(kind, Nd) or not isinstance(wanted, Nd) or wanted.dtype == "*":
        return None
    elements = elements_of(steps)
    functions = prod(step.channels for step in elements)
    domain, codomain = all_elements(kind), all_elements(wanted)
    size = max(DOMAIN if domain is None else len(domain), 0 if codomain is None else len(codomain))
    if functions * size > _MOST:
        return None
    key = tuple(map(_key, elements))
    return _tried(_Pipe(key, elements, steps), _Domain(kind, domain), _Domain(wanted, codomain))


def _key(step: ElementStep) -> tuple[Any, ...]:
    kind, made = nd_of(step.takes[0]), nd_of(step.gives[0])
    return type(step), str(step.op), kind.dtype, kind.bounds, kind.values, made.dtype


class _Pipe:
    """A pipe that is known by what its operators say: equal ones are tried once."""

    def __init__(
        self, key: tuple[Any, ...], elements: Sequence[ElementStep], steps: Sequence[Step]
    ) -> None:
        self.key = key
        self.elements = elements

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pipe) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def functions(self) -> Iterator[list[ElementStep]]:
        """Each function that some element goes through: one for every combination of channels, equal ones once."""
        seen: set[tuple[Any, ...]] = set()
        for indices in product(*(range(step.channels) for step in self.elements)):
            chosen = [
                step.channel(index) for step, index in zip(self.elements, indices, strict=True)
            ]
            said = tuple(getattr(step, "pairs", None) for step in chosen)
            if said not in seen:
                seen.add(said)
                yield chosen


class _Domain:
    """Elements to try, and whether they are all of their type."""

    def __init__(self, kind: Nd, elements: NDArray[Any] | None) -> None:
        self.kind = kind
        self.complete = elements is not None
        self._elements = elements

    def elements(self, steps: Sequence[ElementStep]) -> NDArray[Any]:
        """All of them, or boundaries."""
        return boundaries(self.kind, steps) if self._elements is None else self._elements

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Domain) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return self.kind.dtype, self.kind.bounds, self.kind.values


@lru_cache(maxsize=1024)
def _tried(pipe: _Pipe, source: _Domain, view: _Domain) -> Tried:
    loses: str | None = None
    get_fails: str | None = None
    put_fails: str | None = None
    inexact: str | None = None
    with np.errstate(all="ignore"):
        for steps in pipe.functions():
            lost, failing = _there_and_back(steps, source.elements(steps))
            loses, get_fails = loses or lost, get_fails or failing
            refused, other = _back_and_there(steps, view.elements(steps))
            put_fails, inexact = put_fails or refused, inexact or other
    return Tried(source.complete, loses, get_fails, view.complete, put_fails, inexact)


def _forward(steps: Sequence[ElementStep], values: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    bad = np.zeros(values.shape, np.bool_)
    for step in steps:
        values, failing = step.apply(values, 0)
        if failing is not None:
            bad |= failing
    return values, bad


def _backward(steps: Sequence[ElementStep], values: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    bad = np.zeros(values.shape, np.bool_)
    for step in reversed(steps):
        values, failing = step.invert(values, 0)
        if failing is not None:
            bad |= failing
    return values, bad


def _there_and_back(
    steps: Sequence[ElementStep], values: NDArray[Any]
) -> tuple[str | None, str | None]:
    """An element that does not come back, and one that has no view."""
    seen, failing = _forward(steps, values)
    back, refused = _backward(steps, seen)
    lost = ~failing & (refused | ~same_elements(back, values))
    lost_text = None
    if lost.any():
        at = int(np.argmax(lost))
        comes = "is refused" if refused[at] else f"comes back as {shown(back[at])}"
        lost_text = f"{shown(values[at])} becomes {shown(seen[at])}, which {comes}"
    fails = shown(values[int(np.argmax(failing))]) if failing.any() else None
    return lost_text, fails


def _back_and_there(
    steps: Sequence[ElementStep], values: NDArray[Any]
) -> tuple[str | None, str | None]:
    """An element of the view that has no source, and one that comes back as another."""
    back, refused = _backward(steps, values)
    again, failing = _forward(steps, back)
    # No tolerance reaches from a number to what is none: a put that ends there is refused.
    refused |= np.isfinite(values) & ~np.isfinite(again)
    other = ~refused & (failing | ~same_elements(again, values))
    refused_text = shown(values[int(np.argmax(refused))]) if refused.any() else None
    if not other.any():
        return refused_text, None
    at = int(np.argmax(other))
    return refused_text, f"{shown(values[at])}, nearest {shown(again[at])}"
