"""Kinds of arguments: each knows its spelling in the language and in a record, and reads both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Generic, TypeVar

from atdata_schema.lenses.limits import MAX_LIST, MAX_WORD
from atdata_schema.lenses.program.literals import Literal
from atdata_schema.lenses.program.numbers import number_text, parse_number
from atdata_schema.lenses.program.values import Symbol, Value, described

__all__ = ["Flag", "Int", "Ints", "Kind", "LiteralKind", "Number", "Numbers", "Text", "Word"]

T = TypeVar("T")


class Kind(ABC, Generic[T]):
    """One kind of argument. All four functions raise `ValueError` for what is not of this kind."""

    @abstractmethod
    def parse(self, value: Value) -> T:
        """The argument of its value in the language."""

    @abstractmethod
    def text(self, value: T) -> str:
        """The argument in the language."""

    @abstractmethod
    def record(self, value: T) -> Any:
        """The argument in a record."""

    @abstractmethod
    def of_record(self, obj: object) -> T:
        """The argument of a record."""


def given_number(value: Value) -> Fraction:
    """The rational of a literal."""
    number = value.value if isinstance(value, Literal) and value.kind != "boolean" else None
    if isinstance(number, Fraction | int):
        return Fraction(number)
    raise ValueError(f"a number is wanted, not {described(value)}")


def whole(value: object, low: int, high: int) -> int:
    """An integer within bounds."""
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"an integer from {low} to {high} is wanted, not {value!s:.40}")
    return value


def items(obj: object, most: int = MAX_LIST) -> Sequence[Any]:
    """The items of a list that is not too long."""
    if not isinstance(obj, list | tuple):
        raise ValueError(f"a list is wanted, not {obj!s:.60}")
    if len(obj) > most:
        raise ValueError(f"a list of {len(obj)} items; at most {most} are allowed")
    return obj


def plain(value: Value) -> object:
    """The Python value of an integer literal; anything else as it is."""
    return value.value if isinstance(value, Literal) and value.kind == "integer" else value


@dataclass(frozen=True, slots=True)
class Int(Kind[int]):
    """An integer within bounds."""

    low: int = 0
    high: int = 2**31 - 1

    def parse(self, value: Value) -> int:
        return whole(plain(value), self.low, self.high)

    def text(self, value: int) -> str:
        return str(value)

    def record(self, value: int) -> Any:
        return value

    def of_record(self, obj: object) -> int:
        return whole(obj, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Ints(Kind[tuple[int, ...]]):
    """A list of integers within bounds."""

    low: int = 0
    high: int = 2**31 - 1

    def parse(self, value: Value) -> tuple[int, ...]:
        return tuple(whole(plain(item), self.low, self.high) for item in items(value))

    def text(self, value: tuple[int, ...]) -> str:
        return f"[{', '.join(map(str, value))}]"

    def record(self, value: tuple[int, ...]) -> Any:
        return list(value)

    def of_record(self, obj: object) -> tuple[int, ...]:
        return tuple(whole(item, self.low, self.high) for item in items(obj))


class Number(Kind[Fraction]):
    """An exact number; a canonical text in a record."""

    def parse(self, value: Value) -> Fraction:
        number = given_number(value)
        number_text(number)  # refuses one that no record can hold
        return number

    def text(self, value: Fraction) -> str:
        return number_text(value)

    def record(self, value: Fraction) -> Any:
        return number_text(value)

    def of_record(self, obj: object) -> Fraction:
        if not isinstance(obj, str):
            raise ValueError(f"a number is a text such as '1/255', not {obj!s:.60}")
        number = parse_number(obj)
        if number_text(number) != obj:
            raise ValueError(f"{obj!r} is {number_text(number)!r} in canonical form")
        return number


_NUMBER: Final = Number()


class Numbers(Kind[tuple[Fraction, ...]]):
    """One number, or a list of them; always a list in a record."""

    def parse(self, value: Value) -> tuple[Fraction, ...]:
        if not isinstance(value, tuple):
            return (_NUMBER.parse(value),)
        if not value:
            raise ValueError("a list of numbers is empty")
        return tuple(_NUMBER.parse(item) for item in items(value))

    def text(self, value: tuple[Fraction, ...]) -> str:
        if len(value) == 1:
            return number_text(value[0])
        return f"[{', '.join(map(number_text, value))}]"

    def record(self, value: tuple[Fraction, ...]) -> Any:
        return [number_text(number) for number in value]

    def of_record(self, obj: object) -> tuple[Fraction, ...]:
        if not items(obj):
            raise ValueError("a list of numbers is empty")
        return tuple(_NUMBER.of_record(item) for item in items(obj))


@dataclass(frozen=True, slots=True)
class Text(Kind[str]):
    """A text that is not too long, and not empty where that would mean nothing."""

    empty: bool = True

    def parse(self, value: Value) -> str:
        if isinstance(value, Literal) and value.kind == "text":
            return self.of_record(value.value)
        raise ValueError(f"a text in double quotes is wanted, not {described(value)}")

    def text(self, value: str) -> str:
        return str(Literal("text", value))

    def record(self, value: str) -> Any:
        return value

    def of_record(self, obj: object) -> str:
        if not isinstance(obj, str):
            raise ValueError(f"a text is wanted, not {obj!s:.60}")
        if len(obj) > MAX_WORD:
            raise ValueError(f"a text of {len(obj)} characters; at most {MAX_WORD} are allowed")
        if not obj and not self.empty:
            raise ValueError("a text that is not empty is wanted")
        return obj


@dataclass(frozen=True, slots=True)
class Word(Kind[str]):
    """One of some words."""

    words: tuple[str, ...]

    def parse(self, value: Value) -> str:
        return self.of_record(value.name if isinstance(value, Symbol) else described(value))

    def text(self, value: str) -> str:
        return value

    def record(self, value: str) -> Any:
        return value

    def of_record(self, obj: object) -> str:
        if obj not in self.words or not isinstance(obj, str):
            raise ValueError(f"{obj!s:.60} is none of {', '.join(self.words)}")
        return obj


@dataclass(frozen=True, slots=True)
class Flag(Kind[bool]):
    """A word that is there or not: `lossy`; also `lossy=true`."""

    word: str

    def parse(self, value: Value) -> bool:
        if value == Symbol(self.word):
            return True
        if isinstance(value, Literal) and isinstance(value.value, bool):
            return value.value
        raise ValueError(f"{self.word} is true or false, not {described(value)}")

    def text(self, value: bool) -> str:
        return "true" if value else "false"

    def record(self, value: bool) -> Any:
        return value

    def of_record(self, obj: object) -> bool:
        if not isinstance(obj, bool):
            raise ValueError(f"{self.word} is true or false, not {obj!s:.60}")
        return obj


class LiteralKind(Kind[Literal]):
    """Any literal."""

    def parse(self, value: Value) -> Literal:
        if not isinstance(value, Literal):
            raise ValueError(f"a literal is wanted, not {described(value)}")
        return value

    def text(self, value: Literal) -> str:
        return str(value)

    def record(self, value: Literal) -> Any:
        return value.to_record()

    def of_record(self, obj: object) -> Literal:
        return Literal.from_record(obj)
