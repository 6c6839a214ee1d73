"""Both models at once: every pair of objects, fields and types that belong together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from atdata_schema.compare.catalog_rules import ALL_RULES
from atdata_schema.compare.change import Category, Change
from atdata_schema.compare.comparison import Comparison, Direction, Finding
from atdata_schema.compare.places import Place
from atdata_schema.compare.presence import Pair, field_changes, missing_changes, pairs_of
from atdata_schema.compare.shapes import array_changes, untied
from atdata_schema.compare.values import value_changes
from atdata_schema.model import (
    ArrayType,
    FloatType,
    IntegerType,
    ListType,
    MapType,
    MediaType,
    Model,
    ObjectType,
    RefType,
    TextType,
    Type,
    UnionType,
)

__all__ = ["Found", "Walk", "compare"]

Directions: TypeAlias = frozenset[Direction]
_BOTH: Final[Directions] = frozenset({"new-reads-old", "old-reads-new"})
_FORWARD: Final[Directions] = frozenset({"new-reads-old"})
_BACKWARD: Final[Directions] = frozenset({"old-reads-new"})
_LONGEST_CHAIN: Final = 64


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
    walk = Walk({item.ref: item for item in old}, {item.ref: item for item in new})
    walk.types_of(old.main, new.main)
    findings = {found.finding for found in walk.run()}
    return Comparison(old.id, new.id, tuple(sorted(findings, key=_order)))


def _order(finding: Finding) -> tuple[str, str, str]:
    return finding.path, finding.rule, finding.message


def _nothing(old: str, new: str) -> bool:
    del old, new
    return False


@dataclass(frozen=True, slots=True)
class Found:
    """A finding and its place."""

    finding: Finding
    place: Place


class Walk:
    """A walk over both sides; a pair of objects is compared once in each direction, so recursion ends.

    Args:
        old: the old objects, by full name.
        new: the new ones.
        apart: whether a pair of definitions is compared by somebody else, by their full names.
        old_type: the old type of a name that is no object's, for references that keep such names.
        new_type: the same of the new one.
    """

    def __init__(
        self,
        old: Mapping[str, ObjectType],
        new: Mapping[str, ObjectType],
        apart: Callable[[str, str], bool] = _nothing,
        old_type: Callable[[str], Type | None] = lambda name: None,
        new_type: Callable[[str], Type | None] = lambda name: None,
    ) -> None:
        self._old, self._new = old, new
        self._apart = apart
        self._type_of = (old_type, new_type)
        self._mains = ("", "")
        self._seen: dict[tuple[str, str], Directions] = {}
        self._pending: deque[tuple[str, str, Place, Directions]] = deque()
        self._found: dict[Found, None] = {}

    def types_of(self, old: ObjectType, new: ObjectType) -> None:
        """Compare two types, by what is to be what the other was."""
        self._mains = (old.ref, new.ref)
        place = Place("", (old.ref, ""), (new.ref, ""))
        if old.ref != new.ref:
            # The record form of a record names its type.
            category: Category | None = "strict" if old.record_key and new.record_key else None
            text = f"{old.ref} is now {new.ref}"
            self.note(Change("type-renamed", text, category, category), place, _BOTH)
        if old.record_key != new.record_key:
            self.note(_record_key(old.record_key, new.record_key), place, _BOTH)
        self._seen[old.ref, new.ref] = _BOTH
        self._objects(old, new, place, _BOTH)

    def objects(self, old: ObjectType, new: ObjectType, place: Place) -> None:
        """Compare two objects that need not be under their names."""
        self._objects(old, new, place, _BOTH)

    def run(self) -> tuple[Found, ...]:
        """Compare what is left; everything that was found."""
        while self._pending:
            old, new, place, directions = self._pending.popleft()
            self._objects(self._old[old], self._new[new], place.object(old, new), directions)
        return tuple(self._found)

    def note(self, change: Change, place: Place, directions: Directions = _BOTH) -> None:
        """Turn a change into findings: one, or two where the directions are not broken alike."""
        new = change.new if "new-reads-old" in directions else None
        old = change.old if "old-reads-new" in directions else None
        if new is not None and old is not None and new != old:
            self._add(change, place, _FORWARD, new)
            self._add(change, place, _BACKWARD, old)
            return
        broken = frozenset(_FORWARD if new else ()) | frozenset(_BACKWARD if old else ())
        if broken or (change.new is None and change.old is None):
            self._add(change, place, broken, new or old or "source")

    def _add(self, change: Change, place: Place, broken: Directions, category: Category) -> None:
        rule = ALL_RULES[change.rule]
        remedies = [
            text
            for direction, text in (("new-reads-old", rule.new), ("old-reads-new", rule.old))
            if direction in broken and text
        ]
        message = "; ".join([change.text, *dict.fromkeys(remedies)])
        found = Finding(change.rule, place.path, message, broken, category)
        self._found[Found(found, place)] = None

    def _later(self, old: str, new: str, place: Place, directions: Directions) -> None:
        """Compare two objects when the ones at hand are done; types may be nested deeply."""
        if self._apart(old, new):
            return
        left = directions - self._seen.get((old, new), frozenset())
        if left:
            self._seen[old, new] = directions | self._seen.get((old, new), frozenset())
            self._pending.append((old, new, place, left))

    def _objects(
        self, old: ObjectType, new: ObjectType, place: Place, directions: Directions
    ) -> None:
        here = [{field.name for field in side.fields} for side in (old, new)]
        for name, change in missing_changes(old, new):
            was, now = (name if name in names else "" for names in here)
            self.note(change, place.field(was, now), directions)
        pairs = pairs_of(old, new)
        for pair in pairs:
            self._fields(pair, place, directions)
        self._ties(pairs, place, directions)
        self._order(old, new, place, directions)
        if old.description != new.description:
            change = Change("description-changed", "its description was changed")
            self.note(change, place, directions)

    def _fields(self, pair: Pair, place: Place, directions: Directions) -> None:
        seen = directions & _directions(pair)
        free = not pair.old.required and _is_free(pair.old.type)
        where = place.field(pair.old.name, pair.new.name, free=free)
        for change in field_changes(pair):
            self.note(change, where, seen)
        self.types(pair.old.type, pair.new.type, where, seen)

    def _ties(self, pairs: list[Pair], place: Place, directions: Directions) -> None:
        """Sizes that a name ties together in the arrays of one object, and not in the other."""
        arrays = [
            (pair, pair.old.type, pair.new.type)
            for pair in pairs
            if isinstance(pair.old.type, ArrayType) and isinstance(pair.new.type, ArrayType)
        ]
        forward = [(pair, old.shape, new.shape) for pair, old, new in arrays if pair.forward]
        for dim, first, second in untied(forward):
            text = f"{dim} is now one size in {first.new.name} and {second.new.name}"
            where = place.field(second.old.name, second.new.name)
            self.note(Change("sizes-tied", text, new="wire"), where, directions)
        backward = [(pair, new.shape, old.shape) for pair, old, new in arrays if pair.backward]
        for dim, first, second in untied(backward):
            text = f"{dim} is no longer one size in {first.old.name} and {second.old.name}"
            where = place.field(second.old.name, second.new.name)
            self.note(Change("sizes-tied", text, old="wire"), where, directions)

    def _order(
        self, old: ObjectType, new: ObjectType, place: Place, directions: Directions
    ) -> None:
        was = [field.name for field in old.fields if any(field.name == f.name for f in new.fields)]
        now = [field.name for field in new.fields if field.name in was]
        if was != now:
            text = f"written in the order {', '.join(now)}, before {', '.join(was)}"
            self.note(Change("field-order", text), place, directions)

    def types(
        self, old: Type, new: Type, place: Place, directions: Directions = _BOTH, depth: int = 0
    ) -> None:
        """Compare the types of two values that belong together."""
        if not directions or depth > _LONGEST_CHAIN:
            return
        if isinstance(old, RefType) and old == new and self._apart(old.target, old.target):
            return
        behind = (self._behind(old, 0), self._behind(new, 1))
        if behind != (old, new):
            self.types(*behind, place, directions, depth + 1)
            return
        if type(old) is not type(new) or _media_differ(old, new):
            change = Change("type-changed", f"{old} is now {new}", new="wire", old="wire")
            self.note(change, place, directions)
            return
        for change in value_changes(old, new):
            self.note(change, place, directions)
        match old, new:
            case ArrayType(), ArrayType():
                for change in array_changes(old, new):
                    self.note(change, place, directions)
            case ListType(), ListType():
                self.types(old.items, new.items, place.step("[]"), directions, depth)
            case MapType(), MapType():
                self.types(old.values, new.values, place.step("[]"), directions, depth)
            case RefType(), RefType():
                self._refs(old.target, new.target, place, directions)
            case UnionType(), UnionType():
                self._unions(old, new, place, directions)
            case _:
                pass

    def _behind(self, kind: Type, side: int) -> Type:
        """The type that a reference stands for where its name is no object's; another type itself."""
        found = self._type_of[side](kind.target) if isinstance(kind, RefType) else None
        return kind if found is None else found

    def _refs(self, old: str, new: str, place: Place, directions: Directions) -> None:
        if old != new and not self._moved_along(old, new):
            self.note(Change("object-renamed", f"{old} is now {new}"), place, directions)
        self._later(old, new, place, directions)

    def _moved_along(self, old: str, new: str) -> bool:
        """Whether two names differ only in that the type which they belong to has another one."""
        mains = [main.partition("#")[0] for main in self._mains]
        parts = [name.partition("#") for name in (old, new)]
        return [part[0] for part in parts] == mains and parts[0][2] == parts[1][2]

    def _unions(self, old: UnionType, new: UnionType, place: Place, directions: Directions) -> None:
        for target in sorted(set(new.targets) - set(old.targets)):
            change = Change("member-added", f"{target} is new", old="wire" if old.closed else None)
            self.note(change, place, directions)
        for target in sorted(set(old.targets) - set(new.targets)):
            change = Change("member-removed", f"{target} is gone", "wire" if new.closed else None)
            self.note(change, place, directions)
        if new.closed and not old.closed:
            self.note(Change("union-closed", f"{old} is now {new}", new="wire"), place, directions)
        if old.closed and not new.closed:
            self.note(Change("union-opened", f"{old} is now {new}", old="wire"), place, directions)
        for target in old.targets:
            if target in new.targets:
                self._later(target, target, place.step(f"({target})"), directions)


def _directions(pair: Pair) -> Directions:
    return frozenset(_FORWARD if pair.forward else ()) | frozenset(
        _BACKWARD if pair.backward else ()
    )


def _is_free(kind: Type) -> bool:
    """Whether a type has no constraint: a default and known values are none."""
    match kind:
        case TextType() | IntegerType():
            return replace(kind, default=None) == type(kind)()
        case ListType():
            return kind.min_length is None and kind.max_length is None
        case FloatType():
            return not kind.finite
        case MediaType():
            return kind.accept is None
        case MapType() | RefType() | UnionType():
            return False
        case _:
            return kind == type(kind)()


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
