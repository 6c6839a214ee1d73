"""What one integer type allows and another does not.

Every question is asked of the values themselves where they are listed, and of the bounds where they are not: so
a bound that a closed choice makes idle breaks nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from atdata_schema.compare.change import Category, Change, bounds_text, one_way, was_and_is
from atdata_schema.compare.constants import constant_changes, strict
from atdata_schema.model import IntegerType

__all__ = ["integer_changes"]

_LOWEST: Final = -(1 << 63)
_HIGHEST: Final = (1 << 63) - 1


def integer_changes(old: IntegerType, new: IntegerType) -> Iterator[Change]:
    """What differs in the constraints of two integer types."""
    text = bounds_text(old, new, minimum="minimum", maximum="maximum")
    if text:
        yield one_way("range-changed", text, old, new, _outside_range)
    if old.enum != new.enum:
        yield one_way(
            "enum-changed", was_and_is("enum", old.enum, new.enum), old, new, _outside_enum
        )
    yield from constant_changes(old, new, _outside_constant)
    if old.classes != new.classes:
        text = was_and_is("classes", old.classes, new.classes)
        renamed = one_way("classes-renamed", text, old, new, _renamed_class)
        fewer = one_way("classes-changed", text, old, new, _nameless)
        if renamed.new or renamed.old:
            yield renamed
        if fewer.new or fewer.old or not (renamed.new or renamed.old):
            yield fewer


def _bounds(kind: IntegerType) -> tuple[int, int]:
    low = _LOWEST if kind.minimum is None else kind.minimum
    high = _HIGHEST if kind.maximum is None else kind.maximum
    return max(low, _LOWEST), min(high, _HIGHEST)


def _listed(kind: IntegerType) -> list[int] | None:
    """The values of a type where it lists them: those that its other constraints allow."""
    low, high = _bounds(kind)
    values: Iterable[int] | None = kind.enum
    if kind.const is not None:
        values = [kind.const] if values is None or kind.const in values else []
    return None if values is None else [value for value in values if low <= value <= high]


def _holds(kind: IntegerType, value: int) -> bool:
    low, high = _bounds(kind)
    listed = _listed(kind)
    return low <= value <= high if listed is None else value in listed


def _leaves(kind: IntegerType, allowed: Collection[int]) -> bool:
    """Whether a type has a value that is not among some."""
    listed = _listed(kind)
    if listed is None:
        low, high = _bounds(kind)
        if high - low >= len(allowed):
            return True
        listed = list(range(low, high + 1))
    return any(value not in allowed for value in listed)


def _outside_range(writer: IntegerType, reader: IntegerType) -> Category | None:
    low, high = _bounds(reader)
    listed = _listed(writer)
    if listed is not None:
        return strict(any(not low <= value <= high for value in listed))
    least, most = _bounds(writer)
    return strict(least <= most and (least < low or most > high))


def _outside_enum(writer: IntegerType, reader: IntegerType) -> Category | None:
    # A reader refuses a value outside a closed choice: it has no name for it.
    return "wire" if reader.enum is not None and _leaves(writer, set(reader.enum)) else None


def _outside_constant(writer: IntegerType, reader: IntegerType) -> bool:
    return reader.const is not None and _leaves(writer, {reader.const})


def _renamed_class(writer: IntegerType, reader: IntegerType) -> Category | None:
    names = enumerate(zip(writer.classes or (), reader.classes or (), strict=False))
    renamed = (value for value, (a, b) in names if a != b)
    # Numbers are read as they are, and mean something else.
    return "wire" if any(_holds(writer, value) for value in renamed) else None


def _nameless(writer: IntegerType, reader: IntegerType) -> Category | None:
    """Whether data holds numbers that the reader has no class for, where the writer has one or has none at all."""
    if reader.classes is None:
        return None
    named = range(len(reader.classes))
    if writer.classes is None:
        return "source" if _leaves(writer, named) else None
    more = range(len(named), len(writer.classes))
    return "source" if any(_holds(writer, value) for value in more) else None
