"""`map`: values to values, by a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from atdata_schema.lenses.limits import MAX_PAIRS
from atdata_schema.lenses.ops.domains import domain_of, is_literal_of
from atdata_schema.lenses.ops.site import Site, fail, single
from atdata_schema.lenses.ops.table import MapNumbers, MapValues, Table
from atdata_schema.lenses.program.argument_kinds import Kind, LiteralKind, items
from atdata_schema.lenses.program.literals import Literal
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.program.values import Argument, ArgumentError, Value
from atdata_schema.lenses.steps.laws import StepLaws
from atdata_schema.lenses.steps.step import Growth, Step
from atdata_schema.lenses.types.lens_types import LensType, Maybe, Nd, Plain, bare, ends_of
from atdata_schema.model import TextType

__all__ = ["Map", "Pair", "value_map"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of a table; `put` where it leads back too."""

    source: Literal
    view: Literal
    put: bool = True

    def __str__(self) -> str:
        return f"{self.source} {'<->' if self.put else '->'} {self.view}"


class PairsKind(Kind[tuple[Pair, ...]]):
    """A table; a list of objects of `from`, `to` and `put` in a record."""

    def parse(self, value: Value) -> tuple[Pair, ...]:
        raise ValueError("a table stands in curly brackets")

    def text(self, value: tuple[Pair, ...]) -> str:
        return ", ".join(map(str, value))

    def record(self, value: tuple[Pair, ...]) -> Any:
        return [
            {
                "from": pair.source.to_record(),
                "to": pair.view.to_record(),
                **({} if pair.put else {"put": False}),
            }
            for pair in value
        ]

    def of_record(self, obj: object) -> tuple[Pair, ...]:
        return tuple(map(_pair, items(obj, MAX_PAIRS)))


def _pair(obj: object) -> Pair:
    if not isinstance(obj, Mapping) or not {"from", "to"} <= set(obj) <= {"from", "to", "put"}:
        raise ValueError("a pair is an object of from, to and put")
    put = obj.get("put", True)
    if not isinstance(put, bool):
        raise ValueError("put of a pair is true or false")
    return Pair(Literal.from_record(obj["from"]), Literal.from_record(obj["to"]), put)


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(Op):
    """`map { "cat" <-> 0, "puppy" -> 1, else -> 2 }`: values to values."""

    NAME: ClassVar[str] = "map"
    pairs: tuple[Pair, ...] = arg(PairsKind())
    otherwise: Literal | None = arg(LiteralKind(), default=None)

    @classmethod
    def of_arguments(cls, arguments: Sequence[Argument]) -> Self:
        raise ArgumentError('map needs a table: map { "cat" <-> 0, "dog" <-> 1 }')

    @property
    def sees_missing(self) -> bool:
        return any(pair.source.kind == "none" for pair in self.pairs)

    def __str__(self) -> str:
        last = [] if self.otherwise is None else [f"else -> {self.otherwise}"]
        return f"map {{ {', '.join([*map(str, self.pairs), *last])} }}"


def value_map(op: Map, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at values that are all in the table."""
    kind = single(op, takes)
    inner = bare(kind)
    if not (isinstance(inner, Nd) and inner.is_integral) and not (
        isinstance(inner, Plain) and isinstance(inner.type, TextType)
    ):
        fail("LN201", f"map takes texts, integers and truth values, not {kind}", actual=kind)
    _once(op)
    for pair in op.pairs:
        if not is_literal_of(pair.source, kind):
            fail("LN224", f"map has {pair.source} for a value of {kind}", expected=kind)
    reached, rest = _reached(op, kind)
    for pair in op.pairs:
        if pair not in reached:
            site.warn("LN225", f"map has a pair for {pair.source}, which {kind} never is")
    gives = _gives(op, inner, reached, rest)
    table = _table(op, reached)
    laws = StepLaws(
        injective=not rest
        and all(table.back.get(view) == value for value, view in table.there.items()),
        exact=True,
        put_fails=_unreached(op, table),
        loses=_merged(op, table, rest),
    )
    pairs = tuple(sorted(op.pairs, key=_order))
    made = Map(pairs=pairs, otherwise=op.otherwise if rest else None)
    numeric = isinstance(inner, Nd) and isinstance(gives, Nd) and isinstance(kind, Nd)
    cls = MapNumbers if numeric else MapValues
    return cls(op=made, takes=(kind,), gives=(gives,), laws=laws, growth=Growth(8.0), table=table)


def _order(pair: Pair) -> tuple[str, Any]:
    return pair.source.kind, pair.source.value if pair.source.value is not None else 0


def _once(op: Map) -> None:
    seen: set[tuple[str, Any]] = set()
    preferred: dict[tuple[str, Any], Literal] = {}
    for pair in op.pairs:
        key = (pair.source.kind, pair.source.value)
        if key in seen:
            fail("LN222", f"map has {pair.source} twice")
        seen.add(key)
        target = (pair.view.kind, pair.view.value)
        if pair.put and target in preferred:
            fail(
                "LN223",
                f"map leads {pair.view} back to both {preferred[target]} and {pair.source}",
                help="write -> for all but the one that put should choose",
            )
        if pair.put:
            preferred[target] = pair.source


def _reached(op: Map, kind: LensType) -> tuple[tuple[Pair, ...], bool]:
    """The pairs whose source can occur, and whether other values can."""
    domain = domain_of(kind)
    if domain is None:
        if op.otherwise is None:
            fail(
                "LN221",
                f"map does not cover {kind}: it has many values",
                help="add `else -> ...`, or declare an enum in the schema",
                actual=kind,
            )
        return op.pairs, True
    keys = {pair.source.python for pair in op.pairs}
    missing = [value for value in domain if value not in keys]
    if missing and op.otherwise is None:
        shown = ", ".join(map(repr, missing[:6])) + (", ..." if len(missing) > 6 else "")
        fail(
            "LN221",
            f"map does not cover source value(s) {shown}",
            help="add a pair or `else -> ...`",
            actual=kind,
        )
    return tuple(pair for pair in op.pairs if pair.source.python in domain), bool(missing)


def _gives(op: Map, kind: Nd | Any, reached: tuple[Pair, ...], rest: bool) -> LensType:
    """The type of the values on the right."""
    targets = [pair.view for pair in reached]
    if rest and op.otherwise is not None:
        targets.append(op.otherwise)
    kinds = {target.kind for target in targets} - {"none"}
    if kinds == {"integer", "number"}:
        kinds = {"number"}
    if len(kinds) != 1:
        fail(
            "LN224",
            f"map leads to values of {len(kinds)} kinds: {', '.join(sorted(kinds)) or 'none'}",
        )
    values = [target.python for target in targets if target.kind != "none"]
    made = _target(kinds.pop(), values, kind)
    return Maybe(made) if any(target.kind == "none" for target in targets) else made


def _target(name: str, values: list[Any], kind: Nd | Any) -> Nd | Plain:
    array = isinstance(kind, Nd) and not kind.scalar
    if array and name not in ("integer", "boolean"):
        fail(
            "LN224",
            f"map of an array leads to integers or truth values, not to {name}s",
            actual=kind,
        )
    if name == "text":
        return Plain(TextType(enum=tuple(dict.fromkeys(values))))
    base = kind if isinstance(kind, Nd) else Nd("int64", scalar=True)
    base = replace(base, finite=False, low=None, high=None, values=None)
    if name == "number":
        return replace(base, dtype="float64", finite=all(map(np.isfinite, values)))
    if name == "boolean":
        return replace(base, dtype="bool", low=min(values), high=max(values))
    made = replace(base, dtype=base.dtype if array else "int64")
    bounds = ends_of(made)
    if not bounds[0] <= min(values) or not max(values) <= bounds[1]:
        fail(
            "LN224",
            f"map leads out of {made.dtype}: to {min(values)} and {max(values)}",
            help="cast first",
        )
    return replace(made, low=min(values), high=max(values), values=tuple(sorted(set(values))))


def _table(op: Map, reached: tuple[Pair, ...]) -> Table:
    there = {pair.source.python: pair.view.python for pair in reached}
    back = {pair.view.python: pair.source.python for pair in reached if pair.put}
    other = (op.otherwise.python,) if op.otherwise is not None else None
    return Table(there, back, other)


def _merged(op: Map, table: Table, rest: bool) -> str | None:
    """Values on the left that cannot be told apart on the right."""
    for value, view in table.there.items():
        if view not in table.back:
            return f"{value!r} becomes {view!r}, which leads back to nothing"
        if table.back[view] != value:
            return f"{table.back[view]!r} and {value!r} both become {view!r}"
    return f"several values become {op.otherwise}" if rest else None


def _unreached(op: Map, table: Table) -> str | None:
    """A value on the right that does not lead back."""
    targets = [*table.there.values(), *(table.other or ())]
    return next((repr(view) for view in targets if view not in table.back), None)
