"""From JSON Schema to lexicon definitions of types that hold no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from atdata_schema.data import MAX_INTEGER, MIN_INTEGER
from atdata_schema.jsonschema.dialects import EXTENSION
from atdata_schema.jsonschema.keywords import Keywords
from atdata_schema.syntax import KINDS
from atdata_schema.syntax.quoting import quoted

__all__ = ["SCALARS", "Node", "extended", "is_file"]

Node = dict[str, Any]
"""A definition of a lexicon."""

_TYPES: Final = "dev.atdata.types#"
_LENGTHS: Final = ("minLength", "maxLength")
_GRAPHEMES: Final = ("minGraphemes", "maxGraphemes")


def extended(node: Node, said: Mapping[str, object]) -> Node:
    """A definition with what `x-atdata` says of it."""
    return {**node, EXTENSION: dict(said)} if said else node


def _boolean(keys: Keywords) -> Node:
    keys.said.only()
    return _given(type="boolean", const=keys.flag("const"), default=keys.flag("default"))


def _integer(keys: Keywords) -> Node:
    low, high = keys.integer("minimum"), keys.integer("maximum")
    above, under = keys.raw.get("exclusiveMinimum"), keys.raw.get("exclusiveMaximum")
    # Of draft 4 these were flags; numbers with a fraction narrow nothing that matters.
    if type(above) is int:
        low = max(low if low is not None else MIN_INTEGER, _clamped(above + 1))
    if type(under) is int:
        high = min(high if high is not None else MAX_INTEGER, _clamped(under - 1))
    node = _given(
        type="integer",
        minimum=low,
        maximum=high,
        enum=keys.values("enum", int),
        const=keys.integer("const"),
        default=keys.integer("default"),
    )
    said = keys.said
    said.values("classes", str)
    return extended(node, said.only("classes"))


def _clamped(number: int) -> int:
    return min(max(number, MIN_INTEGER), MAX_INTEGER)


def _number(keys: Keywords) -> Node:
    said = keys.said.only("dtype", "finite")
    dtype = said.pop("dtype", "float64")
    if dtype not in ("float64", "float32"):
        keys.refuse(f"a number is float64 or float32, not {quoted(str(dtype))}", EXTENSION, "dtype")
    return extended({"type": "ref", "ref": _TYPES + str(dtype)}, said)


def is_file(keys: Keywords) -> bool:
    """Whether a text stands for bytes."""
    return keys.text("format") == "byte" or keys.text("contentEncoding") == "base64"


def _string(keys: Keywords) -> Node:
    if is_file(keys):
        return _bytes(keys)
    form = keys.text("format")
    if form == "cid-link":
        keys.said.only()
        return {"type": "cid-link"}
    form = "datetime" if form == "date-time" else form
    said = keys.said.only(*_LENGTHS, *_GRAPHEMES, "as")
    lengths: Node = {name: said.pop(name) for name in (*_LENGTHS, *_GRAPHEMES) if name in said}
    node = _given(
        type="string",
        # What else a format may be is a hint to JSON Schema as well.
        format=form if form in KINDS else None,
        enum=keys.values("enum", str),
        const=keys.text("const"),
        default=keys.text("default"),
    )
    return extended(node | (lengths or _lengths(keys)), said)


def _lengths(keys: Keywords) -> Node:
    """What code points say of bytes and graphemes: at least as many of those, at most as many of these."""
    return _given(minLength=keys.integer("minLength"), maxGraphemes=keys.integer("maxLength"))


def _bytes(keys: Keywords) -> Node:
    said = keys.said
    kind = said.text("type")
    if kind in ("image", "audio"):
        said.values("accept", str)
        return extended(
            {"type": "ref", "ref": _TYPES + kind},
            {key: value for key, value in said.only("type", "accept").items() if key != "type"},
        )
    return {"type": "bytes", **said.only(*_LENGTHS)}


SCALARS: Final[Mapping[str, Callable[[Keywords], Node]]] = {
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "string": _string,
}
"""The reader of each type of JSON that holds no other."""


def _given(**said: object) -> Node:
    return {key: value for key, value in said.items() if value is not None}
