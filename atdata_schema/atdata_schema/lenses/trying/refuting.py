"""Values for which a law of a lens does not hold, searched among those at its boundaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, product
from typing import Any, Final

from atdata_schema.lenses.lens import Lens
from atdata_schema.lenses.steps.body import Joint
from atdata_schema.lenses.trying.laws import (
    REFUSED,
    LawBroken,
    attempted,
    check_get_total,
    check_injective,
    check_put_get,
    check_put_put,
    check_put_total,
)
from atdata_schema.lenses.trying.samples import boundary_samples, changed_views, with_value

__all__ = ["Example", "refutation"]

Example = dict[str, Any]
"""The arguments of a check, by name: samples and views as mappings."""

_SOURCES: Final = 48
_VIEWS: Final = 40
_TRIES: Final = 4000


def refutation(lens: Lens[Any, Any], law: str) -> Example | None:
    """Values for which a law does not hold; `None` where none are found, or its externs have no code.

    Args:
        lens: the lens, without classes.
        law: `injective`, `exact` (PutGet without a tolerance), `put_put`, `get_total` or `put_total`.
    """
    if lens.missing:
        return None
    for example in islice(_candidates(lens, law), _TRIES):
        if _breaks(partial(_check, lens, law, example)):
            return example
    return None


def _check(lens: Lens[Any, Any], law: str, example: Example) -> None:
    match law:
        case "injective":
            check_injective(lens, lens, example["one"], example["other"])
        case "exact":
            check_put_get(lens, lens, example["view"], example["source"], exact=True)
        case "put_put":
            check_put_put(lens, example["first"], example["second"], example["source"])
        case "get_total":
            check_get_total(lens, example["source"])
        case _:
            check_put_total(lens, example["view"], example["source"])


def _breaks(check: Callable[[], None]) -> bool:
    try:
        check()
    except LawBroken:
        return True
    return False


def _candidates(lens: Lens[Any, Any], law: str) -> Iterator[Example]:
    samples = boundary_samples(lens, _SOURCES)
    if law == "get_total":
        small = boundary_samples(lens, _SOURCES, viewed=False)
        yield from ({"source": sample} for sample in (*samples, *small))
        return
    if law == "injective":
        yield from _pairs(lens, samples)
        return
    views = [attempted(partial(lens.get, sample)) for sample in samples]
    others = [view for view in views if view is not REFUSED]
    seen = [each for each in zip(samples, views, strict=True) if each[1] is not REFUSED]
    changes = [
        (sample, view, list(islice(changed_views(lens, view, joint, others[:8]), _VIEWS)))
        for sample, view in seen
        for joint in _suspects(lens, law)
    ]
    for sample, view, changed in changes:
        for each in changed:
            # Back to the view at hand shows best what a put in between has lost.
            back = {"first": each, "second": view, "source": sample}
            yield back if law == "put_put" else {"view": each, "source": sample}
    for sample, _, changed in changes if law == "put_put" else ():
        for first, second in product(changed, changed[:8]):
            yield {"first": first, "second": second, "source": sample}


def _suspects(lens: Lens[Any, Any], law: str) -> list[Joint]:
    """The clauses for which the law was not proved."""
    found: list[Joint] = []
    for joint in lens.clauses:
        laws = joint.laws
        proof = {"put_put": laws.put_put, "put_total": laws.put_total}.get(law)
        held = laws.tolerance is None if proof is None else proof.holds
        if not held and laws.two_way and joint.dst:
            found.append(joint)
    return found


def _pairs(lens: Lens[Any, Any], samples: list[Any]) -> Iterator[Example]:
    """Pairs of samples that differ in what one clause reads alone."""
    for joint in lens.clauses:
        if not joint.dst or joint.laws.injective.holds or not joint.laws.two_way:
            continue
        for one in samples:
            for other in samples:
                made = one
                for leaf in joint.src:
                    made = with_value(made, leaf, leaf.read(other))
                yield {"one": one, "other": made}
