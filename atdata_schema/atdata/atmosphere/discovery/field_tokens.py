"""What a field is found by: words for its name, its kind, and each thing that its shape promises.

A pattern asks for some of these words at once, so that finding the fields that fit it is one question to a full-text index,
and exact. Of a shape there are words for

* its rank: `r3`, and `m0` to `m3` for "at least so many dimensions";
* a fixed size, counted from the front and from the back: `f2_3` and `b0_3` for `[H, W, 3]`;
* two dimensions that are of one size, counted likewise: `e0_1` and `g1_2` for `[N, N, 3]`.

A shape with `...` has no rank, and promises what stands before the dots and behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from atdata.atmosphere.discovery.field_paths import FieldPath
from atdata.words import encoded
from atdata_schema.model import (
    ArrayType,
    BlobType,
    BooleanType,
    BytesType,
    DatetimeType,
    Dim,
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
    UnknownType,
)

__all__ = ["KINDS", "LONGEST_SHAPE", "folded", "kind_token", "kinds_of", "tied", "tokens_of"]

LONGEST_SHAPE: Final = 16
"""Dimensions from either end of a shape that are looked for."""

KINDS: Final = (
    "array",
    "boolean",
    "integer",
    "float",
    "float32",
    "float64",
    "string",
    "datetime",
    "bytes",
    "image",
    "audio",
    "cid-link",
    "blob",
    "unknown",
    "list",
    "map",
    "object",
    "union",
)
"""Kinds of fields by the names that patterns have for them; beside them there are formats of strings, and names of objects."""

_PLAIN: Final[dict[type[Type], str]] = {
    BooleanType: "boolean",
    IntegerType: "integer",
    DatetimeType: "datetime",
    BytesType: "bytes",
    LinkType: "cid-link",
    BlobType: "blob",
    UnknownType: "unknown",
    ListType: "list",
    MapType: "map",
    UnionType: "union",
}


def folded(name: str) -> str:
    """A name as it is compared: upper and lower case are the same."""
    return name.casefold()


def kinds_of(type: Type) -> tuple[str, ...]:
    """What a type is called in patterns.

    >>> kinds_of(FloatType(32)), kinds_of(TextType(format="uri"))
    (('float', 'float32'), ('string', 'uri'))
    """
    if isinstance(type, ArrayType):
        return ("array",)
    if isinstance(type, FloatType):
        return "float", f"float{type.bits}"
    if isinstance(type, TextType):
        return ("string",) if type.format is None else ("string", type.format)
    if isinstance(type, MediaType):
        return (type.kind,)
    if isinstance(type, RefType):
        return "object", type.target
    return (_PLAIN[type.__class__],)


def kind_token(kind: str) -> str:
    """The word for a kind."""
    return f"k_{encoded(folded(kind))}"


def tokens_of(field: FieldPath) -> Iterator[str]:
    """The words that a field is found by, each once."""
    name, path = folded(field.name), folded(field.path)
    yield f"n_{encoded(name)}"
    yield f"x_{encoded(name[::-1])}"
    yield f"p_{encoded(path)}"
    yield from map(kind_token, kinds_of(field.type))
    if isinstance(field.type, ArrayType):
        if field.type.dtype != "*":
            yield f"d_{field.type.dtype}"
        yield from _shape(field.type.shape)


def _shape(shape: Sequence[Dim] | None) -> Iterator[str]:
    dims = ("...",) if shape is None else tuple(shape)
    dots = [at for at, dim in enumerate(dims) if dim == "..."]
    front = dims[: dots[0]] if dots else dims
    back = dims[dots[-1] + 1 :] if dots else dims
    least = len(front) + len(back) if dots else len(dims)
    if not dots:
        yield f"r{len(dims)}"
    yield from (f"m{count}" for count in range(min(least, LONGEST_SHAPE) + 1))
    yield from _end("f", "e", front)
    yield from _end("b", "g", back[::-1])


def _end(fixed: str, equal: str, dims: Sequence[Dim]) -> Iterator[str]:
    seen = list(enumerate(dims[:LONGEST_SHAPE]))
    yield from (f"{fixed}{at}_{dim}" for at, dim in seen if isinstance(dim, int))
    for (one, first), (other, second) in combinations(seen, 2):
        if tied(first, second):
            yield f"{equal}{one}_{other}"


def tied(one: Dim, other: Dim) -> bool:
    """Whether two dimensions are always of one size."""
    return one == other and one != "*"
