"""Clauses inside a clause: for the objects of a list, and for one object."""

from __future__ import annotations

from typing import Any, Final

from atdata_schema.lenses.compiled.operator import Operator
from atdata_schema.lenses.program.clauses import Block
from atdata_schema.lenses.steps.laws import StepLaws
from atdata_schema.lenses.steps.run import Run
from atdata_schema.lenses.types.lens_types import Nd

__all__ = ["each", "within"]

_ANY: Final = Nd("*")


def each(clauses: Run[Any]) -> Operator:
    """The objects of a list, by position."""
    from atdata_schema.lenses.ops.nesting import Each, EachStep

    return Operator(
        EachStep(
            op=Each(block=Block()),
            takes=(_ANY,),
            gives=(_ANY,),
            laws=StepLaws(asks=True, creates=clauses.creates),
            body=clauses,
        )
    )


def within(clauses: Run[Any]) -> Operator:
    """One object."""
    from atdata_schema.lenses.ops.nesting import With, WithStep

    return Operator(
        WithStep(
            op=With(block=Block()),
            takes=(_ANY,),
            gives=(_ANY,),
            laws=StepLaws(asks=True, creates=clauses.creates),
            body=clauses,
        )
    )
