"""Which fields of two objects belong together, and whether they have to be there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from atdata_schema.compare.change import Category, Change, was_and_is
from atdata_schema.model import FieldModel, ObjectType

__all__ = ["Pair", "field_changes", "missing_changes", "pairs_of"]

_ALIKE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Pair:
    """A field of the old object and the one of the new object that has the same values.

    Attributes:
        old: the old field.
        new: the new one.
        forward: whether new code finds the old field's values in old data.
        backward: whether old code finds the new field's values in new data.
    """

    old: FieldModel
    new: FieldModel
    forward: bool = True
    backward: bool = True


def pairs_of(old: ObjectType, new: ObjectType) -> list[Pair]:
    """The fields that belong together: by name, or by an old name that the reader of the other data knows."""
    olds = {field.name: field for field in old.fields}
    news = {field.name: field for field in new.fields}
    pairs = [Pair(olds[name], field) for name, field in news.items() if name in olds]
    for field in new.fields:
        source = _source(field, news, olds)
        if source is not None:
            pairs.append(Pair(source, field, backward=False))
    for field in old.fields:
        source = _source(field, olds, news)
        if source is not None:
            pairs.append(Pair(field, source, forward=False))
    return pairs


def _source(
    reader: FieldModel, own: dict[str, FieldModel], written: dict[str, FieldModel]
) -> FieldModel | None:
    """The field in which a reader finds the values of one that is not there under its own name."""
    if reader.name in written:
        return None
    return next(
        (written[name] for name in reader.aliases if name in written and name not in own), None
    )


def missing_changes(old: ObjectType, new: ObjectType) -> Iterator[tuple[str, Change]]:
    """Fields that one of two objects lacks, each with its name."""
    pairs = pairs_of(old, new)
    found = {pair.new.name for pair in pairs if pair.forward}
    kept = {pair.old.name for pair in pairs if pair.backward}
    added = [field for field in new.fields if field.name not in found]
    removed = [field for field in old.fields if field.name not in kept]
    aliased = {pair.old.name: pair.new for pair in pairs if not pair.backward}
    for field in removed:
        if field.name in aliased:
            yield field.name, _aliased(field, aliased[field.name])
            continue
        other = _renamed(field, added)
        if other is None:
            yield field.name, _removed(field)
        else:
            added.remove(other)
            text = f"{field.name} is gone, and {other.name} of the same type is new"
            yield other.name, Change("field-renamed", text, new="wire", old="wire")
    for field in added:
        yield field.name, _added(field)


def _aliased(old: FieldModel, new: FieldModel) -> Change:
    text = f"{old.name} is now called {new.name}"
    return Change("field-aliased", text, old="wire" if old.required else None)


def _removed(field: FieldModel) -> Change:
    if field.required:
        return Change("required-field-removed", f"{field.type} is gone", old="wire")
    return Change("field-removed", f"{field.type} is gone, and its values are passed over")


def _added(field: FieldModel) -> Change:
    if field.required:
        return Change("required-field-added", f"{field.type} is new", new="wire")
    return Change("field-added", f"{field.type} is new")


def _renamed(field: FieldModel, added: list[FieldModel]) -> FieldModel | None:
    """The new field that looks like this one with another name."""
    alike = [other for other in added if other.type == field.type]
    near = [(_likeness(field.name, other.name), other) for other in alike]
    best = max(near, key=lambda item: item[0], default=None)
    return best[1] if best is not None and best[0] >= _ALIKE else None


def _likeness(first: str, second: str) -> float:
    a, b = (re.sub(r"[^a-z0-9]", "", name.casefold()) for name in (first, second))
    if a == b:
        return 1.0
    # image1 and image2 are two fields.
    return (
        0.0 if re.sub(r"\D", "", a) != re.sub(r"\D", "", b) else SequenceMatcher(a=a, b=b).ratio()
    )


def field_changes(pair: Pair) -> Iterator[Change]:
    """What differs in whether a field has to be there and may be null, and in its names and words.

    A shard holds nil for what is absent and for null, so a reader that takes one of them takes both; a record
    tells them apart.
    """
    old, new = pair.old, pair.new
    if old.required != new.required:
        yield _required(old, new)
    if old.nullable != new.nullable:
        yield _nullable(old, new)
    if old.name == new.name and old.aliases != new.aliases:
        text = was_and_is("aliases", old.aliases or None, new.aliases or None)
        yield Change("aliases-changed", text)
    if old.description != new.description:
        yield Change("description-changed", "its description was changed")


def _required(old: FieldModel, new: FieldModel) -> Change:
    if new.required:
        return Change("required-added", "optional is now required", new=_refused(new))
    return Change("required-removed", "required is now optional", old=_refused(old))


def _nullable(old: FieldModel, new: FieldModel) -> Change:
    if new.nullable:
        return Change("nullable-added", "may be null now", old=_refused(old))
    return Change("nullable-removed", "may not be null any more", new=_refused(new))


def _refused(reader: FieldModel) -> Category:
    """What becomes of nil, or of the lack of a value, that the reader does not declare."""
    return "strict" if reader.nullable or not reader.required else "wire"
