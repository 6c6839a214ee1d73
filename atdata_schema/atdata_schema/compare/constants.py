"""Constants and defaults, of whatever kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from atdata_schema.compare.change import Category, Change, one_way, was_and_is

__all__ = ["constant_changes", "strict"]


class _Constant(Protocol):
    @property
    def const(self) -> object: ...

    @property
    def default(self) -> object: ...


T = TypeVar("T", bound=_Constant)


def strict(spoilt: bool) -> Category | None:
    """The category of a constraint that is checked on writing alone."""
    return "strict" if spoilt else None


def constant_changes(old: T, new: T, leaves: Callable[[T, T], bool]) -> Iterator[Change]:
    """What differs in the constants and defaults of two types.

    Args:
        old: the old type.
        new: the new type.
        leaves: whether the first type has a value that is not the constant of the second, which has one.
    """
    if old.const != new.const:

        def spoilt(writer: T, reader: T) -> Category | None:
            return strict(reader.const is not None and leaves(writer, reader))

        text = was_and_is("const", old.const, new.const)
        yield one_way("const-changed", text, old, new, spoilt)
    if old.default != new.default:
        yield Change("default-changed", was_and_is("default", old.default, new.default))
