"""Patterns of fields: a name and a type, `image: uint8[H, W, 3]`, either of which may be left open.

    image                    a field of that name, of any type, at any depth
    camera.image             by its path
    *: float32[*]            any vector of float32
    *_mask: bool[H, W]       names that begin or end so, in any case
    image: uint8[..., 3]     of any rank, the last size 3
    gram: *[N, N]            of any element type, both sizes the same
    tokens[]: integer        items of a list
    title: string            other kinds; `str`, `int`, `bool` and `text` are understood too
    box: org.example.box     an object of that name

In a shape a number is that size, fixed by the type; a name is any size, the same wherever the name stands; `*` is any size;
`...` is any number of dimensions. What a type leaves open does not fit a pattern that asks for it: `uint8[H, W, C]` may
hold three channels, and does not promise them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from atdata.atmosphere.discovery.field_paths import FieldPath
from atdata.atmosphere.discovery.field_tokens import (
    KINDS,
    LONGEST_SHAPE,
    folded,
    kind_token,
    kinds_of,
    tied,
)
from atdata.errors import QueryError
from atdata.words import encoded
from atdata_schema.model import DTYPES, ArrayType, Dim
from atdata_schema.syntax import KINDS as FORMATS
from atdata_schema.syntax import is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["FieldPattern", "fits", "parse_pattern", "pattern_words"]

_SPOKEN: Final = {"str": "string", "text": "string", "int": "integer", "bool": "boolean"}
_ARRAY: Final = re.compile(r"([a-z0-9*]+)\s*\[(.*)\]", re.DOTALL)
_DIM: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|\*|\.\.\.")
_LONGEST: Final = 1000
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class FieldPattern:
    """A pattern, taken apart.

    Attributes:
        name: a name or path; with `*` at one end, what it begins or ends with.
        kind: the kind of the type; None for any.
        dtype: of arrays, the element type; with `*` at the end, what it begins with.
        shape: of arrays, the dimensions.
    """

    name: str
    kind: str | None = None
    dtype: str = "*"
    shape: tuple[Dim, ...] = ("...",)


def parse_pattern(text: str) -> FieldPattern:
    """Read a pattern.

    Raises:
        QueryError: it is none; the message says where, and what is allowed.

    >>> parse_pattern("image: uint8[..., 3]")
    FieldPattern(name='image', kind='array', dtype='uint8', shape=('...', 3))
    """
    given: object = text
    if not isinstance(given, str) or len(given) > _LONGEST:
        what = f"a text of {len(text)} characters" if isinstance(given, str) else f"{given!r:.60}"
        raise QueryError(f"has_field takes a pattern such as 'image: uint8[H, W, 3]', not {what}")
    before, colon, behind = text.rpartition(":")
    name = (before if colon else behind).strip()
    _check_name(text, name)
    if not colon:
        return FieldPattern(name)
    return _typed(text, name, behind.strip())


def _check_name(text: str, name: str) -> None:
    if not name:
        raise _refused(text, "before ':' stands the name of a field, or * for any")
    if "*" in name.strip("*") or (name != "*" and name.count("*") > 1):
        raise _refused(text, "a name has one * at most, at its beginning or its end")
    if name.startswith("*") and _is_path(name):
        raise _refused(text, "a path does not begin with *: give its last name alone")


def _typed(text: str, name: str, type: str) -> FieldPattern:
    if type == "*":
        return FieldPattern(name)
    array = _ARRAY.fullmatch(type)
    if array:
        dtype = array[1]
        if dtype in ("list", "map"):
            raise _refused(text, f"items of a {dtype} are fields too: {name}[]: integer")
        return FieldPattern(name, "array", _dtype(text, dtype), _shape(text, array[2]))
    kind = _SPOKEN.get(type, type)
    if kind in KINDS or kind in FORMATS or is_valid("nsid", kind.partition("#")[0]):
        return FieldPattern(name, kind)
    raise _refused(
        text,
        f"{quoted(type)} is no type: there are arrays such as uint8[H, W, 3], {', '.join(KINDS)}, the formats "
        "of strings, and the NSIDs of objects",
    )


def _dtype(text: str, dtype: str) -> str:
    stem = dtype.removesuffix("*")
    if "*" not in stem and any(
        item == dtype or (stem != dtype and item.startswith(stem)) for item in DTYPES
    ):
        return dtype
    raise _refused(text, f"{quoted(dtype)} is no element type: {', '.join(DTYPES)}; or *, float*")


def _shape(text: str, inside: str) -> tuple[Dim, ...]:
    parts = [part.strip() for part in inside.split(",")] if inside.strip() else []
    for part in parts:
        if not _DIM.fullmatch(part) or (part.isdigit() and int(part[:20]) > _LARGEST):
            raise _refused(
                text, f"{quoted(part)} is no dimension: a size, a name, * or ... is wanted"
            )
    dims: tuple[Dim, ...] = tuple(int(part) if part.isdigit() else part for part in parts)
    if dims.count("...") > 1:
        raise _refused(text, "'...' stands once in a shape")
    if len(dims) > LONGEST_SHAPE:
        raise _refused(text, f"at most {LONGEST_SHAPE} dimensions are asked for")
    front, back = _ends(dims)
    both = set(map(str, filter(_is_name, front))) & set(map(str, filter(_is_name, back)))
    if "..." in dims and both:
        raise _refused(text, f"{min(both)!r} stands on both sides of '...', where no rank is known")
    return dims


def fits(pattern: FieldPattern, field: FieldPath) -> bool:
    """Whether a field is one that a pattern asks for. The index answers the same, by `pattern_words`."""
    name = folded(pattern.name)
    if not _named(name, folded(field.path if _is_path(name) else field.name)):
        return False
    if pattern.kind is None:
        return True
    if folded(pattern.kind) not in map(folded, kinds_of(field.type)):
        return False
    if not isinstance(field.type, ArrayType):
        return True
    return _has_dtype(pattern.dtype, field.type.dtype) and _has_shape(
        pattern.shape, ("...",) if field.type.shape is None else field.type.shape
    )


def _named(pattern: str, name: str) -> bool:
    if pattern.startswith("*"):
        return name.endswith(pattern[1:])
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _is_path(name: str) -> bool:
    return "." in name


def _has_dtype(pattern: str, dtype: str) -> bool:
    if pattern == "*":
        return True
    return (
        dtype.startswith(pattern[:-1]) and dtype != "*"
        if pattern.endswith("*")
        else dtype == pattern
    )


def _has_shape(pattern: Sequence[Dim], shape: Sequence[Dim]) -> bool:
    front, back = _ends(pattern)
    if "..." not in pattern:
        return "..." not in shape and len(shape) == len(pattern) and _has_end(front, shape)
    before, behind = _ends(shape)
    least = len(before) + len(behind) if "..." in shape else len(shape)
    return (
        least >= len(front) + len(back)
        and _has_end(front, before)
        and _has_end(back[::-1], behind[::-1])
    )


def _has_end(pattern: Sequence[Dim], dims: Sequence[Dim]) -> bool:
    """Whether dimensions, counted from one end, promise what a pattern asks for there."""
    bound: dict[Dim, Dim] = {}
    for at, wanted in enumerate(pattern):
        known = dims[at] if at < len(dims) else "*"
        if isinstance(wanted, int) and wanted != known:
            return False
        if _is_name(wanted):
            if wanted in bound and not tied(bound[wanted], known):
                return False
            bound[wanted] = known
    return True


def _ends(dims: Sequence[Dim]) -> tuple[Sequence[Dim], Sequence[Dim]]:
    """What stands before '...' and what behind; without it, everything both times."""
    if "..." not in dims:
        return dims, dims
    at = len(dims) - 1 - list(reversed(dims)).index("...")
    return dims[: list(dims).index("...")], dims[at + 1 :]


def _is_name(dim: Dim) -> bool:
    return isinstance(dim, str) and dim not in ("*", "...")


def pattern_words(pattern: FieldPattern) -> str:
    """A pattern as FTS5 asks for it: every word that a field has to have; empty where any field fits."""
    return " AND ".join(_words(pattern))


def _words(pattern: FieldPattern) -> Iterator[str]:
    name = folded(pattern.name)
    mark = "p" if _is_path(name) else "n"
    if name.startswith("*"):
        if name != "*":
            yield f'"x_{encoded(name[:0:-1])}"*'
    elif name.endswith("*"):
        yield f'"{mark}_{encoded(name[:-1])}"*'
    else:
        yield f'"{mark}_{encoded(name)}"'
    if pattern.kind is not None:
        yield f'"{kind_token(pattern.kind)}"'
    if pattern.kind == "array":
        if pattern.dtype.endswith("*"):
            yield from [f'"d_{pattern.dtype[:-1]}"*'] if pattern.dtype != "*" else []
        else:
            yield f'"d_{pattern.dtype}"'
        yield from (f'"{word}"' for word in _shape_words(pattern.shape))


def _shape_words(shape: Sequence[Dim]) -> Iterator[str]:
    front, back = _ends(shape)
    if "..." not in shape:
        yield f"r{len(shape)}"
        yield from _end_words("f", "e", front)
        return
    yield f"m{len(front) + len(back)}"
    yield from _end_words("f", "e", front)
    yield from _end_words("b", "g", back[::-1])


def _end_words(fixed: str, equal: str, dims: Sequence[Dim]) -> Iterator[str]:
    last: dict[Dim, int] = {}
    for at, dim in enumerate(dims):
        if isinstance(dim, int):
            yield f"{fixed}{at}_{dim}"
        elif _is_name(dim):
            if dim in last:
                yield f"{equal}{last[dim]}_{at}"
            last[dim] = at


def _refused(text: str, reason: str) -> QueryError:
    return QueryError(f"has_field={quoted(text)}: {reason}")
