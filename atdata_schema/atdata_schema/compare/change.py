"""One thing in which two types differ, before anybody asks where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

__all__ = ["Category", "Change", "bounds_text", "one_way", "was_and_is"]

Category: TypeAlias = Literal["wire", "strict", "source"]
"""What a change spoils.

`wire`: samples of one type cannot be read as the other, or are read as other values. `strict`: they are read,
but may be what the other type forbids: it refuses to write them and to read them with `validate=True`, or to
read their record form. `source`: values are as they should be; code that names a field, a class or a constant
may have to change.
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between an old and a new type.

    Attributes:
        rule: the identifier of its kind, a key of `RULES`.
        text: what changed.
        new: what it spoils for new code that reads old data, `None` where that goes well.
        old: what it spoils for old code that reads new data, `None` where that goes well.
    """

    rule: str
    text: str
    new: Category | None = None
    old: Category | None = None


def one_way(
    rule: str, text: str, old: T, new: T, spoilt: Callable[[T, T], Category | None]
) -> Change:
    """A change judged by one question, asked in both directions.

    Args:
        rule: as in `Change`.
        text: as in `Change`.
        old: the old type.
        new: the new type.
        spoilt: what a reader of the second type meets in data of the first.
    """
    return Change(rule, text, new=spoilt(old, new), old=spoilt(new, old))


def was_and_is(name: str, old: object, new: object) -> str:
    """What became of one constraint; `None` stands for one that is not there.

    >>> was_and_is("maximum", 9, 5), was_and_is("maximum", None, 5), was_and_is("maximum", 9, None)
    ('maximum 9 is now 5', 'maximum 5 is new', 'maximum 9 is gone')
    """
    if old is None:
        return f"{name} {_shown(new)} is new"
    if new is None:
        return f"{name} {_shown(old)} is gone"
    return f"{name} {_shown(old)} is now {_shown(new)}"


def bounds_text(old: Any, new: Any, **names: str) -> str:
    """What became of several constraints: by attribute, the name that each has in a lexicon."""
    pairs = [(word, getattr(old, name), getattr(new, name)) for name, word in names.items()]
    return ", ".join(was_and_is(word, a, b) for word, a, b in pairs if a != b)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
