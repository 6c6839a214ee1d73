"""Two models held side by side: in what they differ, names and descriptions apart."""

from __future__ import annotations

from collections import deque
from dataclasses import fields as dataclass_fields
from typing import Any

from atdata_schema.model import (
    FieldModel,
    ListType,
    MapType,
    Model,
    ObjectType,
    RefType,
    Type,
    UnionType,
)

__all__ = ["differences"]


def differences(first: Model, second: Model) -> list[str]:
    """One sentence for each difference that keeps one type from reading the other's data as its own.

    The names of objects do not count where no `$type` is written; those of a union's members do.

    >>> from atdata_schema.model import FloatType, IntegerType
    >>> def model(kind):
    ...     return Model("a.b.c", (ObjectType("a.b.c", (FieldModel("x", kind, True),)),))
    >>> differences(model(IntegerType()), model(FloatType()))
    ['x: integer there, float64 here']
    """
    return _Comparison(first, second).run()


class _Comparison:
    """A walk over both models at once; a pair of objects is compared once, so recursion ends."""

    def __init__(self, first: Model, second: Model) -> None:
        self._first = {item.ref: item for item in first}
        self._second = {item.ref: item for item in second}
        self._seen = {(first.id, second.id)}
        self._pending = deque([(first.id, second.id, "")])
        self._found: list[str] = []

    def run(self) -> list[str]:
        while self._pending:
            self._objects(*self._pending.popleft())
        return self._found

    def _later(self, first: str, second: str, place: str) -> None:
        """Compare two objects when the ones at hand are done; types may be nested deeply."""
        if (first, second) not in self._seen:
            self._seen.add((first, second))
            self._pending.append((first, second, place))

    def _objects(self, first: str, second: str, place: str) -> None:
        a, b = self._first[first], self._second[second]
        others = {field.name: field for field in b.fields}
        for field in a.fields:
            other = others.pop(field.name, None)
            where = f"{place}.{field.name}" if place else field.name
            if other is None:
                self._found.append(f"{where}: only there")
            else:
                self._fields(field, other, where)
        for name in others:
            self._found.append(f"{f'{place}.{name}' if place else name}: only here")
        self._order(a, b, place)

    def _order(self, a: ObjectType, b: ObjectType, place: str) -> None:
        here, there = [f.name for f in b.fields], [f.name for f in a.fields]
        if sorted(here) == sorted(there) and here != there:
            what = place or "fields"
            self._found.append(
                f"{what}: in the order {', '.join(there)} there, {', '.join(here)} here"
            )

    def _fields(self, a: FieldModel, b: FieldModel, where: str) -> None:
        for word in ("required", "nullable"):
            if getattr(a, word) != getattr(b, word):
                there, here = ("" if getattr(x, word) else "not " for x in (a, b))
                self._found.append(f"{where}: {there}{word} there, {here}{word} here")
        self._types(a.type, b.type, where)

    def _types(self, a: Type, b: Type, where: str) -> None:
        if type(a) is not type(b):
            self._found.append(f"{where}: {a} there, {b} here")
            return
        if isinstance(a, RefType) and isinstance(b, RefType):
            self._later(a.target, b.target, where)
        elif isinstance(a, UnionType) and isinstance(b, UnionType):
            self._unions(a, b, where)
        elif isinstance(a, ListType | MapType) and isinstance(b, ListType | MapType):
            self._containers(a, b, where)
        elif a != b:
            self._found.append(f"{where}: {a} there, {b} here")

    def _unions(self, a: UnionType, b: UnionType, where: str) -> None:
        if a.closed != b.closed or set(a.targets) != set(b.targets):
            self._found.append(f"{where}: {a} there, {b} here")
            return
        for target in a.targets:
            self._later(target, target, where)

    def _containers(self, a: ListType | MapType, b: ListType | MapType, where: str) -> None:
        name = "items" if isinstance(a, ListType) else "values"
        bounds = [f.name for f in dataclass_fields(a) if f.name != name]
        if any(getattr(a, bound) != getattr(b, bound) for bound in bounds):
            self._found.append(f"{where}: {a} there, {b} here")
        inner: tuple[Any, Any] = (getattr(a, name), getattr(b, name))
        self._types(*inner, f"{where}[]")
