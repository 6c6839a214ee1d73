"""Constraints of scalars and lengths of lists: what a type allows that another of its kind does not."""

from __future__ import annotations

from collections.abc import Iterator

from atdata_schema.compare.change import Category, Change, one_way, was_and_is
from atdata_schema.compare.constants import constant_changes, strict
from atdata_schema.compare.integers import integer_changes
from atdata_schema.compare.lengths import datetime_changes, length_changes, limit
from atdata_schema.compare.texts import text_changes
from atdata_schema.model import (
    BlobType,
    BooleanType,
    BytesType,
    DatetimeType,
    FloatType,
    IntegerType,
    ListType,
    MediaType,
    TextType,
    Type,
)

__all__ = ["value_changes"]


def value_changes(old: Type, new: Type) -> Iterator[Change]:
    """What differs in the constraints of two types of one kind.

    What lies inside a list, a map, an object or a union is not looked at, nor are dtypes and shapes.
    """
    match old, new:
        case IntegerType(), IntegerType():
            yield from integer_changes(old, new)
        case TextType(), TextType():
            yield from text_changes(old, new)
        case FloatType(), FloatType():
            yield from _floats(old, new)
        case BooleanType(), BooleanType():
            yield from constant_changes(old, new, lambda writer, reader: True)
        case DatetimeType(), DatetimeType():
            yield from datetime_changes(old, new)
        case BytesType() | ListType(), BytesType() | ListType():
            yield from length_changes(old, new)
        case MediaType() | BlobType(), MediaType() | BlobType():
            yield from _files(old, new)
        case _:
            return


def _floats(old: FloatType, new: FloatType) -> Iterator[Change]:
    if old.bits != new.bits:
        text = f"float{old.bits} is now float{new.bits}"
        yield one_way("float-width", text, old, new, _other_width)
    if old.finite != new.finite:
        text = was_and_is("finite", old.finite or None, new.finite or None)
        yield one_way("finite-changed", text, old, new, _not_finite)


def _other_width(writer: FloatType, reader: FloatType) -> Category:
    # A float64 holds every float32. But a record holds the shortest decimal, 0.1, and that is another float64.
    return "wire" if reader.bits < writer.bits else "strict"


def _not_finite(writer: FloatType, reader: FloatType) -> Category | None:
    return strict(reader.finite and not writer.finite)


def _files(old: MediaType | BlobType, new: MediaType | BlobType) -> Iterator[Change]:
    if old.accept != new.accept:
        text = was_and_is("accept", old.accept, new.accept)
        yield one_way("accept-changed", text, old.accept, new.accept, _other_files)
    if isinstance(old, BlobType) and isinstance(new, BlobType) and old.max_size != new.max_size:
        text = was_and_is("maxSize", old.max_size, new.max_size)
        yield one_way("size-changed", text, limit(old.max_size), limit(new.max_size), _larger)


def _larger(writer: float, reader: float) -> Category | None:
    return strict(writer > reader)


def _other_files(writer: tuple[str, ...] | None, reader: tuple[str, ...] | None) -> Category | None:
    """Whether a MIME type matches the writer's patterns and none of the reader's."""
    if reader is None:
        return None
    patterns = ("*/*",) if writer is None else writer
    return strict(not all(any(_covers(a, b) for a in reader) for b in patterns))


def _covers(wide: str, narrow: str) -> bool:
    return wide in ("*/*", narrow) or (wide.endswith("/*") and narrow.startswith(wide[:-1]))
