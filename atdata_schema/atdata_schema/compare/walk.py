"""Both models at once: every pair of objects, fields and types that belong together."""

from __future__ import annotations

from collections import deque
from typing import Final, TypeAlias

from atdata_schema.compare.change import Category, Change
from atdata_schema.compare.comparison import Comparison, Direction, Finding
from atdata_schema.compare.presence import Pair, field_changes, missing_changes, pairs_of
from atdata_schema.compare.rules import RULES
from atdata_schema.compare.shapes import array_changes, untied
from atdata_schema.compare.values import value_changes
from atdata_schema.model import (
    ArrayType,
    ListType,
    MapType,
    MediaType,
    Model,
    ObjectType,
    RefType,
    Type,
    UnionType,
)

__all__ = ["compare"]

Directions: TypeAlias = frozenset[Direction]
_BOTH: Final[Directions] = frozenset({"new-reads-old", "old-reads-new"})
_FORWARD: Final[Directions] = frozenset({"new-reads-old"})
_BACKWARD: Final[Directions] = frozenset({"old-reads-new"})


def compare(old: Model, new: Model) -> Comparison:
    """What a change of a type means for data and code that are there already.

    The names of objects count where samples hold them: as members of unions. An `Unknown` member of an open
    union is taken to be of the type that it names.

    >>> from atdata_schema.model import FieldModel, IntegerType
    >>> def model(*fields):
    ...     return Model("org.example.cat", (ObjectType("org.example.cat", fields),))
    >>> age = FieldModel("age", IntegerType(), required=True)
    >>> print(compare(model(age), model(age, FieldModel("lives", IntegerType()))))
    org.example.cat: minor; new code on old data reads, old code on new data reads
      lives: integer is new [field-added]
    >>> compare(model(age), model()).old_reads_new
    False
    """
    return Comparison(old.id, new.id, _Walk(old, new).run())


class _Walk:
    """A walk over both models; a pair of objects is compared once in each direction, so recursion ends."""

    def __init__(self, old: Model, new: Model) -> None:
        self._old = {item.ref: item for item in old}
        self._new = {item.ref: item for item in new}
        self._mains = (old.main, new.main)
        self._seen: dict[tuple[str, str], Directions] = {}
        self._pending: deque[tuple[str, str, str, Directions]] = deque()
        self._found: set[Finding] = set()

    def run(self) -> tuple[Finding, ...]:
        self._main(*self._mains)
        while self._pending:
            old, new, path, directions = self._pending.popleft()
            self._objects(self._old[old], self._new[new], path, directions)
        return tuple(sorted(self._found, key=lambda item: (item.path, item.rule, item.message)))

    def _note(self, change: Change, path: str, directions: Directions) -> None:
        """Turn a change into findings: one, or two where the directions are not broken alike."""
        new = change.new if "new-reads-old" in directions else None
        old = change.old if "old-reads-new" in directions else None
        if new is not None and old is not None and new != old:
            self._add(change, path, _FORWARD, new)
            self._add(change, path, _BACKWARD, old)
            return
        broken = frozenset(_FORWARD if new else ()) | frozenset(_BACKWARD if old else ())
        if broken or (change.new is None and change.old is None):
            self._add(change, path, broken, new or old or "source")

    def _add(self, change: Change, path: str, broken: Directions, category: Category) -> None:
        rule = RULES[change.rule]
        remedies = [
            text
            for direction, text in (("new-reads-old", rule.new), ("old-reads-new", rule.old))
            if direction in broken and text
        ]
        message = "; ".join([change.text, *dict.fromkeys(remedies)])
        self._found.add(Finding(change.rule, path, message, broken, category))

    def _later(self, old: str, new: str, path: str, directions: Directions) -> None:
        """Compare two objects when the ones at hand are done; types may be nested deeply."""
        left = directions - self._seen.get((old, new), frozenset())
        if left:
            self._seen[old, new] = directions | self._seen.get((old, new), frozenset())
            self._pending.append((old, new, path, left))

    def _main(self, old: ObjectType, new: ObjectType) -> None:
        if old.ref != new.ref:
            # The record form of a record names its type.
            category: Category | None = "strict" if old.record_key and new.record_key else None
            text = f"{old.ref} is now {new.ref}"
            self._note(Change("type-renamed", text, category, category), "", _BOTH)
        if old.record_key != new.record_key:
            self._note(_record_key(old.record_key, new.record_key), "", _BOTH)
        self._later(old.ref, new.ref, "", _BOTH)

    def _objects(self, old: ObjectType, new: ObjectType, path: str, directions: Directions) -> None:
        for name, change in missing_changes(old, new):
            self._note(change, _inside(path, name), directions)
        pairs = pairs_of(old, new)
        for pair in pairs:
            self._fields(pair, path, directions)
        self._ties(pairs, path, directions)
        self._order(old, new, path, directions)
        if old.description != new.description:
            change = Change("description-changed", "its description was changed")
            self._note(change, path, directions)

    def _fields(self, pair: Pair, path: str, directions: Directions) -> None:
        seen = directions & _directions(pair)
        where = _inside(path, pair.new.name)
        for change in field_changes(pair):
            self._note(change, where, seen)
        self._types(pair.old.type, pair.new.type, where, seen)

    def _ties(self, pairs: list[Pair], path: str, directions: Directions) -> None:
        """Sizes that a name ties together in the arrays of one object, and not in the other."""
        arrays = [
            (pair, pair.old.type, pair.new.type)
            for pair in pairs
            if isinstance(pair.old.type, ArrayType) and isinstance(pair.new.type, ArrayType)
        ]
        forward = [(pair, old.shape, new.shape) for pair, old, new in arrays if pair.forward]
        for dim, first, second in untied(forward):
            text = f"{dim} is now one size in {first.new.name} and {second.new.name}"
            self._note(
                Change("sizes-tied", text, new="wire"), _inside(path, second.new.name), directions
            )
        backward = [(pair, new.shape, old.shape) for pair, old, new in arrays if pair.backward]
        for dim, first, second in untied(backward):
            text = f"{dim} is no longer one size in {first.old.name} and {second.old.name}"
            self._note(
                Change("sizes-tied", text, old="wire"), _inside(path, second.new.name), directions
            )

    def _order(self, old: ObjectType, new: ObjectType, path: str, directions: Directions) -> None:
        was = [field.name for field in old.fields if any(field.name == f.name for f in new.fields)]
        now = [field.name for field in new.fields if field.name in was]
        if was != now:
            text = f"written in the order {', '.join(now)}, before {', '.join(was)}"
            self._note(Change("field-order", text), path, directions)

    def _types(self, old: Type, new: Type, path: str, directions: Directions) -> None:
        if not directions:
            return
        if type(old) is not type(new) or _media_differ(old, new):
            change = Change("type-changed", f"{old} is now {new}", new="wire", old="wire")
            self._note(change, path, directions)
            return
        for change in value_changes(old, new):
            self._note(change, path, directions)
        match old, new:
            case ArrayType(), ArrayType():
                for change in array_changes(old, new):
                    self._note(change, path, directions)
            case ListType(), ListType():
                self._types(old.items, new.items, f"{path}[]", directions)
            case MapType(), MapType():
                self._types(old.values, new.values, f"{path}[]", directions)
            case RefType(), RefType():
                self._refs(old.target, new.target, path, directions)
            case UnionType(), UnionType():
                self._unions(old, new, path, directions)
            case _:
                pass

    def _refs(self, old: str, new: str, path: str, directions: Directions) -> None:
        if old != new and not self._moved_along(old, new):
            self._note(Change("object-renamed", f"{old} is now {new}"), path, directions)
        self._later(old, new, path, directions)

    def _moved_along(self, old: str, new: str) -> bool:
        """Whether two names differ only in that the type which they belong to has another one."""
        mains = [main.ref.partition("#")[0] for main in self._mains]
        parts = [name.partition("#") for name in (old, new)]
        return [part[0] for part in parts] == mains and parts[0][2] == parts[1][2]

    def _unions(self, old: UnionType, new: UnionType, path: str, directions: Directions) -> None:
        for target in sorted(set(new.targets) - set(old.targets)):
            change = Change("member-added", f"{target} is new", old="wire" if old.closed else None)
            self._note(change, path, directions)
        for target in sorted(set(old.targets) - set(new.targets)):
            change = Change("member-removed", f"{target} is gone", "wire" if new.closed else None)
            self._note(change, path, directions)
        if new.closed and not old.closed:
            self._note(Change("union-closed", f"{old} is now {new}", new="wire"), path, directions)
        if old.closed and not new.closed:
            self._note(Change("union-opened", f"{old} is now {new}", old="wire"), path, directions)
        for target in old.targets:
            if target in new.targets:
                self._later(target, target, f"{path}({target})", directions)


def _directions(pair: Pair) -> Directions:
    return frozenset(_FORWARD if pair.forward else ()) | frozenset(
        _BACKWARD if pair.backward else ()
    )


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _media_differ(old: Type, new: Type) -> bool:
    return isinstance(old, MediaType) and isinstance(new, MediaType) and old.kind != new.kind


def _record_key(old: str | None, new: str | None) -> Change:
    if old is None or new is None:
        kinds = [
            "an object" if key is None else f"a record with the key {key}" for key in (old, new)
        ]
        return Change("record-key", f"{kinds[0]} is now {kinds[1]}")
    return Change(
        "record-key",
        f"key {old} is now {new}",
        new=None if new == "any" else "strict",
        old=None if old == "any" else "strict",
    )
