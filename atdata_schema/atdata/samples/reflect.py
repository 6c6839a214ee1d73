"""From a class to a lexicon document."""

from __future__ import annotations

import functools
import operator
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final, Literal, NewType

from atdata.samples.annotations import Hint, shown
from atdata.samples.reflect_arrays import read_array
from atdata.samples.reflect_containers import is_union, read_class, read_list, read_map, read_union
from atdata.samples.reflect_options import apply_options, merge_options
from atdata.samples.reflect_part import Convert, Part, Reader, Site
from atdata.samples.reflect_scalars import read_enum, read_literal, read_scalar

__all__ = ["Reflection", "reflect"]

_READERS: Sequence[Reader] = (
    read_scalar,
    read_array,
    read_literal,
    read_enum,
    read_list,
    read_map,
    read_union,
    read_class,
)
_INSTEAD: Mapping[str, str] = {
    "Any": "say what it holds",
    "object": "say what it holds",
    "set": "a set has no order on the wire; use list[X]",
    "frozenset": "a set has no order on the wire; use list[X]",
    "tuple": "use list[X], or another @packable class with a name for each part",
    "complex": "use NDArray[np.complex128] with Shape()",
    "bytearray": "use bytes",
    "memoryview": "use bytes",
    "Sequence": "use list[X]",
    "Mapping": "use dict[str, X]",
    "date": "use datetime, or str",
    "time": "use datetime, or str",
    "timedelta": "use float, and say the unit in the name",
    "Decimal": "use str",
    "UUID": "use str",
    "DataFrame": "use one NDArray a column, or a sample a row",
    "Series": "use NDArray",
    "Tensor": "use NDArray",
    "Path": "use str",
}


@dataclass(frozen=True, slots=True)
class Reflection:
    """A class as a lexicon has it.

    Attributes:
        document: the lexicon document, JSON.
        classes: the sample classes that its fields refer to, by full name; the class itself as written.
        converts: for some fields, what reading and writing do more than their definition says.
    """

    document: dict[str, object]
    classes: Mapping[str, type]
    converts: Mapping[str, Convert]


@dataclass(frozen=True, slots=True)
class _Member:
    part: Part
    required: bool
    nullable: bool


def reflect(
    cls: type, nsid: str, hints: Mapping[str, Hint], defaults: frozenset[str], doc: str | None
) -> Reflection:
    """The lexicon document of a class.

    Args:
        cls: the class as written.
        nsid: the name of the document.
        hints: the annotations of the fields, in order.
        defaults: the fields that have a default in Python.
        doc: what the type is, for people.

    Raises:
        PackableError: an annotation that no lexicon can represent.
    """
    members = {
        name: _member(hint, Site(cls, nsid, name, hint.text), name in defaults)
        for name, hint in hints.items()
    }
    main: dict[str, object] = {"type": "object"}
    if doc:
        main["description"] = doc
    for key in ("required", "nullable"):
        if names := [name for name, member in members.items() if getattr(member, key)]:
            main[key] = names
    main["properties"] = {name: member.part.definition for name, member in members.items()}
    return Reflection(
        {"lexicon": 1, "id": nsid, "defs": {"main": main}},
        _classes(cls, members),
        {name: item.part.convert for name, item in members.items() if item.part.convert},
    )


def _classes(cls: type, members: Mapping[str, _Member]) -> dict[str, type]:
    """Every class that a field refers to; two of one name cannot both be meant by it."""
    found: dict[str, type] = {}
    for name, member in members.items():
        for ref, item in member.part.classes.items():
            if found.setdefault(ref, item) is not item:
                site = Site(cls, "", name, item.__name__)
                raise site.error(
                    f"{item.__qualname__} and {found[ref].__qualname__} are both called {ref}: "
                    "give one of them a name of its own: packable(nsid=...)"
                )
    return found


def _member(hint: Hint, site: Site, has_default: bool) -> _Member:
    annotation, metadata, nullable = _peel(hint.value)
    part = _part(annotation, metadata, site)
    optional = nullable and has_default
    return _Member(part, required=not optional, nullable=nullable and not optional)


def _part(annotation: object, metadata: Sequence[object], site: Site) -> Part:
    for reader in _READERS:
        part = reader(annotation, site, lambda inner: _item(inner, site))
        if part is not None:
            return apply_options(part, merge_options(metadata, site), site)
    raise site.refuse(annotation, _instead(annotation))


def _item(annotation: object, site: Site) -> Part:
    """The part of what a list or a map holds."""
    bare, metadata, nullable = _peel(annotation)
    if nullable:
        raise site.refuse(
            annotation, "lists and maps of a lexicon hold no None; leave such items out"
        )
    return _part(bare, metadata, site)


def _peel(annotation: object) -> tuple[object, tuple[object, ...], bool]:
    """A type without `Annotated`, `Final`, names for types and `| None`; the metadata; whether None is allowed."""
    metadata: tuple[object, ...] = ()
    nullable = False
    while True:
        origin = typing.get_origin(annotation)
        if origin is Annotated:
            annotation, *more = typing.get_args(annotation)
            metadata += tuple(more)
        elif origin is Final:
            (annotation,) = typing.get_args(annotation)
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":  # `type X = ...`, of Python 3.12
            annotation = getattr(annotation, "__value__", None)
        elif type(origin).__name__ == "TypeAliasType":  # `type X[T] = ...`
            value: Any = getattr(origin, "__value__", None)
            annotation = value[typing.get_args(annotation)]
        elif (rest := _without_none(annotation)) is not annotation:
            annotation, nullable = rest, True
        else:
            return annotation, metadata, nullable


def _without_none(annotation: object) -> object:
    """`X` of `X | None`, and the rest of a `Literal` that has `None`; else the annotation itself."""
    none = type(None)
    values = typing.get_args(annotation)
    if is_union(annotation) and none in values:
        kept = [item for item in values if item is not none]
        return functools.reduce(operator.or_, kept) if kept else annotation
    if typing.get_origin(annotation) is Literal and None in values:
        return Literal[tuple(value for value in values if value is not None)]
    return annotation


def _instead(annotation: object) -> str:
    """What to use in place of an annotation that cannot be a field."""
    if is_union(annotation):
        return "a union is of @packable classes"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ""
    name = getattr(typing.get_origin(annotation) or annotation, "__name__", None) or shown(
        annotation
    )
    return _INSTEAD.get(name, "")
