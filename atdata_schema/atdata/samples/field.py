"""What `Annotated` says about a field of a `@packable` class: every constraint that a lexicon can state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from types import EllipsisType

__all__ = ["FieldOptions", "field"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOptions:
    """Constraints and remarks on a field, given inside `Annotated`; also spelt `atdata.field`.

    Each option applies to some kinds of field, and an option that a field cannot have is an error at the
    decorator. They narrow what stands beside them: in `Annotated[list[str], field(max_length=3)]` the list,
    in `list[Annotated[str, field(max_length=3)]]` each text.

    Attributes:
        description: what the field means, for people.
        min_length: at least so many UTF-8 bytes of a text, bytes, or items of a list.
        max_length: at most so many.
        min_graphemes: at least so many characters as people count them (UAX #29).
        max_graphemes: at most so many.
        format: a string format of the Lexicon language: `datetime`, `uri`, `did`, ...
        minimum: the smallest integer allowed.
        maximum: the largest integer allowed.
        enum: the only values allowed, texts or integers.
        known_values: values that readers know, of a text that may have others.
        const: the one value allowed.
        default: what a record reader takes where the field is absent; Python's own default stands in the class.
        classes: the names of the integers 0, 1, 2, ...
        dtype: the element type of an array: `float32`, or `*` for any.
        shape: the dimensions of an array, as `Shape` takes them.
        finite: neither NaN nor an infinity in a float or an array of floats.
        accept: MIME types of an image, an audio file or a blob: `image/png`, `image/*`.
        max_size: at most so many bytes of a blob.
        closed: whether a union takes no other types than those it names.
        aliases: names that the field had before, under which old data is read.

    >>> from typing import Annotated
    >>> Annotated[str, field(max_length=64)].__metadata__
    (field(max_length=64),)
    """

    description: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_graphemes: int | None = None
    max_graphemes: int | None = None
    format: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    enum: Sequence[str] | Sequence[int] | None = None
    known_values: Sequence[str] | None = None
    const: str | int | bool | None = None
    default: str | int | bool | None = None
    classes: Sequence[str] | None = None
    dtype: str | None = None
    shape: Sequence[int | str | EllipsisType] | None = None
    finite: bool | None = None
    accept: Sequence[str] | None = None
    max_size: int | None = None
    closed: bool | None = None
    aliases: Sequence[str] | None = None

    def __post_init__(self) -> None:
        """Lists become tuples: what stands in an annotation must be hashable, for `... | None`."""
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, list):
                object.__setattr__(self, item.name, tuple(value))

    def given(self) -> dict[str, object]:
        """The options that were given, by name."""
        named = ((item.name, getattr(self, item.name)) for item in fields(self))
        return {name: value for name, value in named if value is not None}

    def __repr__(self) -> str:
        return f"field({', '.join(f'{name}={value!r}' for name, value in self.given().items())})"


field = FieldOptions
"""`Annotated[str, atdata.field(max_length=64)]`: see `FieldOptions`."""
