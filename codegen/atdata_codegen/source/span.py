"""Where something stands in a text."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Place", "Span"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of text: lines and columns count characters from 1, the end is just behind it."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands and, in an object, its key. Of an object or array, its first bracket."""

    value: Span
    key: Span | None = None
