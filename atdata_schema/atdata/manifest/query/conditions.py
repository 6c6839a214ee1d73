"""Conditions: one small form, whether they were written as a text or with operators of Python.

A condition is true or false of each sample. It is data: it can be compared, hashed, printed and pickled.
The text that it prints as is read as an equal condition.

    >>> from atdata.manifest.query.spelling import Value
    >>> sure = Compare(("confidence",), ">", Value("float", 0.9))
    >>> print(sure & ~Among(("label",), (Value("text", "cat"),)))
    confidence > 0.9 and not label in ['cat']
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final, Literal, NoReturn, TypeAlias

from atdata.errors import QueryError
from atdata.manifest.query.spelling import Path, Value, spelt_path, spelt_text

__all__ = [
    "Among",
    "Both",
    "Compare",
    "Condition",
    "Either",
    "Has",
    "Leaf",
    "Matches",
    "Missing",
    "Negated",
    "NotANumber",
    "Operator",
    "both",
    "either",
    "leaves",
    "negated",
    "transformed",
]

Operator: TypeAlias = Literal["<", "<=", ">", ">=", "==", "!="]

DEEPEST: Final = 100
"""How far conditions stand inside each other."""


class Condition:
    """A condition on samples; `&`, `|` and `~` make others of it.

    No abstract class, though it is one: which condition something is, is asked all the time, and takes one of those
    five times as long.
    """

    __slots__ = ()
    depth: ClassVar[int] = 0

    def __str__(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<condition: {self}>"

    def __and__(self, other: object) -> Condition:
        return both(self, other) if isinstance(other, Condition) else NotImplemented

    def __or__(self, other: object) -> Condition:
        return either(self, other) if isinstance(other, Condition) else NotImplemented

    def __invert__(self) -> Condition:
        return negated(self)

    def __bool__(self) -> NoReturn:
        raise QueryError(
            "a condition is neither true nor false by itself: write & for and, | for or, ~ for not, each side in "
            "parentheses, and x.between(a, b) for a < x < b"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Leaf(Condition):
    """A condition on one field.

    Attributes:
        path: the field.
        at: where it stands in the text that it came from, first character and number of characters.
    """

    path: Path
    at: tuple[int, int] | None = field(default=None, compare=False, repr=False, kw_only=True)

    @property
    def name(self) -> str:
        """The field as it is written."""
        return spelt_path(self.path)


@dataclass(frozen=True, slots=True, repr=False)
class Compare(Leaf):
    """A field compared with a value; false where it has none."""

    operator: Operator
    value: Value

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.value}"


@dataclass(frozen=True, slots=True, repr=False)
class Among(Leaf):
    """A field that is one of some values, or none of them; false where it has no value."""

    values: tuple[Value, ...]
    without: bool = False

    def __str__(self) -> str:
        listed = ", ".join(map(str, self.values))
        return f"{self.name} {'not in' if self.without else 'in'} [{listed}]"


@dataclass(frozen=True, slots=True, repr=False)
class Has(Leaf):
    """A field of lists that has a value in it, or has not; false where there is no list."""

    value: Value
    without: bool = False

    def __str__(self) -> str:
        return f"{self.value} {'not in' if self.without else 'in'} {self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Matches(Leaf):
    """A text that begins or ends with another one, or contains it."""

    how: Literal["startswith", "endswith", "contains"]
    text: str

    def __str__(self) -> str:
        return f"{self.how}({self.name}, {spelt_text(self.text)})"


@dataclass(frozen=True, slots=True, repr=False)
class Missing(Leaf):
    """A field that has no value, or has one."""

    without: bool = False

    def __str__(self) -> str:
        return f"{self.name} is {'not ' if self.without else ''}null"


@dataclass(frozen=True, slots=True, repr=False)
class NotANumber(Leaf):
    """A float that is NaN, or is a number; false where there is none."""

    without: bool = False

    def __str__(self) -> str:
        return f"{self.name} is {'not ' if self.without else ''}nan"


@dataclass(frozen=True, slots=True, repr=False)
class _Compound(Condition):
    depth: int = field(init=False, compare=False, repr=False)  # type: ignore[misc]  # that of leaves is the class's

    def _measure(self, *parts: Condition) -> None:
        depth = 1 + max(part.depth for part in parts)
        if depth > DEEPEST:
            raise QueryError(
                f"the condition is more than {DEEPEST} levels deep: say it in a simpler way"
            )
        object.__setattr__(self, "depth", depth)


@dataclass(frozen=True, slots=True, repr=False)
class Both(_Compound):
    """Conditions that are all true; made by `both`."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        self._measure(*self.parts)

    def __str__(self) -> str:
        return " and ".join(f"({p})" if isinstance(p, Either) else str(p) for p in self.parts)


@dataclass(frozen=True, slots=True, repr=False)
class Either(_Compound):
    """Conditions of which one is true at least; made by `either`."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        self._measure(*self.parts)

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


@dataclass(frozen=True, slots=True, repr=False)
class Negated(_Compound):
    """A condition that is not true; made by `negated`."""

    part: Condition

    def __post_init__(self) -> None:
        self._measure(self.part)

    def __str__(self) -> str:
        return f"not {self.part}" if isinstance(self.part, Leaf) else f"not ({self.part})"


def both(*parts: Condition) -> Condition:
    """Conditions that are all true, as one."""
    flat = [
        inner for part in parts for inner in (part.parts if isinstance(part, Both) else (part,))
    ]
    return flat[0] if len(flat) == 1 else Both(tuple(flat))


def either(*parts: Condition) -> Condition:
    """Conditions of which one is true at least, as one."""
    flat = [
        inner for part in parts for inner in (part.parts if isinstance(part, Either) else (part,))
    ]
    return flat[0] if len(flat) == 1 else Either(tuple(flat))


def negated(part: Condition) -> Condition:
    """The condition that is true where another one is not."""
    return part.part if isinstance(part, Negated) else Negated(part)


def leaves(condition: Condition) -> Iterator[Leaf]:
    """The conditions on single fields that a condition is made of."""
    match condition:
        case Both() | Either():
            for part in condition.parts:
                yield from leaves(part)
        case Negated():
            yield from leaves(condition.part)
        case Leaf():
            yield condition


def transformed(condition: Condition, change: Callable[[Leaf], Condition]) -> Condition:
    """The condition with each of its leaves changed."""
    match condition:
        case Both() | Either():
            parts = tuple([transformed(part, change) for part in condition.parts])
            # Most stay as they are, and are not made again.
            same = all(map(operator.is_, parts, condition.parts))
            return condition if same else replace(condition, parts=parts)
        case Negated():
            part = transformed(condition.part, change)
            return condition if part is condition.part else replace(condition, part=part)
        case Leaf():
            return change(condition)
        case _:
            raise TypeError(type(condition).__name__)
