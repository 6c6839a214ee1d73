"""Two lenses as one: clause into clause where that is exact, else one after the other."""

from __future__ import annotations

from typing import Any

from atdata_schema.errors import LensError
from atdata_schema.lenses.checking.bodies import Checking
from atdata_schema.lenses.lens import Lens
from atdata_schema.lenses.program.clauses import Extern, Program
from atdata_schema.lenses.report import Report
from atdata_schema.lenses.routes.flattening import flattened
from atdata_schema.lenses.routes.stages import Stages
from atdata_schema.schema import Schema

__all__ = ["compose", "in_one"]


def compose(*lenses: Lens[Any, Any]) -> Lens[Any, Any] | Stages[Any, Any]:
    """Lenses one after another as one.

    Returns:
        A lens in normal form, where every clause goes into one: two ways that lead to equal lenses are the
        same. Else the lenses as stages; neighbours that go into one are one stage.

    Raises:
        LensError: the view of one is not the source of the next.
    """
    if not lenses:
        raise LensError("compose takes at least one lens")
    made: list[Lens[Any, Any]] = [lenses[0]]
    for lens in lenses[1:]:
        before = made[-1].program.view
        if (before.id, before.cid) != (lens.program.source.id, lens.program.source.cid):
            raise LensError(
                f"{made[-1].name} leads to {before.id} ({before.cid}), and {lens.name} begins at "
                f"{lens.program.source.id} ({lens.program.source.cid})"
            )
        joined = _joined(made[-1], lens)
        if joined is None:
            made.append(lens)
        else:
            made[-1] = joined
    return made[0] if len(made) == 1 else Stages(tuple(made))


def _joined(first: Lens[Any, Any], second: Lens[Any, Any]) -> Lens[Any, Any] | None:
    """Both as one lens in normal form, or `None` where that is not exact."""
    clauses = flattened(first.body, second.body)
    if clauses is None:
        return None
    externs = _externs(first, second)
    both = first.externs.keys() & second.externs.keys()
    if externs is None or any(first.externs[name] is not second.externs[name] for name in both):
        return None
    code = {**first.externs, **second.externs}
    checking = Checking(Report(), {item.name: item for item in externs}, code)
    body = checking.body(clauses, first.body.source, second.body.view, ())
    if body is None:
        return None
    program = Program(
        name=f"{first.name}_then_{second.name}",
        source=first.program.source,
        view=second.program.view,
        clauses=tuple(joint.clause for joint in body.joints),
        externs=externs,
    )
    missing = tuple(sorted({*first.missing, *second.missing}))
    return Lens(
        program,
        body,
        externs=code,
        missing=missing,
        source_class=first.source_class,
        view_class=second.view_class,
        schemas=_schemas(first, second),
    )


def _schemas(first: Lens[Any, Any], second: Lens[Any, Any]) -> tuple[Schema, Schema] | None:
    if first.schemas is None or second.schemas is None:
        return None
    return first.schemas[0], second.schemas[1]


def in_one(first: Any, second: object) -> Lens[Any, Any] | Stages[Any, Any] | None:
    """A lens of the language, or stages of some, and more of them behind it; `None` where the second is no such."""
    return compose(*_lenses(first), *_lenses(second)) if isinstance(second, Lens | Stages) else None


def _lenses(lens: Lens[Any, Any] | Stages[Any, Any]) -> tuple[Lens[Any, Any], ...]:
    return lens.lenses if isinstance(lens, Stages) else (lens,)


def _externs(first: Lens[Any, Any], second: Lens[Any, Any]) -> tuple[Extern, ...] | None:
    """The declarations of both, or `None` where one name means two things."""
    found: dict[str, Extern] = {}
    for item in (*first.program.externs, *second.program.externs):
        if found.setdefault(item.name, item) != item:
            return None
    return tuple(found[name] for name in sorted(found))
