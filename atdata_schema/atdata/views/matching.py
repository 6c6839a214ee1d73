"""Samples of which a condition is true: found by what lies beside the shards, or by reading them, and saying so."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

import numpy as np

from atdata.errors import LoadError, QueryError, ScanWarning
from atdata.manifest.query.checking import checked
from atdata.manifest.query.conditions import Condition, both
from atdata.manifest.query.judging import ABSENT, judge, value_at
from atdata.manifest.query.kinds import NoSuchField
from atdata.manifest.query.reading import read_condition
from atdata.manifest.query.spelling import shown_path
from atdata.outside import outside
from atdata.sample_type import schema_of
from atdata.views.chosen import Chosen
from atdata.views.held import Held
from atdata.views.plan import Entry, Numbers, Plan
from atdata.views.question import Question
from atdata.views.shown import Shown
from atdata_schema.model import Model
from atdata_schema.schema import Schema

__all__ = ["Matching", "matched", "model_of"]

_LONGEST: Final = 200  # characters of a condition that are shown


def matched(plan: Plan, schema: Schema | None, conditions: Sequence[object]) -> Plan:
    """The samples of a plan of which conditions are true.

    Args:
        plan: the samples.
        schema: their schema, where their class has none.
        conditions: texts, and conditions out of `ds.f`.

    Raises:
        QueryError: one cannot be understood, or asks for what is not there.
    """
    model = model_of(plan, schema)
    condition = both(*(_read(given, model) for given in conditions))
    question = Question.of(condition, model)
    chosen = Chosen(plan, Matching(plan, question))
    known = plan.known_type
    if plan.verify != "always" or plan.is_made or known is None:
        return chosen
    return Shown(chosen, Held(known, question))


def model_of(plan: Plan, schema: Schema | None) -> Model | None:
    """The type of the samples of a plan, where it is known without reading one."""
    found = schema_of(plan.known_type) or schema
    return None if found is None else found.model


class Matching:
    """Samples of which a condition is true. Their numbers are found when they are asked for, and kept.

    Args:
        plan: the samples that it is asked of, of the class that its names are from.
        question: what is asked.
    """

    calls = False

    def __init__(self, plan: Plan, question: Question) -> None:
        self._plan = plan
        self._question = question

    def numbers(self, base: Plan) -> Numbers:
        """Their numbers; whatever class the base is read as, they are those of the plan that was asked."""
        return self._numbers

    def stream(self, base: Plan) -> Iterator[Entry] | None:
        """The samples in one pass, where their numbers would need one and be followed by another."""
        plan = self._plan
        if "_numbers" in self.__dict__ or base is not plan:
            return None
        one_by_one = plan.is_made or not _is_random(plan)
        if not (one_by_one or plan.calls):
            return None
        # What a filter reads is read anyway, and worth no word.
        return (entry for _, entry in self._judged(say=one_by_one))

    @cached_property
    def _numbers(self) -> Numbers:
        question = self._question
        found = self._plan.true_numbers(question)
        if found is None:
            return np.asarray([number for number, _ in self._judged(say=True)], np.int64)
        if question.read:
            self._warn(_why(question.read, len(self._plan.files())))
            question.read.clear()
        return found

    def _judged(self, *, say: bool) -> Iterator[tuple[int, Entry]]:
        """The samples with their numbers, found by going through all of them."""
        if say:
            self._warn(
                "goes through the samples one by one: they come out of functions, or out of packed shards"
            )
        unseen, count = set(self._question.fields), 0
        for count, entry in enumerate(self._plan.stream(), start=1):
            if unseen:
                unseen = {path for path in unseen if value_at(entry[1], path) is ABSENT}
            if judge(self._question.condition, entry[1]):
                yield count - 1, entry
        if unseen and count:
            raise NoSuchField(f"no sample has {', '.join(shown_path(path) for path in unseen)}")

    def _warn(self, what: str) -> None:
        warnings.warn(f"{self} {what}", ScanWarning, stacklevel=outside())

    def __str__(self) -> str:
        text = str(self._question.condition)
        return f"where({text if len(text) <= _LONGEST else text[:_LONGEST] + '...'!r})"


def _is_random(plan: Plan) -> bool:
    try:
        plan.check_random()
    except LoadError:
        return False
    return True


def _read(given: object, model: Model | None) -> Condition:
    if isinstance(given, str):
        return checked(read_condition(given), model, given)
    if isinstance(given, Condition):
        return checked(given, model)
    raise QueryError(
        f"where takes a text or a condition such as ds.f.label == 'cat', got a {type(given).__name__}; a function "
        "is for ds.filter"
    )


def _why(read: dict[str, str], count: int) -> str:
    first, reason = next(iter(read.items()))
    several = (
        "all samples" if len(read) == count else f"all samples of {len(read)} of {count} shards"
    )
    reasons = len(set(read.values())) - 1
    more = (
        f", and for {reasons} other reasons"
        if reasons > 1
        else ", and for another reason" if reasons else ""
    )
    return f"has read {several}: of {first} {reason}{more}"
