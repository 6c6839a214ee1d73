"""What docstrings say: the lexicon's descriptions, and the constraints in the notation that people read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from atdata_schema.model import (
    ArrayType,
    FieldModel,
    IntegerType,
    ListType,
    MapType,
    ObjectType,
    RefType,
    TextType,
    Type,
    UnionType,
)

__all__ = ["column_doc", "field_doc", "lined", "object_doc", "sentence", "titled"]

_LONG = 120
_LINE = 76
_LONGEST = 400
_SENTENCE = re.compile(r"([^\n]*?[.!?])(?:\s+|$)")
_ENDS = ".!?:;…\u3002\uff01\uff1f"
_PARTS = {"parameters": "Parameters", "input": "Input", "output": "Output"}


def sentence(text: str) -> str:
    """A text that ends like one.

    >>> sentence("Class name"), sentence("Why? "), sentence("")
    ('Class name.', 'Why?', '')
    """
    text = text.strip()
    return text if not text or text[-1] in _ENDS else text + "."


def lined(text: str, short: str) -> str:
    r"""A title that is one line, or a short one with it below.

    >>> lined("Many.", "All."), lined(80 * "x", "All.") == "All.\n\n" + 80 * "x"
    ('Many.', True)
    """
    return text if len(text) <= _LINE else f"{short}\n\n{text}"


def titled(text: str | None, title: str) -> str:
    r"""A description as a docstring: its first sentence alone on the first line, or else `title` there.

    >>> titled("A box.\nIn pixels.", "`a.b.c#box`.")
    'A box.\n\nIn pixels.'
    >>> titled(None, "`a.b.c#box`.")
    '`a.b.c#box`.'
    """
    whole = sentence(text or "")
    if not whole or (len(whole) <= _LINE and "\n" not in whole):
        return whole or title
    first = _SENTENCE.match(whole)
    if first is None or len(first[1]) > _LINE:
        return f"{title}\n\n{whole}"
    return f"{first[1]}\n\n{whole[first.end():]}"


def object_doc(item: ObjectType, main: str | None) -> str:
    """The docstring of an object's class; `main` describes the document."""
    nsid, _, name = item.ref.partition("#")
    owner, _, part = name.partition(".")
    if owner == "main" and part in _PARTS:
        return titled(
            item.description,
            lined(f"{_PARTS[part]} of `{nsid}`.", f"{_PARTS[part]} of an endpoint."),
        )
    kind = "object" if item.record_key is None else "record"
    title = lined(f"The {kind} `{item.ref}`.", f"An {kind}." if kind == "object" else "A record.")
    return titled(item.description or (main if not name else None), title)


def field_doc(field: FieldModel, class_of: Callable[[str], str], enum: str | None) -> str:
    """The docstring of a field: its description, then its type as people write it.

    Args:
        field: the field.
        class_of: the name of an object's class.
        enum: the enumeration that stands beside an integer.
    """
    notation = f"`{_shortened(str(_named(field.type, class_of)))}`"
    if field.nullable:
        notation += " or null"
    if enum is not None:
        notation += f", one of `{enum}`"
    text = (field.description or "").strip()
    if not text:
        return notation + "."
    if "\n" in text or len(text) > _LONG:
        return f"{sentence(text)}\n\n{notation}."
    return f"{text.rstrip('.:')}: {notation}." if text[-1] not in "!?;…" else f"{text} {notation}."


def column_doc(field: FieldModel) -> str | None:
    """The docstring of a field's column: how an array stacks."""
    if not isinstance(field.type, ArrayType):
        return None
    shape = field.type.shape
    text = f"`{replace(field.type, shape=('batch', *(('...',) if shape is None else shape)))}`"
    cases = []
    if shape is None or any(isinstance(dim, str) for dim in shape):
        cases.append("shapes differ")
    if field.nullable or not field.required:
        cases.append("one is missing")
    return f"{text}; a list of arrays where {' or '.join(cases)}." if cases else f"{text}."


def _shortened(notation: str) -> str:
    """A notation on one line; a long value in it is cut, since the codec states it whole."""
    line = " ".join(notation.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


def _named(type: Type, class_of: Callable[[str], str]) -> Type:
    """A type whose notation shows classes where it has references, and no list of allowed values."""
    match type:
        case RefType(target=target):
            return RefType(class_of(target))
        case UnionType(targets=targets):
            return replace(type, targets=tuple(map(class_of, targets)))
        case ListType(items=items):
            return replace(type, items=_named(items, class_of))
        case MapType(values=values):
            return replace(type, values=_named(values, class_of))
        case TextType():
            return replace(type, enum=None)
        case IntegerType():
            return replace(type, classes=None)
        case _:
            return type
