"""Single values against definitions that hold no other definition."""

from __future__ import annotations

from typing import NoReturn, TypeAlias

from atdata_schema.data import Link, Value
from atdata_schema.errors import ValidationError
from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.parse_report import kind_of, listed, shown
from atdata_schema.lexicon.validate_scalars import integer_fault, length_fault, text_fault

__all__ = ["Leaf", "check_leaf", "need", "need_map", "refuse"]

Leaf: TypeAlias = (
    nodes.Null
    | nodes.Boolean
    | nodes.Integer
    | nodes.String
    | nodes.Bytes
    | nodes.CidLink
    | nodes.Blob
    | nodes.Unknown
)
"""A definition that holds no other."""


def check_leaf(node: Leaf, value: Value) -> None:
    """Check a value of the data model.

    Raises:
        ValidationError: the definition does not allow it.

    >>> check_leaf(nodes.Bytes(max_length=2), b"ab")
    """
    match node:
        case nodes.String():
            text = value if isinstance(value, str) else refuse(value, "a string")
            need(text_fault(node, text))
        case nodes.Integer():
            # A bool is an int to Python, and none to the data model.
            number = value if type(value) is int else refuse(value, "an integer")
            need(integer_fault(node, number))
        case nodes.Boolean():
            _check_boolean(node, value)
        case nodes.Bytes():
            data = value if isinstance(value, bytes) else refuse(value, "bytes")
            need(length_fault(node, len(data), f"{len(data)} bytes"))
        case nodes.CidLink():
            if not isinstance(value, Link):
                refuse(value, "a link")
        case nodes.Blob():
            _check_blob(node, value)
        case nodes.Unknown():
            need_map(value, "an object")
        case nodes.Null():
            if value is not None:
                refuse(value, "null")


def _check_boolean(node: nodes.Boolean, value: Value) -> None:
    if not isinstance(value, bool):
        refuse(value, "a boolean")
    if node.const is not None and value is not node.const:
        need(f"{shown(value)} is not the constant {shown(node.const)}")


def _check_blob(node: nodes.Blob, value: Value) -> None:
    # The data model knows a blob by its $type, and has made sure of its other keys.
    if not (isinstance(value, dict) and value.get("$type") == "blob"):
        refuse(value, "a blob")
    mime, size = value["mimeType"], value["size"]
    if not (isinstance(mime, str) and "/" in mime):
        raise ValidationError(f"{shown(mime)} is no MIME type", ["mimeType"])
    if node.accept and not any(_accepts(pattern, mime) for pattern in node.accept):
        raise ValidationError(f"{shown(mime)} is not accepted: {listed(node.accept)}", ["mimeType"])
    if node.max_size is not None and isinstance(size, int) and size > node.max_size:
        raise ValidationError(f"{size} bytes, above maxSize {node.max_size}", ["size"])


def _accepts(pattern: str, mime: str) -> bool:
    if pattern.endswith("/*"):
        return pattern == "*/*" or mime.startswith(pattern[:-1])
    return pattern == mime


def need_map(value: Value, wanted: str) -> dict[str, Value]:
    """The value, if it is a plain map: blobs are maps to JSON, and a kind of their own to Lexicon."""
    if isinstance(value, dict) and value.get("$type") != "blob":
        return value
    return refuse(value, wanted)


def need(fault: str | None) -> None:
    """Refuse a value if something is wrong with it."""
    if fault is not None:
        raise ValidationError(fault)


def refuse(value: Value, wanted: str) -> NoReturn:
    """Refuse a value of another kind."""
    if isinstance(value, Link):
        given = "a link"
    elif isinstance(value, bytes):
        given = "bytes"
    elif isinstance(value, dict) and value.get("$type") == "blob":
        given = "a blob"
    else:
        given = kind_of(value)
    raise ValidationError(f"{given} where {wanted} is required")
