"""A lens between two types written down for review: what is lossless, and holes where somebody must say."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from atdata_schema.errors import LensError
from atdata_schema.lenses.checking.defaults import NO_DEFAULT, default_of
from atdata_schema.lenses.checking.fields import Found, NotFound, find, inside
from atdata_schema.lenses.checking.marks import Marks
from atdata_schema.lenses.checking.shapes import Shapes
from atdata_schema.lenses.findings import printable
from atdata_schema.lenses.limits import MAX_NESTING
from atdata_schema.lenses.program.paths import dotted, path_text
from atdata_schema.lenses.program.quoting import quoted
from atdata_schema.lenses.routes.flattening import literal_of
from atdata_schema.lenses.types.fit import fit
from atdata_schema.lenses.types.includes import object_differences
from atdata_schema.lenses.types.lens_types import (
    LensType,
    Many,
    Maybe,
    Nd,
    Obj,
    bare,
    is_exact,
)
from atdata_schema.lenses.types.sizes import VIEW
from atdata_schema.names import attribute_name
from atdata_schema.schema import Schema

__all__ = ["derive"]

_WIDTHS: Final = {"float16": 1, "float32": 2, "float64": 3, "complex64": 1, "complex128": 2}


def derive(
    source: Schema,
    view: Schema,
    *,
    hints: Mapping[str, str] | None = None,
    name: str | None = None,
) -> str:
    """The text of a lens between two types, to be reviewed, and completed where it has holes.

    A field of the view comes from the field of the source that a hint names, that has its name, that is among
    its aliases, or that has its name among its own. Only what loses nothing is written down; anything else is
    a hole `???`, which `check` refuses, with a remark. Likeness of names only makes remarks.

    Args:
        source: the type to lead from.
        view: the type to lead to.
        hints: from fields of the view to fields of the source, each with dots: `{"camera.name": "model"}`.
        name: what the lens is called; without it, after its types.

    Raises:
        LensError: a hint names a field that is not there.
    """
    name = name or f"{_word(source.id)}_to_{_word(view.id)}"
    source_object = Obj(source.model.id, source.model)
    view_object = Obj(view.model.id, view.model)
    try:
        body = _Deriving(source_object, view_object, dict(hints or {})).lines(2)
    except NotFound as error:
        raise LensError(f"a hint: {error}") from None
    head = [f"lens {name}", f"from {_ref(source.id)}", f"to {_ref(view.id)}", "{"]
    return "\n".join([*head, *body, "}"]) + "\n"


def _word(id_: str) -> str:
    return attribute_name(id_.rpartition(".")[2].replace("#", "_"))


def _ref(id_: str) -> str:
    plain = id_.replace(".", "").isalnum() and "#" not in id_
    return id_ if plain else quoted(id_)


@dataclass
class _Deriving:
    """The clauses between two objects."""

    source: Obj
    view: Obj
    hints: dict[str, str]
    depth: int = 0
    shapes: Shapes = field(default_factory=Shapes)
    used: Marks = field(default_factory=Marks)

    def lines(self, indent: int) -> list[str]:
        """All clauses, each in lines of its own."""
        theirs = list(inside(self.source, (), ""))
        made: list[str] = []
        for found in inside(self.view, (), VIEW):
            made += self._field(found, theirs)
        made += [self._dropped(left) for left in self.used.rest(self.source, "")]
        return [" " * indent + line for line in made]

    def _field(self, wanted: Found, theirs: list[Found]) -> list[str]:
        to = path_text(wanted.path)
        candidates = self._candidates(wanted, theirs)
        if len(candidates) > 1:
            names = ", ".join(dotted(item.path) for item in candidates)
            return [f"??? <-> {to};  # one of {printable(names)}"]
        if not candidates:
            return [self._made_up(wanted, theirs, to)]
        (found,) = candidates
        if self.used.take(found.path, ()) is not None:
            return [f"{path_text(found.path)} -> {to};  # it is written by another clause already"]
        return list(self._clause(found, wanted, to))

    def _candidates(self, wanted: Found, theirs: list[Found]) -> list[Found]:
        """The fields of the source that this one comes from, by the first rule that finds any."""
        name = wanted.path[-1]
        hinted = self.hints.get(dotted(wanted.path))
        if hinted is not None:
            return [find(self.source, tuple(hinted.split(".")), "")]
        rules = (
            lambda item: item.path[-1] == name,
            lambda item: item.path[-1] in wanted.field.aliases,
            lambda item: name in item.field.aliases,
        )
        matches = ([item for item in theirs if rule(item)] for rule in rules)
        return next((found for found in matches if found), [])

    def _made_up(self, wanted: Found, theirs: list[Found], to: str) -> str:
        value = default_of(wanted.field, wanted.type)
        literal = None if value is NO_DEFAULT else literal_of(value)
        if literal is not None:
            return f"const {literal} -> {to};"
        names = [item.path[-1] for item in theirs]
        near = difflib.get_close_matches(wanted.path[-1], names, 3)
        remark = f"; perhaps of {', '.join(near)}" if near else ""
        return f"??? -> {to};  # {printable(str(wanted.type) + remark)}"

    def _dropped(self, left: Found) -> str:
        value = default_of(left.field, left.type)
        path = path_text(left.path)
        if value is NO_DEFAULT:
            return f"drop {path};  # no default, so create() is unavailable"
        return f"drop {path};"

    def _clause(self, found: Found, wanted: Found, to: str) -> Iterator[str]:
        name = path_text(found.path)
        ops = self._ops(found.type, wanted)
        if ops is not None:
            yield " ".join([name, *(f"| {op}" for op in ops), "<->", f"{to};"])
            return
        block = self._block(found, wanted)
        if block is not None:
            word, inner = block
            yield f"{name} | {word} {{"
            yield from inner
            yield f"}} <-> {to};"
            return
        remark = f"{found.type} is not {wanted.type}{self._remark(found.type, wanted)}"
        yield f"{name} | ??? <-> {to};  # {printable(remark)}"

    def _ops(self, given: LensType, wanted: Found) -> list[str] | None:
        """The operators that lose nothing; `None` where there are none."""
        kind = wanted.type
        if isinstance(given, Maybe) and not isinstance(kind, Maybe):
            return self._unwrapped(given, wanted)
        inner = self._plain(bare(given), bare(kind))
        if inner is None:
            return None
        wrapped = isinstance(kind, Maybe) and not isinstance(given, Maybe)
        return [*inner, "some"] if wrapped else inner

    def _unwrapped(self, given: Maybe, wanted: Found) -> list[str] | None:
        value = default_of(wanted.field, wanted.type)
        literal = None if value is NO_DEFAULT else literal_of(value)
        inner = self._plain(given.inner, bare(wanted.type))
        if literal is None or inner is None:
            return None
        return [*inner, f"unwrap(default={literal})"]

    def _plain(self, given: LensType, wanted: LensType) -> list[str] | None:
        """Between values that are there: nothing, or a cast to a wider type."""
        problem, fails, _ = self.shapes.match(given, wanted)
        if problem is not None or fails is not None:
            return None
        whole = fit(given, wanted)
        if whole.problem is None:
            return [] if whole.fails is None else None
        if isinstance(given, Nd) and isinstance(wanted, Nd) and _widens(given, wanted):
            return [f"cast({wanted.dtype})"]
        return None

    def _block(self, found: Found, wanted: Found) -> tuple[str, list[str]] | None:
        """Clauses between the objects in two fields."""
        given, kind = found.type, wanted.type
        if isinstance(given, Maybe) is not isinstance(kind, Maybe) or self.depth >= MAX_NESTING - 1:
            return None
        a: LensType = bare(given)
        b: LensType = bare(kind)
        word = "with"
        if isinstance(a, Many) and isinstance(b, Many):
            a, b, word = a.items, b.items, "each"
        if not isinstance(a, Obj) or not isinstance(b, Obj) or not object_differences(a, b):
            return None
        prefix = dotted(wanted.path) + "."
        hints = {
            view.removeprefix(prefix): source.partition(".")[2]
            for view, source in self.hints.items()
            if view.startswith(prefix)
        }
        return word, _Deriving(a, b, hints, self.depth + 1).lines(2)

    def _remark(self, given: LensType, wanted: Found) -> str:
        """What could be meant, where that is known."""
        a, b = bare(given), bare(wanted.type)
        if isinstance(given, Maybe) and not isinstance(wanted.type, Maybe):
            return "; unwrap(default=...), or expect"
        if not isinstance(a, Nd) or not isinstance(b, Nd):
            return ""
        if a.dtype == b.dtype or "*" in (a.dtype, b.dtype):
            return "; the shapes or ranges differ: crop, rearrange, resize?"
        if a.kind == "f" and b.kind in "iu":
            return f"; cast({b.dtype}, round=nearest_even, overflow=error)"
        if a.kind in "biu" and b.kind == "f":
            return f"; cast({b.dtype}, lossy)"
        if a.kind in "biu" and b.kind in "biu":
            return f"; cast({b.dtype}, overflow=error)"
        return f"; cast({b.dtype}) loses precision"


def _widens(given: Nd, wanted: Nd) -> bool:
    """Whether every number of one type is one of another."""
    have, want = given.bounds, wanted.bounds
    if have is not None and want is not None:
        return want[0] <= have[0] and have[1] <= want[1] and wanted.values is None
    if have is not None and wanted.kind == "f":
        return is_exact(wanted.dtype, *have)
    same = given.kind == wanted.kind and given.kind in "fc"
    fine = same and _WIDTHS[given.dtype] < _WIDTHS[wanted.dtype]
    return fine and (given.finite or not wanted.finite)
