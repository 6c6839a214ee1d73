"""Readers of annotations that hold others: lists, maps, other sample types and unions of them."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, Self, cast

from atdata.samples.reflect_part import Convert, Part, Read, Site, shared_ref
from atdata_schema.fields.field import Field
from atdata_schema.fields.objects import Unknown
from atdata_schema.sample import Sample

__all__ = [
    "is_union",
    "made_class",
    "mark_made",
    "read_class",
    "read_list",
    "read_map",
    "read_union",
]

_MADE = "__atdata_made__"


def mark_made(written: type, made: type) -> None:
    """Remember which sample class was made of a class; annotations may still hold the class as written."""
    setattr(written, _MADE, made)


def made_class(written: type) -> type:
    """The sample class made of a class, or the class itself."""
    return cast("type", vars(written).get(_MADE, written))


def is_union(annotation: object) -> bool:
    """Whether an annotation is `A | B` or `Union[A, B]`."""
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


def read_list(annotation: object, site: Site, read: Read) -> Part | None:
    """`list[X]`."""
    if not _is(annotation, list):
        return None
    inside = typing.get_args(annotation)
    if not inside:
        raise site.refuse(annotation, "say what it holds: list[str]")
    items = read(inside[0])
    convert = items.convert and _Inside("items", items.convert)
    return Part({"type": "array", "items": items.definition}, items.classes, convert)


def read_map(annotation: object, site: Site, read: Read) -> Part | None:
    """`dict[str, X]`; `dict[str, Any]` is the lexicon's `unknown`, any map of the data model."""
    if not _is(annotation, dict):
        return None
    inside = typing.get_args(annotation)
    if not inside:
        raise site.refuse(
            annotation, "say what it holds: dict[str, X], or dict[str, Any] for JSON values"
        )
    keys, values = inside
    if keys is not str:
        raise site.refuse(annotation, "the keys of a map are texts: dict[str, X]")
    if values in (Any, object) or _is_json(values):
        return Part({"type": "unknown"})
    part = read(values)
    convert = part.convert and _Inside("values", part.convert)
    return Part(shared_ref("map", values=part.definition), part.classes, convert)


def _is(annotation: object, kind: type) -> bool:
    """Whether an annotation is a type, with brackets or without, or the alias that typing has of it."""
    return annotation is kind or typing.get_origin(annotation) is kind


def _is_json(annotation: object) -> bool:
    """Whether an annotation is the kernel's `Json`: a text that Python has resolved by now."""
    return is_union(annotation) and {type(None), bool, int, str} <= set(typing.get_args(annotation))


@dataclass(frozen=True, slots=True)
class _Inside:
    """A conversion of what a list or map holds."""

    attribute: str
    convert: Convert

    def __call__(self, codec: Field[Any]) -> Field[Any]:
        inner = self.convert(getattr(codec, self.attribute))
        return cast("Field[Any]", replace(cast("Any", codec), **{self.attribute: inner}))


def read_class(annotation: object, site: Site, read: Read) -> Part | None:
    """Another sample class, or the class itself: a reference to its lexicon."""
    if annotation is Self:
        annotation = site.owner
    if not isinstance(annotation, type):
        return None
    ref = _ref(annotation, site)
    return None if ref is None else Part({"type": "ref", "ref": ref}, {ref: made_class(annotation)})


def read_union(annotation: object, site: Site, read: Read) -> Part | None:
    """`A | B` of sample classes, and `A | B | Unknown`; open unless `field(closed=True)` says otherwise."""
    if not is_union(annotation):
        return None
    classes: dict[str, type] = {}
    for item in typing.get_args(annotation):
        if item is Unknown:
            continue
        ref = _ref(item, site) if isinstance(item, type) else None
        if ref is None:
            raise site.refuse(annotation, "a union is of @packable classes")
        if ref in classes and classes[ref] is not made_class(item):
            raise site.error(
                f"two of its classes are called {ref}: give one of them packable(nsid=...)"
            )
        classes[ref] = made_class(item)
    return Part({"type": "union", "refs": list(classes)}, classes)


def _ref(annotation: type, site: Site) -> str | None:
    """The full name of a sample class; `None` for other classes."""
    if annotation is site.owner:
        return site.nsid
    made = made_class(annotation)
    if issubclass(made, Sample) and "TYPE" in vars(made):
        return made.TYPE
    if is_dataclass(annotation) or vars(annotation).get("__annotations__"):
        raise site.refuse(annotation, f"put @atdata.packable on {annotation.__name__}")
    return None
