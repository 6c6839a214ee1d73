"""Named dimensions: one size for each name, in all arrays of an object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from atdata_schema import model
from atdata_schema.errors import ValidationError
from atdata_schema.fields.array import bind
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.steps.equality import attribute_of
from atdata_schema.lenses.steps.refusals import Misplaced, Refused
from atdata_schema.lenses.types.lens_types import Obj

__all__ = ["Dims", "dims_of"]

_MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Dims:
    """The arrays of a type whose shapes are fixed or depend on each other.

    Attributes:
        root: the object that is the type.
        arrays: those arrays, by the name of their object.
        parts: the objects in an object, by its name.
    """

    root: str
    arrays: Mapping[str, tuple[model.FieldModel, ...]]
    parts: Mapping[str, tuple[tuple[str, str], ...]]

    def __bool__(self) -> bool:
        return any(self.arrays.values())

    def check(self, holder: Any) -> None:
        """Hold the shapes of an object, and of those in it, against their dimensions.

        Raises:
            Misplaced: a name has two sizes, or an array another rank.
        """
        self._check(self.root, holder, ())

    def _check(self, ref: str, holder: Any, path: Path) -> None:
        shapes: dict[str, tuple[int, ...]] = {}
        for field in self.arrays[ref]:
            array = attribute_of(holder, field.name)
            if isinstance(array, np.ndarray):
                shapes[field.name] = array.shape
        self._hold(ref, shapes, path)
        if len(path) < _MAX_DEPTH:
            for name, inner in self.parts[ref]:
                value = attribute_of(holder, name)
                if value is not None:
                    self._check(inner, value, (*path, name))

    def check_shapes(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """The same for the fields of the type itself, whose arrays have these shapes in all rows of a batch.

        Raises:
            Misplaced: a name has two sizes, or an array another rank; the first row stands for all.
        """
        try:
            self._hold(self.root, shapes, ())
        except Misplaced as error:
            error.cause.row = 0
            raise

    def _hold(self, ref: str, shapes: Mapping[str, tuple[int, ...]], path: Path) -> None:
        sizes: dict[str, int] = {}
        for field in self.arrays[ref]:
            kind, shape = field.type, shapes.get(field.name)
            if shape is None or not isinstance(kind, model.ArrayType) or kind.shape is None:
                continue
            try:
                bind(kind.shape, shape, sizes, kind)
            except ValidationError as error:
                raise Misplaced((*path, field.name), Refused(str(error), shape)) from None


def dims_of(kind: Obj) -> Dims:
    """The arrays of an object, and of all objects that it reaches, that have dimensions to hold."""
    arrays: dict[str, tuple[model.FieldModel, ...]] = {}
    parts: dict[str, tuple[tuple[str, str], ...]] = {}
    pending = [kind.ref]
    while pending:
        ref = pending.pop()
        if ref in arrays:
            continue
        fields = kind.home.object(ref).fields
        arrays[ref] = tuple(field for field in fields if _is_shaped(field.type))
        inner = [(f.name, f.type.target) for f in fields if isinstance(f.type, model.RefType)]
        parts[ref] = tuple(inner)
        pending += [target for _, target in inner]
    return Dims(kind.ref, arrays, parts)


def _is_shaped(kind: model.Type) -> bool:
    if not isinstance(kind, model.ArrayType) or kind.shape is None:
        return False
    return any(dim not in ("*", "...") for dim in kind.shape)
