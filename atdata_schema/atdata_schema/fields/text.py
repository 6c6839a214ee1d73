"""Texts, and closed choices of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar, cast

from atdata_schema import syntax
from atdata_schema.errors import DecodeError, InvalidSyntax, ValidationError
from atdata_schema.fields.field import Field, Json, given
from atdata_schema.model import TextType
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

__all__ = ["Choice", "Text", "count_graphemes"]

L = TypeVar("L", bound=str)
_LENGTHS: Final = ("min_length", "max_length", "min_graphemes", "max_graphemes")


@lru_cache(maxsize=1)
def _graphemes() -> Callable[[str], list[str]]:
    """The splitter of extended grapheme clusters; `regex` is loaded when first needed."""
    import regex

    return cast("Callable[[str], list[str]]", regex.compile(r"\X").findall)


def count_graphemes(text: str) -> int:
    r"""The number of extended grapheme clusters (UAX #29).

    >>> count_graphemes("e\u0301")
    1
    """
    return len(text) if text.isascii() and "\r\n" not in text else len(_graphemes()(text))


@dataclass(frozen=True, slots=True)
class Text(Field[str]):
    """A text; lengths in UTF-8 bytes and in graphemes.

    >>> Text(max_length=3).pack("été", [])
    Traceback (most recent call last):
    atdata_schema.errors.ValidationError: expected string(maxLength 3), got 5 bytes: str 'été'
    """

    format: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_graphemes: int | None = None
    max_graphemes: int | None = None
    const: str | None = None

    def __str__(self) -> str:
        lengths = {name: getattr(self, name) for name in _LENGTHS}
        return str(TextType(format=self.format, const=self.const, **lengths))

    def pack(self, value: str, out: list[Buffer]) -> None:
        out.append(rows.text(self._checked(value)))

    def unpack(self, value: object) -> str:
        if not isinstance(value, str):
            raise DecodeError(f"expected {self}, got {given(value)}")
        return value

    def to_record(self, value: str) -> Json:
        return self._checked(value)

    def from_record(self, value: Any) -> str:
        return self.unpack(value)

    def _checked(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValidationError(f"expected {self}, got {given(value)}")
        if type(value) is not str:
            value = str.__str__(value)  # of numpy, or the member of an enumeration
        size = _bytes_of(value)
        if self.min_length is not None or self.max_length is not None:
            self._count("bytes", size, self.min_length, self.max_length, value)
        if self.min_graphemes is not None or self.max_graphemes is not None:
            self._count(
                "graphemes", count_graphemes(value), self.min_graphemes, self.max_graphemes, value
            )
        if self.const is not None and value != self.const:
            raise ValidationError(f"expected {self}, got {given(value)}")
        if self.format is not None:
            try:
                syntax.check(cast("Any", self.format), value)
            except InvalidSyntax as error:
                raise ValidationError(str(error)) from None
        return value

    def _count(self, unit: str, size: int, low: int | None, high: int | None, value: str) -> None:
        if (low is not None and size < low) or (high is not None and size > high):
            raise ValidationError(f"expected {self}, got {size} {unit}: {given(value)}")


@dataclass(frozen=True)
class Choice(Field[L], Generic[L]):
    """One of a closed set of texts.

    >>> Choice(("cat", "dog")).pack("cow", [])
    Traceback (most recent call last):
    atdata_schema.errors.ValidationError: expected string(enum [cat, dog]), got str 'cow'
    """

    values: tuple[str, ...]
    text: Text = Text()

    def __str__(self) -> str:
        lengths = {name: getattr(self.text, name) for name in _LENGTHS}
        return str(TextType(format=self.text.format, enum=self.values, **lengths))

    def pack(self, value: L, out: list[Buffer]) -> None:
        out.append(rows.text(self._checked(value)))

    def unpack(self, value: object) -> L:
        if value not in self.values:
            raise DecodeError(f"expected {self}, got {given(value)}")
        return cast("L", value)

    def to_record(self, value: L) -> Json:
        return self._checked(value)

    def from_record(self, value: Any) -> L:
        return self.unpack(value)

    def _checked(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.values:
            raise ValidationError(f"expected {self}, got {given(value)}")
        return self.text._checked(value)


def _bytes_of(text: str) -> int:
    try:
        return len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        raise ValidationError("a text with a lone surrogate, which UTF-8 cannot hold") from None
