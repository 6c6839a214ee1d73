"""Types in the words of reference pages: what they are, and the form that a value has in a shard and in a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from atdata_codegen.targets.markup import cell, code
from atdata_schema.model import (
    ArrayType,
    BlobType,
    BooleanType,
    BytesType,
    DatetimeType,
    FieldModel,
    FloatType,
    IntegerType,
    LinkType,
    ListType,
    MapType,
    MediaType,
    RefType,
    TextType,
    Type,
    UnionType,
)

__all__ = ["constraints", "record_form", "sample_form", "type_text"]

_LISTED = 12
_SAMPLE = {
    BooleanType: "bool",
    IntegerType: "int 64",
    TextType: "str",
    DatetimeType: "str",
    BytesType: "bin",
    LinkType: "str: the CID",
    BlobType: "map: `$type`, `ref`, `mimeType`, `size`",
}
_RECORD = {
    BooleanType: "boolean",
    IntegerType: "integer",
    FloatType: "string: the shortest decimal, `nan`, `inf` or `-inf`",
    TextType: "string",
    DatetimeType: "string: RFC 3339",
    BytesType: '`{"$bytes": …}`: base64',
    ArrayType: "object: `dtype`, `shape`, `data`",
    MediaType: "object: `mimeType`, `data`",
    LinkType: '`{"$link": …}`',
    BlobType: "blob: `$type`, `ref`, `mimeType`, `size`",
}


def type_text(kind: Type, link: Callable[[str], str]) -> str:
    """A type as people write it, objects as links.

    Args:
        kind: the type.
        link: the Markdown that leads to an object.
    """
    match kind:
        case RefType(target=target):
            return link(target)
        case UnionType(targets=targets, closed=closed):
            members = ", ".join(map(link, targets))
            rest = "" if closed else " or any other object with a `$type`"
            return f"one of {members}{rest}" if members else "any object with a `$type`"
        case ListType(items=items):
            lengths = _lengths(kind)
            return f"list{lengths} of {type_text(items, link)}"
        case MapType(values=values):
            return f"map from text to {type_text(values, link)}"
        case TextType():
            return code(str(replace(kind, enum=None, default=None)))
        case IntegerType():
            return code(str(replace(kind, enum=None, default=None, classes=None)))
        case _:
            return code(str(kind))


def _lengths(kind: ListType) -> str:
    low, high = kind.min_length, kind.max_length
    if low is None and high is None:
        return ""
    if low == high:
        return f" ({low})"
    return f" ({low or 0} to {high})" if high is not None else f" (at least {low})"


def sample_form(kind: Type) -> str:
    """What a shard holds: the msgpack form."""
    match kind:
        case FloatType(bits=bits):
            return f"float {bits}"
        case ArrayType():
            return "bin: an `.npy` file"
        case MediaType(kind=word):
            return f"bin: the {word} file"
        case ListType(items=items):
            return f"array of {sample_form(items)}"
        case MapType(values=values):
            return f"map, str to {sample_form(values)}"
        case UnionType():
            return "map with `$type`"
        case _:
            return _SAMPLE.get(type(kind), "map")


def record_form(kind: Type) -> str:
    """What a record holds: the form of the AT Protocol's data model, as JSON has it."""
    match kind:
        case ListType(items=items):
            return f"array of {record_form(items)}"
        case MapType(values=values):
            return f"object, each value {record_form(values)}"
        case UnionType():
            return "object with `$type`"
        case _:
            return _RECORD.get(type(kind), "object")


def constraints(field: FieldModel) -> Iterator[str]:
    """What else is to be said of a field, a sentence each."""
    kind = _innermost(field.type)
    if isinstance(kind, TextType | IntegerType):
        if kind.enum:
            yield f"One of {_listed(kind.enum)}."
        if kind.default is not None:
            yield f"Without it: {code(str(kind.default))}."
    if isinstance(kind, BooleanType) and kind.default is not None:
        yield f"Without it: {code(str(kind.default).lower())}."
    if isinstance(kind, TextType) and kind.known_values:
        yield f"Known values: {_listed(kind.known_values)}; any other is allowed."
    if isinstance(kind, IntegerType) and kind.classes:
        pairs = [f"{value} {name}" for value, name in enumerate(kind.classes)]
        yield f"Classes: {_listed(pairs)}."
    if isinstance(kind, ArrayType) and kind.shape is not None:
        names = [dim for dim in dict.fromkeys(kind.shape) if _is_name(dim)]
        if names:
            yield f"{cell(', '.join(map(str, names)))}: one size each within a sample."
    if field.aliases:
        yield f"Earlier {_listed(field.aliases)}."


def _is_name(dim: int | str) -> bool:
    return isinstance(dim, str) and dim not in ("*", "...")


def _listed(values: tuple[object, ...] | list[str]) -> str:
    shown = ", ".join(code(str(value)) for value in values[:_LISTED])
    more = len(values) - _LISTED
    return f"{shown} and {more} more" if more > 0 else shown


def _innermost(kind: Type) -> Type:
    while isinstance(kind, ListType | MapType):
        kind = kind.items if isinstance(kind, ListType) else kind.values
    return kind
