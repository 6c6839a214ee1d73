"""Values of the types of a lens at which something goes wrong first: ends, nothings, and what a lens names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata_schema import model
from atdata_schema.data import Link
from atdata_schema.errors import AtdataError
from atdata_schema.fields.links import Blob
from atdata_schema.fields.of_model import field_of
from atdata_schema.lenses.checking.defaults import NO_DEFAULT, default_of
from atdata_schema.lenses.steps.equality import same
from atdata_schema.lenses.types.lens_types import LensType, Many, Maybe, Nd, Obj, Plain
from atdata_schema.lenses.types.of_model import field_type
from atdata_schema.lenses.types.sizes import Rest, Size
from atdata_schema.media import Audio, Image

__all__ = ["boundary_values", "element_values", "filled", "object_values"]

_MOST: Final = 24
"""Values of one field."""

_ALIKE: Final = 6
"""Arrays of one field whose elements are all the same."""

_NUMBERS: Final = (0, 1, -1, 2, 127, 128, 255, 256, -128, 32767, 65535, 2**24, 2**24 + 1)
_LARGE: Final = (2**31, 2**53, 2**53 + 1, -(2**53) - 1)
_FLOATS: Final = (0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3, 0.5, 127.5, 127.625, 255.0, 256.0, 2.0**24)
_TEXTS: Final = ("", "a", "b", " ", "a b", "ü", "猫")
_INSTANTS: Final = (
    datetime(2026, 1, 31, 12, 0, 0, 123456, UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
    datetime(1969, 12, 31, 23, 59, 59, 999999, UTC),
    datetime(1985, 4, 12, 23, 20, 50, 500000, timezone(timedelta(hours=2))),
    datetime(1, 1, 3, tzinfo=UTC),
    datetime(9999, 12, 29, tzinfo=UTC),
)
_FORMATS: Final = {
    "did": "did:web:example.org",
    "handle": "alice.example.org",
    "at-identifier": "alice.example.org",
    "nsid": "org.example.imageSample",
    "at-uri": "at://did:web:example.org/org.example.imageSample/self",
    "tid": "3jzfcijpj2z2a",
    "record-key": "self",
    "cid": "bafyreigkern67k6ihxklwzbhlfkvw2rjwfck7emezpqskvjtljwc3h6sh4",
    "uri": "https://example.org/a?b=c",
    "language": "pt-BR",
}
_LINK: Final = Link("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy")
_FILES: Final = (
    Image(bytes.fromhex("89504e470d0a1a0a")),
    Image(b"\xff\xd8\xff\xe0"),
    Audio(b"RIFF....WAVE"),
    Audio(b"ID3"),
)


def boundary_values(
    kind: LensType, sizes: Mapping[str, int], named: Iterable[Any] = ()
) -> list[Any]:
    """Values of a type, as a sample holds them; none where none are known.

    Args:
        kind: the type.
        sizes: the sizes of named dimensions; 2 for any that it lacks.
        named: values that a lens names, of any type.

    >>> boundary_values(Maybe(Nd("int64", scalar=True, low=0, high=300)), {}, named=(7, "x"))
    [0, None, 7, 300, 1, 2, 127, 128, 255, 256, 299]
    """
    match kind:
        case Maybe():
            first, *rest = boundary_values(kind.inner, sizes, named) or [None]
            return [first, None, *rest]
        case Nd() if kind.scalar:
            return element_values(kind, named)
        case Nd():
            return list(_arrays(kind, sizes, named))
        case Many():
            return list(_lists(kind, sizes, named))
        case Obj():
            return object_values(kind, sizes, named)
        case Plain(type=model.UnionType(targets=targets), home=home) if home is not None:
            members = ((name, object_values(Obj(name, home), {}, named)) for name in targets)
            return [{**row, "$type": name} for name, rows in members for row in rows[:4]]
        case Plain():
            return _allowed(kind.type, _candidates(kind.type, named))


def object_values(kind: Obj, sizes: Mapping[str, int], named: Iterable[Any] = ()) -> list[Any]:
    """Objects, as mappings: each value of each field occurs in one; none where a field has no known value."""
    named = tuple(named)
    columns: dict[str, list[Any]] = {}
    for field in kind.item.fields:
        type_ = field_type(field, kind.home, (field.name,))
        default = default_of(field, type_)
        hints = named if default is NO_DEFAULT else (*named, default)
        values = boundary_values(type_, sizes, hints)
        if not values:
            return []
        columns[field.name] = values
    count = max(map(len, columns.values()), default=1)
    rows = [{name: each[i % len(each)] for name, each in columns.items()} for i in range(count)]
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def element_values(kind: Nd, named: Iterable[Any] = ()) -> list[Any]:
    """Single numbers of a type, as Python has them."""
    numbers = [n for n in named if isinstance(n, int | float) and not isinstance(n, bool)]
    if kind.values is not None:
        return list(kind.values[:_MOST])
    bounds = kind.bounds
    if kind.dtype == "bool":
        low, high = bounds or (0, 1)
        return [bool(value) for value in range(low, high + 1)]
    if bounds is not None:
        return _integers(*bounds, numbers)
    if kind.dtype == "*":
        return [0.0, 1.0]
    return _floats(kind, numbers)


def _integers(low: int, high: int, numbers: list[Any]) -> list[int]:
    near = 0 if low <= 0 <= high else low
    wanted = [near, *(n for n in numbers if isinstance(n, int)), low, high, *_NUMBERS, *_LARGE]
    wanted += [low + 1, high - 1]
    return _distinct([value for value in wanted if low <= value <= high])


def _floats(kind: Nd, numbers: list[Any]) -> list[Any]:
    part = {"complex64": "float32", "complex128": "float64"}.get(kind.dtype, kind.dtype)
    info = np.finfo(part)
    ends = [info.max, info.tiny, info.smallest_subnormal, info.eps, 1 + info.eps]
    wanted = [0.5, *(float(n) for n in numbers), *_FLOATS, *map(float, ends)]
    wanted += [-float(info.max), -float(info.smallest_subnormal)]
    if not kind.finite:
        wanted += [float("nan"), float("inf"), float("-inf")]
    with np.errstate(over="ignore"):
        rounded = [float(np.dtype(part).type(value)) for value in wanted]
    kept = [value for value in rounded if not kind.finite or np.isfinite(value)]
    if kind.kind == "c":
        return [complex(value, -value) for value in kept]
    return kept


def filled(kind: Nd, shape: tuple[int, ...], named: Iterable[Any] = ()) -> Iterator[NDArray[Any]]:
    """Arrays of a shape whose elements are the numbers of a type, in turn; and of one number each."""
    numbers = element_values(kind, named)
    count = int(np.prod(shape, dtype=np.int64))
    dtype = "float32" if kind.dtype == "*" else kind.dtype
    for start in range(0, min(len(numbers), 4 * max(count, 1)), max(count, 1)):
        turn = [numbers[(start + i) % len(numbers)] for i in range(min(count, len(numbers)))]
        row = np.asarray(turn, dtype)
        yield np.resize(row, shape) if count else np.zeros(shape, dtype)
    for number in numbers[:_ALIKE] if count > 1 else ():  # where one bad element spoils an array
        yield np.full(shape, number, dtype)


def _arrays(kind: Nd, sizes: Mapping[str, int], named: Iterable[Any]) -> Iterator[NDArray[Any]]:
    shape: list[int] = []
    for size in kind.shape:
        if isinstance(size, Rest):
            shape.append(2)
        elif isinstance(size, Size):
            shape.append(int(size.at({name: sizes.get(name, 2) for name in size.symbols})))
    if int(np.prod(shape, dtype=object)) <= 1 << 22:
        yield from filled(kind, tuple(shape), named)


def _lists(kind: Many, sizes: Mapping[str, int], named: Iterable[Any]) -> Iterator[list[Any]]:
    items = boundary_values(kind.items, {}, named)
    low, high = kind.min_length or 0, kind.max_length
    for count in (low + 1, low, low + 3):
        if (high is None or count <= high) and (items or not count):
            yield [items[i % len(items)] for i in range(count)]
    if items and (high is None or len(items) <= high) and len(items) >= low:
        yield list(items[:_MOST])


def _candidates(kind: model.Type, named: Iterable[Any]) -> Iterator[Any]:
    """Values that could be of a type of the schema."""
    match kind:
        case model.TextType():
            yield from kind.enum or () if kind.const is None else (kind.const,)
            if kind.format is not None:
                yield _FORMATS.get(kind.format, "")
            yield from _texts(named, kind)
        case model.DatetimeType():
            yield from _INSTANTS
        case model.BytesType():
            fixed = kind.min_length or kind.max_length or 3
            yield from (b"", b"\0", b"ab\xff", bytes(min(fixed, 1 << 16)))
        case model.MediaType():
            yield from _FILES
        case model.LinkType():
            yield _LINK
        case model.BlobType():
            types = kind.accept or ("application/octet-stream",)
            yield from (
                Blob(_LINK, mime.replace("*", "png"), size) for mime in types for size in (0, 1)
            )
        case model.MapType():
            yield {}
        case model.UnknownType():
            yield from ({}, {"a": 1})
        case _:
            return


def _texts(named: Iterable[Any], kind: model.TextType) -> Iterator[str]:
    words = [text for text in named if isinstance(text, str)]
    yield from words
    yield from _TEXTS
    for word in words[:6]:
        yield from (f"a{word}b", f"{word}a", f"a{word}")
        yield from (f"a{word}b{word}c", f"{word}{word}")
    least, most = kind.min_length or 0, kind.max_length
    yield "x" * (40 if most is None else min(most, 400))
    yield "x" * min(max(least, 1), 400)


def _allowed(kind: model.Type, candidates: Iterator[Any]) -> list[Any]:
    """Those candidates that a field of the type takes."""
    field = field_of(kind, _nobody)
    found: list[Any] = []
    for value in candidates:
        try:
            field.pack(value, [])
        except (AtdataError, TypeError, AttributeError):
            continue
        if not any(same(value, each) for each in found):
            found.append(value)
    return found[:_MOST]


def _nobody(ref: str) -> type[Any]:
    raise LookupError(ref)


def _distinct(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))[:_MOST]
