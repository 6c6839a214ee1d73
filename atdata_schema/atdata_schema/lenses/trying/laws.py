"""The laws of a lens, held against one sample: of the interpreter, or of anything that runs the lens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol

import numpy as np

from atdata_schema.errors import GetError, PutError
from atdata_schema.lenses.lens import Lens
from atdata_schema.lenses.program.clauses import Bind
from atdata_schema.lenses.steps.equality import same
from atdata_schema.lenses.steps.run import Readonly

__all__ = [
    "REFUSED",
    "LawBroken",
    "Runner",
    "attempted",
    "check_create_get",
    "check_get_put",
    "check_get_total",
    "check_injective",
    "check_put_get",
    "check_put_put",
    "check_put_total",
    "close",
]

REFUSED: Final[Any] = object()
"""Stands for what a call gives that was refused."""


class LawBroken(AssertionError):
    """A law does not hold for the values at hand."""


class Runner(Protocol):
    """What runs a lens."""

    def get(self, source: Any, /) -> Any:
        """The view of a sample."""

    def put(self, view: Any, source: Any, /, *, readonly: Readonly = "check") -> Any:
        """The sample with a changed view written into it."""

    def create(self, view: Any, /, *, readonly: Readonly = "check") -> Any:
        """A new sample with this view."""


def attempted(make: Callable[[], Any]) -> Any:
    """What a call gives, or `REFUSED`."""
    try:
        return make()
    except (GetError, PutError):
        return REFUSED


def check_get_put(runner: Runner, source: Any) -> None:
    """A view that is put back unchanged gives the sample itself.

    Raises:
        LawBroken: it does not.
    """
    view = attempted(lambda: runner.get(source))
    if view is not REFUSED:
        again = runner.put(view, source)
        _hold(same(again, source), lambda: f"put(get(s), s) is {again!r}, and s is {source!r}")


def check_put_get(
    runner: Runner, lens: Lens[Any, Any], view: Any, source: Any, *, exact: bool = False
) -> None:
    """What was put is what is seen then, where it was taken.

    Args:
        runner: what runs the lens.
        lens: the lens, which knows its tolerance.
        view: the changed view; fields that are computed are passed over.
        source: the sample that it is put into.
        exact: whether no tolerance counts.

    Raises:
        LawBroken: something else is seen.
    """
    made = attempted(lambda: runner.put(view, source, readonly="ignore"))
    if made is not REFUSED:
        seen = runner.get(made)
        _hold(
            close(lens, seen, view, exact=exact), lambda: f"{view!r} was put, and {seen!r} is seen"
        )


def check_put_put(runner: Runner, first: Any, second: Any, source: Any) -> None:
    """The last put wins.

    Raises:
        LawBroken: the first one left a trace.
    """
    between = attempted(lambda: runner.put(first, source, readonly="ignore"))
    if between is REFUSED:
        return
    twice = attempted(lambda: runner.put(second, between, readonly="ignore"))
    once = attempted(lambda: runner.put(second, source, readonly="ignore"))
    _hold((twice is REFUSED) == (once is REFUSED), lambda: f"{second!r} is refused only once")
    if twice is not REFUSED:
        _hold(
            same(twice, once),
            lambda: f"{twice!r} after two puts, and {once!r} after the last one alone",
        )


def check_create_get(runner: Runner, lens: Lens[Any, Any], view: Any) -> None:
    """A created sample has the view that it was created of.

    Raises:
        LawBroken: it has another one.
    """
    made = attempted(lambda: runner.create(view, readonly="ignore"))
    if made is not REFUSED:
        seen = runner.get(made)
        _hold(close(lens, seen, view), lambda: f"created of {view!r}, and {seen!r} is seen")


def check_get_total(runner: Runner, source: Any) -> None:
    """Every sample has a view.

    Raises:
        LawBroken: this one has none.
    """
    try:
        runner.get(source)
    except GetError as error:
        raise LawBroken(f"{source!r} has no view: {error}") from None


def check_put_total(runner: Runner, view: Any, source: Any) -> None:
    """Every view can be put into every sample that has one.

    Raises:
        LawBroken: this one cannot.
    """
    if attempted(lambda: runner.get(source)) is REFUSED:
        return
    try:
        runner.put(view, source, readonly="ignore")
    except PutError as error:
        raise LawBroken(f"{view!r} cannot be put into {source!r}: {error}") from None


def check_injective(runner: Runner, lens: Lens[Any, Any], one: Any, other: Any) -> None:
    """Two samples that look the same are the same, as far as the lens reads them to write them back.

    Raises:
        LawBroken: they look the same, and differ.
    """
    views = [attempted(partial(runner.get, sample)) for sample in (one, other)]
    if REFUSED in views or not same(*views):
        return
    for joint in lens.clauses:
        if isinstance(joint.clause, Bind):
            for leaf in joint.src:
                a, b = leaf.read(one), leaf.read(other)
                _hold(same(a, b), partial("{!r} and {!r} look the same".format, a, b))


def close(lens: Lens[Any, Any], seen: Any, wanted: Any, *, exact: bool = False) -> bool:
    """Whether two views are the same in what can be changed, within the tolerance of each clause."""
    for joint in lens.clauses:
        if not isinstance(joint.clause, Bind):
            continue
        tolerance = None if exact or joint.chain is None else joint.chain.tolerance
        for leaf in joint.dst:
            a, b = leaf.read(seen), leaf.read(wanted)
            if not same(a, b) and not _near(a, b, tolerance):
                return False
    return True


def _near(a: Any, b: Any, tolerance: Any) -> bool:
    if tolerance is None or a is None or b is None:
        return False
    x, y = np.asarray(a), np.asarray(b)
    if x.shape != y.shape or x.dtype.kind not in "biufc" or y.dtype.kind not in "biufc":
        return False
    with np.errstate(all="ignore"):
        slack = tolerance.absolute + tolerance.relative * np.abs(y)
        near = (np.abs(x - y) <= slack) | (x == y) | ((x != x) & (y != y))
    return bool(near.all())


def _hold(holds: bool, otherwise: Callable[[], str]) -> None:
    if not holds:
        raise LawBroken(otherwise()[:2000])
