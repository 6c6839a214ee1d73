"""From types that hold no other to JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from atdata_schema.jsonschema.dialects import EXTENSION
from atdata_schema.model import (
    BooleanType,
    BytesType,
    DatetimeType,
    FloatType,
    IntegerType,
    LinkType,
    MediaType,
    TextType,
    Type,
)

__all__ = ["BYTES", "annotated", "scalar"]

BYTES: Final = {"type": "string", "format": "byte", "contentEncoding": "base64"}
"""Bytes, as the federation's schemas have them."""

_UTF_8: Final = 4  # the most bytes of a code point


def scalar(kind: Type) -> dict[str, Any]:
    """The JSON Schema of a type that holds no other.

    >>> scalar(FloatType(32))
    {'type': 'number', 'x-atdata': {'dtype': 'float32'}}
    """
    match kind:
        case BooleanType():
            return {"type": "boolean", **_given(const=kind.const, default=kind.default)}
        case IntegerType():
            return _integer(kind)
        case FloatType():
            single = "float32" if kind.bits == 32 else None
            return annotated({"type": "number"}, dtype=single, finite=kind.finite or None)
        case TextType():
            return _text(kind)
        case DatetimeType():
            node = {"type": "string", "format": "date-time"}
            return annotated(node, maxLength=kind.max_length)
        case BytesType():
            return annotated(dict(BYTES), minLength=kind.min_length, maxLength=kind.max_length)
        case MediaType():
            return annotated(dict(BYTES), type=kind.kind, accept=_list(kind.accept))
        case LinkType():
            return {"type": "string", "format": "cid-link"}
        case _:
            raise TypeError(f"{type(kind).__name__} holds other types")


def annotated(node: Mapping[str, Any], **said: object) -> dict[str, Any]:
    """A schema with more under `x-atdata`; what is `None` is not said.

    >>> annotated({"type": "number"}, finite=True, dtype=None)
    {'type': 'number', 'x-atdata': {'finite': True}}
    """
    more = {**node.get(EXTENSION, {}), **_given(**said)}
    return {**node, EXTENSION: more} if more else dict(node)


def _integer(kind: IntegerType) -> dict[str, Any]:
    node = _given(
        type="integer",
        minimum=kind.minimum,
        maximum=kind.maximum,
        enum=_list(kind.enum),
        const=kind.const,
        default=kind.default,
    )
    return annotated(node, classes=_list(kind.classes))


def _text(kind: TextType) -> dict[str, Any]:
    # JSON Schema counts code points: at most as many as bytes, and at least as many as graphemes.
    fewest = max(-(-(kind.min_length or 0) // _UTF_8), kind.min_graphemes or 0)
    node = _given(
        type="string",
        format="date-time" if kind.format == "datetime" else kind.format,
        minLength=fewest or None,
        maxLength=kind.max_length,
        enum=_list(kind.enum),
        const=kind.const,
        default=kind.default,
        examples=_list(kind.known_values),
    )
    return annotated(
        node,
        minLength=kind.min_length,
        maxLength=kind.max_length,
        minGraphemes=kind.min_graphemes,
        maxGraphemes=kind.max_graphemes,
        **{"as": "str" if kind.format == "datetime" else None},
    )


def _list(values: tuple[Any, ...] | None) -> list[Any] | None:
    return None if values is None else list(values)


def _given(**said: object) -> dict[str, Any]:
    return {key: value for key, value in said.items() if value is not None}
