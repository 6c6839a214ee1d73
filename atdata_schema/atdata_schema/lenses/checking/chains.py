"""Pipes between fields: whether they fit at both ends, and their laws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from atdata_schema.lenses.checking.exhaustive import Tried, is_elementwise, tried
from atdata_schema.lenses.checking.tolerances import elements_of, tolerance_of
from atdata_schema.lenses.steps.chain import Chain, Tolerance
from atdata_schema.lenses.steps.elements import ElementStep
from atdata_schema.lenses.steps.laws import ClauseLaws, Proof
from atdata_schema.lenses.steps.lifted import Lifted
from atdata_schema.lenses.steps.step import Step
from atdata_schema.lenses.types.fit import fit
from atdata_schema.lenses.types.lens_types import LensType

__all__ = ["Ends", "chain_of", "laws_of"]

_FORGETS = "what the view hides is lost when its value goes missing, or the list shrinks"


@dataclass(frozen=True)
class Ends:
    """What is known of the fields that a pipe connects.

    Attributes:
        source: the types of the fields of the source.
        view: the types of the fields of the view.
        get_fails: a value of the source that the view does not allow, in words.
        put_fails: a view whose shapes no source has, in words.
    """

    source: tuple[LensType, ...]
    view: tuple[LensType, ...]
    get_fails: str | None
    put_fails: str | None


def chain_of(steps: tuple[Step, ...], ends: Ends) -> tuple[Chain, Tried | None]:
    """The pipe that runs, and what trying its elements has shown."""
    trial = None
    if len(ends.source) == len(ends.view) == 1 and is_elementwise(steps):
        trial = tried(steps, ends.source[0], ends.view[0])
    slack = tolerance_of(steps)
    exact = all(step.laws.exact for step in steps)
    if not exact and slack is None and trial is not None and trial.complete_back:
        exact = trial.inexact is None and all(
            step.laws.exact or _is_element(step) for step in steps
        )
    gives = steps[-1].gives if steps else ends.source
    return Chain(steps, ends.source, gives, exact, slack), trial


def laws_of(chain: Chain, trial: Tried | None, ends: Ends) -> ClauseLaws:
    """The laws of a pipe, from those of its operators and from trial."""
    steps = chain.steps
    injective = _injective(steps, trial)
    put_put = _put_put(steps, injective, trial)
    asks = any(step.laws.asks for step in steps)
    return ClauseLaws(
        injective=injective,
        put_get=Proof.proved(),
        put_put=put_put,
        get_total=_get_total(steps, trial, ends),
        put_total=_put_total(chain, trial, ends),
        creates=all(step.laws.creates for step in steps),
        asks=asks,
        two_way=all(step.laws.two_way for step in steps),
        tolerance=_tolerance(chain.tolerance, steps),
    )


def _is_element(step: Step) -> bool:
    return isinstance(step.inner if isinstance(step, Lifted) else step, ElementStep)


def _tolerance(tolerance: Tolerance | None, steps: Sequence[Step]) -> str | None:
    if tolerance is not None:
        return tolerance.text
    return next((step.laws.tolerance for step in steps if step.laws.tolerance is not None), None)


def _injective(steps: Sequence[Step], trial: Tried | None) -> Proof:
    """Whether the view tells all of the source."""
    hidden = next((s for s in steps if not s.laws.injective and not _is_element(s)), None)
    if hidden is None:
        return _elements(steps, trial)
    before = steps[: steps.index(hidden)]
    if hidden.laws.loses is not None and all(step.laws.injective for step in before):
        return Proof.refuted(hidden.laws.loses)
    return Proof.unknown()


def _elements(steps: Sequence[Step], trial: Tried | None) -> Proof:
    """Whether the numbers that are shown tell those of the source, by trial where they do not by themselves."""
    if all(step.laws.injective for step in steps if _is_element(step)):
        return Proof.proved()
    if trial is not None and trial.loses is not None:
        return Proof.refuted(trial.loses)
    if trial is not None and trial.complete:
        return Proof.tried()
    if len(elements_of(steps)) == 1 and steps[0].laws.loses is not None:
        return Proof.refuted(steps[0].laws.loses)
    return Proof.unknown()


def _put_put(steps: Sequence[Step], injective: Proof, trial: Tried | None) -> Proof:
    """Whether the last put wins: nothing is lost, or what is hidden stays."""
    if any(step.laws.forgets for step in steps):
        return Proof.refuted(_FORGETS)
    merging = [step for step in steps if not step.laws.put_put]
    if not merging:
        return Proof.proved()
    if all(map(_is_element, merging)):
        return _elements(steps, trial)
    return injective if injective.holds is False else Proof.unknown()


def _get_total(steps: Sequence[Step], trial: Tried | None, ends: Ends) -> Proof:
    fine = trial is not None and trial.complete and trial.get_fails is None
    for step in steps:
        fails = step.laws.get_fails
        if fails is None or (fine and _is_element(step) and getattr(step, "axis", None) is None):
            continue
        return _partial(fails, first=step is steps[0])
    if ends.get_fails is not None:
        return _partial(ends.get_fails, first=not steps)
    return Proof.tried() if fine else Proof.proved()


def _partial(example: str, *, first: bool) -> Proof:
    """An example of the type at that point of a pipe is one of the source only at its beginning."""
    return Proof.refuted(example) if first else Proof(None, "unproved", example)


def _put_total(chain: Chain, trial: Tried | None, ends: Ends) -> Proof:
    steps = chain.steps
    wrong = None
    if trial is not None:
        wrong = (None if chain.tolerance is not None else trial.inexact) or trial.put_fails
    if wrong is not None:
        return Proof.refuted(wrong)
    fine = trial is not None and trial.complete_back
    arriving = ends.view
    last = True
    for step in reversed(steps):
        arriving, fails = step.back(arriving)
        if fails is not None and not (fine and _is_element(step)):
            return _partial(fails, first=last)
        last = False
    for given, wanted in zip(arriving, ends.source, strict=True):
        found = fit(given, wanted)
        fails = found.problem or found.fails
        if fails is not None and not fine:
            return _partial(fails, first=not steps)
    if ends.put_fails is not None:
        return _partial(ends.put_fails, first=not steps)
    return Proof.tried() if fine and steps else Proof.proved()
