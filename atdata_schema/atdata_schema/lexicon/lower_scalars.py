"""The lowering of definitions that refer to nothing, and of the shared field types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from atdata_schema.lexicon import nodes
from atdata_schema.model import (
    DTYPES,
    ArrayType,
    BlobType,
    BooleanType,
    BytesType,
    DatetimeType,
    Dim,
    FloatType,
    IntegerType,
    LinkType,
    MediaType,
    TextType,
    Type,
    UnknownType,
)
from atdata_schema.portable import extension_of

__all__ = ["extension", "scalar", "shared"]

_BITS: Final = {f"{sign}int{bits}": (sign, bits) for sign in ("", "u") for bits in (8, 16, 32, 64)}


def extension(node: nodes.Node) -> Mapping[str, object]:
    """What `x-atdata`, or the last line of the description, says of a field.

    Raises:
        ValueError: the two disagree, or a value in it is not of the form that its key has.
    """
    given = extension_of(node.extension, node.description)
    for key, value in given.items():
        wrong = _wrong(key, value)
        if wrong is not None:
            raise ValueError(f"x-atdata {key} is {wrong}, got {value!r}")
    return given


def scalar(node: nodes.Node, given: Mapping[str, object], *, texts: bool) -> Type | None:
    """The type of a definition that refers to nothing, `None` where it holds no data.

    Args:
        node: the definition.
        given: its extension.
        texts: whether datetimes stay texts, as they do in the documents of records.
    """
    match node:
        case nodes.Boolean():
            return BooleanType(const=node.const, default=node.default)
        case nodes.Integer():
            return _integer(node, given)
        case nodes.String():
            return _string(node, texts or given.get("as") == "str")
        case nodes.Bytes():
            return BytesType(min_length=node.min_length, max_length=node.max_length)
        case nodes.CidLink():
            return LinkType()
        case nodes.Blob():
            return BlobType(accept=node.accept, max_size=node.max_size)
        case nodes.Unknown():
            return UnknownType()
        case _:
            return None


def shared(name: str, given: Mapping[str, object]) -> Type | None:
    """The type that a definition of `dev.atdata.types` stands for, `None` where it is a plain object.

    Args:
        name: the name of the definition.
        given: the extension beside the reference to it.
    """
    finite = given.get("finite") is True
    match name:
        case "ndarray":
            shape = given.get("shape")
            dims = None if shape is None else tuple(cast("list[Dim]", shape))
            return ArrayType(str(given.get("dtype", "*")), dims, finite)
        case "float64":
            return FloatType(64, finite)
        case "float32":
            return FloatType(32, finite)
        case "image":
            return MediaType("image", _texts(given.get("accept")))
        case "audio":
            return MediaType("audio", _texts(given.get("accept")))
        case _:
            return None


def _integer(node: nodes.Integer, given: Mapping[str, object]) -> IntegerType:
    low, high = _range(given.get("dtype"))
    return IntegerType(
        minimum=_tighter(node.minimum, low, max),
        maximum=_tighter(node.maximum, high, min),
        enum=node.enum,
        const=node.const,
        default=node.default,
        classes=_texts(given.get("classes")),
    )


def _string(node: nodes.String, as_text: bool) -> TextType | DatetimeType:
    plain = node.enum is None and node.const is None and node.default is None
    if node.format == "datetime" and plain and not as_text:
        return DatetimeType(max_length=node.max_length)
    return TextType(
        format=node.format,
        min_length=node.min_length,
        max_length=node.max_length,
        min_graphemes=node.min_graphemes,
        max_graphemes=node.max_graphemes,
        enum=node.enum,
        known_values=node.known_values,
        const=node.const,
        default=node.default,
    )


def _range(dtype: object) -> tuple[int | None, int | None]:
    sign, bits = _BITS.get(str(dtype), ("", 64))
    if bits == 64:
        return (0 if sign else None), None
    return (0, (1 << bits) - 1) if sign else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def _tighter(given: int | None, limit: int | None, pick: object) -> int | None:
    if given is None or limit is None:
        return limit if given is None else given
    return max(given, limit) if pick is max else min(given, limit)


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(map(str, value)) if isinstance(value, list) else None


def _wrong(key: str, value: object) -> str | None:
    """What a key of the extension should be, where its value is something else."""
    match key:
        case "dtype":
            return None if value == "*" or value in DTYPES else f"one of *, {', '.join(DTYPES)}"
        case "shape":
            return None if _is_shape(value) else 'a list of sizes, names, "*" and at most one "..."'
        case "classes" | "accept" | "aliases":
            texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
            return None if texts else "a list of texts"
        case "finite":
            return None if isinstance(value, bool) else "true or false"
        case "as":
            return None if value == "str" else '"str"'
        case _:
            return None


def _is_shape(value: object) -> bool:
    if not isinstance(value, list) or len(value) > 64 or value.count("...") > 1:
        return False
    return all(
        (type(dim) is int and 0 <= dim < 1 << 48)
        or (
            isinstance(dim, str) and (dim in ("*", "...") or (dim.isascii() and dim.isidentifier()))
        )
        for dim in value
    )
