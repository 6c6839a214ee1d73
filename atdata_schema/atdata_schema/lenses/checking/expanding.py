"""`auto` and `drop *` written out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from atdata_schema.lenses.checking.fields import Found, inside
from atdata_schema.lenses.checking.marks import Marks
from atdata_schema.lenses.program.clauses import Bind, Drop
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.types.fit import fit
from atdata_schema.lenses.types.includes import object_differences
from atdata_schema.lenses.types.lens_types import Maybe, Obj, bare
from atdata_schema.lenses.types.sizes import VIEW
from atdata_schema.model import ArrayType

__all__ = ["auto", "drop_rest"]


_MAX_DEPTH: Final = 4
"""Objects in objects that `auto` looks into; types may hold themselves."""


def auto(
    source: Obj, view: Obj, written: Marks, shown: Marks, exclude: tuple[Path, ...], at: Path = ()
) -> Iterator[Bind]:
    """The fields of equal names and types that no clause mentions: those of the source written to, those shown."""
    if len(at) > _MAX_DEPTH:
        return
    theirs = {found.path[-1]: found for found in inside(view, at, VIEW)}
    for found in inside(source, at, ""):
        other = theirs.get(found.path[-1])
        if other is None or found.path in exclude:
            continue
        if written.is_taken(found.path) or shown.is_taken(found.path):
            continue
        whole = written.is_open(found.path) and shown.is_open(found.path)
        whole = whole and not any(path[: len(found.path)] == found.path for path in exclude)
        if whole and _equal(found, other):
            yield Bind((found.path,), (), (found.path,))
        elif _are_objects(found, other):
            yield from auto(source, view, written, shown, exclude, found.path)


def _equal(a: Found, b: Found) -> bool:
    """Whether two fields have one type, and one presence."""
    if isinstance(a.type, Maybe) is not isinstance(b.type, Maybe):
        return False
    first, second = bare(a.type), bare(b.type)
    if isinstance(first, Obj) and isinstance(second, Obj):
        return not object_differences(first, second)
    if isinstance(a.field.type, ArrayType) or isinstance(b.field.type, ArrayType):
        return a.field.type == b.field.type
    there, back = fit(a.type, b.type), fit(b.type, a.type)
    return (
        there.problem is None
        and there.fails is None
        and back.problem is None
        and back.fails is None
    )


def _are_objects(a: Found, b: Found) -> bool:
    return isinstance(a.type, Obj) and isinstance(b.type, Obj)


def drop_rest(source: Obj, written: Marks) -> list[Drop]:
    """Every part of the source that no clause mentions."""
    return [Drop(found.path) for found in written.rest(source, "")]
