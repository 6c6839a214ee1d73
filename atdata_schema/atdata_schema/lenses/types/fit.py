"""Whether what comes out of a pipe is what is wanted there: surely, perhaps, or never."""

from __future__ import annotations

from dataclasses import dataclass

from atdata_schema.lenses.types.includes import object_differences, plain_problem, uncovered
from atdata_schema.lenses.types.lens_types import LensType, Many, Maybe, Nd, Obj, Plain

__all__ = ["Fit", "fit"]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a type fits another; shapes apart, which are matched together with those of other fields.

    Attributes:
        problem: why no value does, in words.
        help: the remedy.
        fails: a value that does not, in words, where some do.
    """

    problem: str | None = None
    help: str | None = None
    fails: str | None = None


def fit(given: LensType, wanted: LensType) -> Fit:
    """How values of one type are values of another."""
    if isinstance(given, Maybe) and not isinstance(wanted, Maybe):
        return Fit(
            f"the value may be missing, and {wanted} may not",
            "add unwrap(default=...), or expect where a missing value is an error",
        )
    if isinstance(wanted, Maybe) and not isinstance(given, Maybe):
        return Fit(f"{wanted} may be missing, and the value is always there", "add some")
    if isinstance(given, Maybe) and isinstance(wanted, Maybe):
        return fit(given.inner, wanted.inner)
    match given, wanted:
        case Nd(), Nd():
            return _numbers(given, wanted)
        case Plain(), Plain():
            problem = plain_problem(given, wanted)
            if problem is not None:
                return Fit(problem)
            return Fit(fails=uncovered(given.type, wanted.type))
        case Obj(), Obj():
            found = object_differences(given, wanted)
            if not found:
                return Fit()
            return Fit(f"the objects differ: {found[0]}", "say how, field by field: with { ... }")
        case Many(), Many():
            return _lists(given, wanted)
        case _:
            return Fit(f"{given} is no {wanted}")


def _numbers(given: Nd, wanted: Nd) -> Fit:
    if "*" in (given.dtype, wanted.dtype):
        if given.dtype == wanted.dtype or wanted.dtype == "*":
            return Fit()
        return Fit(fails=f"an array that is not of {wanted.dtype}")
    if given.dtype != wanted.dtype:
        more = ", round=..., overflow=..." if given.kind == "f" and wanted.is_integral else ""
        return Fit(f"{given.dtype} is not {wanted.dtype}", f"add cast({wanted.dtype}{more})")
    if given.is_integral:
        return _integers(given, wanted)
    return Fit(fails="nan" if wanted.finite and not given.finite else None)


def _integers(given: Nd, wanted: Nd) -> Fit:
    have, want = given.bounds, wanted.bounds
    if have is None or want is None:
        return Fit()
    if given.values is not None:
        allowed = wanted.values
        outside = [
            v
            for v in given.values
            if not want[0] <= v <= want[1] or (allowed is not None and v not in allowed)
        ]
        if given.values and len(outside) == len(given.values):
            return Fit(f"no value of {given} is one of {wanted}")
        return Fit(fails=str(outside[0]) if outside else None)
    if have[1] < want[0] or want[1] < have[0]:
        return Fit(f"no value of {given} is one of {wanted}")
    if have[0] < want[0] or have[1] > want[1]:
        return Fit(fails=str(have[0] if have[0] < want[0] else have[1]))
    if wanted.values is not None:
        allowed = wanted.values
        if have[1] - have[0] >= len(allowed):
            missing = next(
                v for v in range(have[0], have[0] + len(allowed) + 1) if v not in allowed
            )
            return Fit(fails=str(missing))
        missing_ = [v for v in range(have[0], have[1] + 1) if v not in allowed]
        return Fit(fails=str(missing_[0]) if missing_ else None)
    return Fit()


def _lists(given: Many, wanted: Many) -> Fit:
    inner = fit(given.items, wanted.items)
    if inner.problem is not None:
        return Fit(f"items of lists: {inner.problem}", inner.help)
    low, high = wanted.min_length, wanted.max_length
    if high is not None and (given.max_length is None or given.max_length > high):
        return Fit(fails=f"a list of more than {high} items")
    if low and (given.min_length is None or given.min_length < low):
        return Fit(fails=f"a list of fewer than {low} items")
    return inner
