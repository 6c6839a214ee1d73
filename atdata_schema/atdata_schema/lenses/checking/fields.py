"""The fields of a type that a lens can name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from atdata_schema import model
from atdata_schema.lenses.program.paths import Path, dotted
from atdata_schema.lenses.types.lens_types import LensType, Maybe, Obj, bare, optional
from atdata_schema.lenses.types.of_model import field_type

__all__ = ["Found", "NotFound", "find", "inside"]


class NotFound(LookupError):
    """A path that leads nowhere.

    Attributes:
        rule: the rule of its finding.
        help: the remedy.
    """

    def __init__(self, rule: str, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.help = help


@dataclass(frozen=True, slots=True)
class Found:
    """A field that a path leads to.

    Attributes:
        path: the path.
        field: the field in the schema model.
        type: the type of its values; optional where an object around it may be missing.
        loose: whether an object around it may be missing.
    """

    path: Path
    field: model.FieldModel
    type: LensType
    loose: bool = False

    @property
    def needed(self) -> bool:
        """Whether it has a value wherever the object around it is there."""
        return self.field.required and not self.field.nullable


def find(owner: Obj, path: Path, scope: str) -> Found:
    """The field that a path leads to.

    Raises:
        NotFound: there is none.
    """
    holder, missing = owner, False
    for index, name in enumerate(path):
        field = _named(holder, name)
        if field is None:
            raise _unknown(holder, path[: index + 1])
        kind = field_type(field, owner.home, path[: index + 1], scope)
        if index + 1 == len(path):
            return Found(path, field, optional(kind) if missing else kind, missing)
        missing = missing or isinstance(kind, Maybe)
        inner = bare(kind)
        if not isinstance(inner, Obj):
            raise NotFound(
                "LN107",
                f"{dotted(path[: index + 1])} is {inner}, which has no fields to name: {dotted(path)}",
                "use each { ... } for the objects of a list",
            )
        holder = inner
    raise NotFound("LN105", "an empty path leads nowhere")


def _named(holder: Obj, name: str) -> model.FieldModel | None:
    return next((field for field in holder.item.fields if field.name == name), None)


def _unknown(holder: Obj, path: Path) -> NotFound:
    import difflib

    names = [field.name for field in holder.item.fields]
    near = difflib.get_close_matches(path[-1], names, 1)
    known = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    message = f"{holder.ref} has no field {path[-1]!r:.80}; it has {known or 'none'}"
    return NotFound("LN105", message, f"did you mean {near[0]}?" if near else None)


def inside(owner: Obj, path: Path, scope: str) -> Iterator[Found]:
    """The fields of the object at a path; of the whole for an empty path."""
    holder = owner
    missing = False
    if path:
        found = find(owner, path, scope)
        missing = isinstance(found.type, Maybe)
        inner = bare(found.type)
        if not isinstance(inner, Obj):
            return
        holder = inner
    for field in holder.item.fields:
        kind = field_type(field, owner.home, (*path, field.name), scope)
        yield Found((*path, field.name), field, optional(kind) if missing else kind, missing)
