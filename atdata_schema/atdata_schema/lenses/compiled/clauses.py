"""The clauses of a compiled lens, between two classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from atdata_schema.lenses.compiled.fields import (
    assembly_of,
    dims_of,
    is_guarded,
    leaf_of,
    scalar_of,
)
from atdata_schema.lenses.compiled.pipes import COPY, Functions
from atdata_schema.lenses.compiled.seeing import Seeing
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.steps.leaves import Leaf
from atdata_schema.lenses.steps.run import Direction, Pipe, Run, Way

__all__ = ["Clause", "Place", "both", "const", "derived", "drop", "run"]

Place: TypeAlias = str | tuple[str, ...]
"""A property, or a way of them into objects."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause, before its classes are known.

    Attributes:
        src: the fields of the source.
        dst: the fields of the view.
        direction: where it leads.
        there: from the source to the view; `None` where the value is the same.
        back: from the view and the source to the source.
        fresh: from the view alone.
        rows: whether the functions take the values of one sample only.
        guarded: the fields of the view, by place, that are held against all that they say.
        constant: the value of `const`, or what is put where something was dropped.
        creates: whether that is known.
    """

    src: tuple[Path, ...]
    dst: tuple[Path, ...]
    direction: Direction
    there: Callable[..., Any] | None = None
    back: Callable[..., Any] | None = None
    fresh: Callable[..., Any] | None = None
    rows: bool = False
    guarded: tuple[int, ...] = ()
    constant: Any = None
    creates: bool = True


def both(
    src: Place | list[Place],
    dst: Place | list[Place],
    get: Callable[..., Any] | None = None,
    put: Callable[..., Any] | None = None,
    create: Callable[..., Any] | None = None,
    *,
    back: Callable[..., Any] | None = None,
    rows: bool = False,
    guarded: tuple[int, ...] = (),
) -> Clause:
    """A clause that leads both ways: a copy, without functions.

    Args:
        src: the fields of the source.
        dst: the fields of the view.
        get: from the one to the other.
        put: from the view, and from the source as it was, to the source.
        create: from the view alone.
        back: the same as both, where the source as it was says nothing.
        rows: whether the functions take the values of one sample only; else arrays may be of many.
        guarded: the fields of the view, by place, that are held against all that they say.
    """
    return Clause(_paths(src), _paths(dst), "both", get, put, back or create, rows, guarded)


def derived(
    src: Place | list[Place],
    dst: Place | list[Place],
    get: Callable[..., Any] | None = None,
    *,
    rows: bool = False,
    guarded: tuple[int, ...] = (),
) -> Clause:
    """A clause that computes fields of the view."""
    return Clause(_paths(src), _paths(dst), "there", get, rows=rows, guarded=guarded)


def const(value: Any, dst: Place) -> Clause:
    """A field of the view that has one value."""
    return Clause((), _paths(dst), "fixed", constant=value)


def drop(src: Place, default: Any = None, *, creates: bool = True) -> Clause:
    """A field of the source that the view does not show; `default` is what `create` puts there."""
    return Clause(_paths(src), (), "dropped", constant=default, creates=creates)


def _paths(places: Place | list[Place]) -> tuple[Path, ...]:
    several = places if isinstance(places, list) else [places]
    return tuple((place,) if isinstance(place, str) else place for place in several)


def run(
    source: type[Any],
    view: type[Any],
    *clauses: Clause,
    creates: bool = False,
    unsure: bool = False,
) -> Run[Way]:
    """Clauses between two classes, ready to run.

    Args:
        source: the class that is looked at.
        view: the class that is seen.
        clauses: the clauses, in canonical order.
        creates: whether a source is made of a view alone.
        unsure: whether shapes of the view are held against its dimensions.
    """
    written = [clause for clause in clauses if clause.direction in ("both", "dropped")]
    shown = frozenset(path for clause in clauses for path in clause.dst)
    return Seeing(
        source_class=source,
        view_class=view,
        names=tuple(source.FIELDS),
        joints=tuple(_way(clause, source, view) for clause in clauses),
        seen=assembly_of(view, shown),
        made=assembly_of(source, frozenset(path for clause in written for path in clause.src)),
        seen_dims=dims_of(view) if unsure else None,
        made_dims=dims_of(source),
        creates=creates,
    )


def _way(clause: Clause, source: type[Any], view: type[Any]) -> Way:
    src = tuple(leaf_of(source, path, guarded=is_guarded(source, path)) for path in clause.src)
    dst = tuple(
        leaf_of(view, path, guarded=place in clause.guarded)
        for place, path in enumerate(clause.dst)
    )
    pipe = _pipe(clause, src, dst) if src and dst else None
    constant = clause.constant if clause.direction != "fixed" else dst[0].into(clause.constant)
    return Way(src, dst, pipe, clause.direction, constant, clause.creates)


def _pipe(clause: Clause, src: tuple[Leaf, ...], dst: tuple[Leaf, ...]) -> Pipe:
    if clause.there is None:
        return COPY
    takes, gives = tuple(map(scalar_of, src)), tuple(map(scalar_of, dst))
    return Functions(clause.there, clause.back, clause.fresh, clause.rows, takes, gives)
