"""What stands in the brackets of an operator, as it was written: before anything is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from atdata_schema.lenses.program.literals import Literal

__all__ = ["Argument", "ArgumentError", "Slice", "Symbol", "Value", "described"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A bare word: `float32`, `nearest`, the name of an axis."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of an axis: `16:240`, `:-1`, `::2`."""

    start: int | None = None
    stop: int | None = None
    step: int | None = None

    def __str__(self) -> str:
        ends = ["" if end is None else str(end) for end in (self.start, self.stop)]
        return ":".join(ends if self.step is None else [*ends, str(self.step)])


Value: TypeAlias = "Literal | Symbol | Slice | tuple[Value, ...]"
"""A literal, a word, a stretch, or a list of them."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its keyword, where it has one, and its value."""

    key: str | None
    value: Value


class ArgumentError(ValueError):
    """An argument that its operator does not take.

    Attributes:
        index: which one, from 0; `None` where it is about all of them.
    """

    def __init__(self, message: str, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index


def described(value: Value) -> str:
    """A value in messages.

    >>> described((Symbol("h"), Slice(1, 2)))
    '[h, 1:2]'
    """
    if isinstance(value, tuple):
        shown = ", ".join(map(described, value[:8]))
        return f"[{shown}{', ...' if len(value) > 8 else ''}]"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
