"""Types as they are written in a lens: `uint8[H, W, 3]`, `list[org.example.box]`, `string?`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from atdata_schema.model import Dim

__all__ = ["ArrayNotation", "ListNotation", "MapNotation", "NamedNotation", "Notation"]


@dataclass(frozen=True, slots=True)
class NamedNotation:
    """A type by name: `integer`, `string`, `org.example.box`."""

    name: str
    optional: bool = False

    def __str__(self) -> str:
        return _marked(self.name, self.optional)


@dataclass(frozen=True, slots=True)
class ArrayNotation:
    """An array: its element type and its dimensions."""

    dtype: str
    shape: tuple[Dim, ...]
    optional: bool = False

    def __str__(self) -> str:
        return _marked(f"{self.dtype}[{', '.join(map(str, self.shape))}]", self.optional)


@dataclass(frozen=True, slots=True)
class ListNotation:
    """A list of values of one type."""

    items: Notation
    optional: bool = False

    def __str__(self) -> str:
        return _marked(f"list[{self.items}]", self.optional)


@dataclass(frozen=True, slots=True)
class MapNotation:
    """A map from texts to values of one type."""

    values: Notation
    optional: bool = False

    def __str__(self) -> str:
        return _marked(f"map[{self.values}]", self.optional)


Notation: TypeAlias = NamedNotation | ArrayNotation | ListNotation | MapNotation
"""A type as it was written."""


def _marked(text: str, optional: bool) -> str:
    return f"{text}?" if optional else text
