"""What one text type allows and another does not.

Every question is asked of the texts themselves where they are listed, and of the bounds where they are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from atdata_schema.compare.change import Category, Change, bounds_text, one_way, was_and_is
from atdata_schema.compare.constants import constant_changes, strict
from atdata_schema.compare.lengths import limit, within
from atdata_schema.errors import ValidationError
from atdata_schema.fields.text import Choice, Text
from atdata_schema.model import TextType

__all__ = ["text_changes"]

_WIDER: Final = {"at-identifier": ("did", "handle")}


def text_changes(old: TextType, new: TextType) -> Iterator[Change]:
    """What differs in the constraints of two text types."""
    if old.format != new.format:
        text = was_and_is("format", old.format, new.format)
        yield one_way("format-changed", text, old, new, _outside_format)
    text = bounds_text(old, new, min_length="minLength", max_length="maxLength")
    if text:
        yield one_way("length-changed", text, old, new, _outside_length)
    text = bounds_text(old, new, min_graphemes="minGraphemes", max_graphemes="maxGraphemes")
    if text:
        yield one_way("graphemes-changed", text, old, new, _outside_graphemes)
    if old.enum != new.enum:
        text = was_and_is("enum", old.enum, new.enum)
        yield one_way("enum-changed", text, old, new, _outside_enum)
    yield from constant_changes(old, new, _outside_constant)
    if old.known_values != new.known_values:
        text = was_and_is("knownValues", old.known_values, new.known_values)
        yield Change("known-values-changed", text)


def _listed(kind: TextType) -> list[str] | None:
    """The texts of a type where it lists them: those that its other constraints allow."""
    values = kind.enum
    if values is None and kind.const is not None:
        values = (kind.const,)
    if values is None:
        return None
    lengths = (kind.min_length, kind.max_length, kind.min_graphemes, kind.max_graphemes)
    codec = Choice[str](values, Text(kind.format, *lengths, kind.const))
    return [text for text in values if _takes(codec, text)]


def _takes(codec: Text | Choice[Any], text: str) -> bool:
    try:
        codec.pack(text, [])
    except ValidationError:
        return False
    return True


def _refuses_listed(writer: TextType, codec: Text) -> bool | None:
    """Whether a codec refuses a text that the writer lists; `None` where it lists none."""
    listed = _listed(writer)
    return None if listed is None else not all(_takes(codec, text) for text in listed)


def _outside_format(writer: TextType, reader: TextType) -> Category | None:
    if reader.format is None or writer.format in _WIDER.get(reader.format, ()):
        return None
    return strict(_refuses_listed(writer, Text(reader.format)) is not False)


def _outside_length(writer: TextType, reader: TextType) -> Category | None:
    refused = _refuses_listed(writer, Text(None, reader.min_length, reader.max_length))
    if refused is None:
        # A grapheme takes a byte at least.
        least = max(writer.min_length or 0, writer.min_graphemes or 0)
        refused = not within(least, writer.max_length, reader.min_length, reader.max_length)
    return strict(refused)


def _outside_graphemes(writer: TextType, reader: TextType) -> Category | None:
    bounds = (reader.min_graphemes, reader.max_graphemes)
    refused = _refuses_listed(writer, Text(None, None, None, *bounds))
    if refused is None:
        least = max(writer.min_graphemes or 0, min(writer.min_length or 0, 1))
        most = min(limit(writer.max_graphemes), limit(writer.max_length))
        refused = not within(least, most, *bounds)
    return strict(refused)


def _outside_enum(writer: TextType, reader: TextType) -> Category | None:
    if reader.enum is None:
        return None
    listed = _listed(writer)
    # A reader refuses a text outside a closed choice: the class promises a `Literal`.
    return "wire" if listed is None or any(text not in reader.enum for text in listed) else None


def _outside_constant(writer: TextType, reader: TextType) -> bool:
    listed = _listed(writer)
    return listed is None or any(text != reader.const for text in listed)
