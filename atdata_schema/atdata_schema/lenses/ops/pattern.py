"""Patterns of axes, as `rearrange` has them: `h w c -> c h w`, `h w c -> (h w) c`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from atdata_schema.lenses.limits import MAX_RANK
from atdata_schema.lenses.program.argument_kinds import Kind, items, whole
from atdata_schema.lenses.program.values import Value

__all__ = ["Group", "NamedSizes", "Pattern", "PatternKind"]

Group: TypeAlias = tuple[str, ...]
"""The names that one axis is made of; none for an axis of size 1."""

_TOKEN: Final = re.compile(r"\s*(->|[()]|1\b|[A-Za-z_][A-Za-z0-9_]*)")
_MAX_NAMES: Final = 16
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Pattern:
    """The axes before and after.

    >>> print(Pattern.of_text("h  w c->(h w) c"))
    h w c -> (h w) c
    """

    left: tuple[Group, ...]
    right: tuple[Group, ...]

    @classmethod
    def of_text(cls, text: str) -> Pattern:
        """The pattern that a text spells.

        Raises:
            ValueError: it spells none.
        """
        sides: list[list[Group]] = [[]]
        group: list[str] | None = None
        at = 0
        while (found := _TOKEN.match(text, at)) is not None:
            at, token = found.end(), found[1]
            if token == "->" and group is None:
                sides.append([])
            elif token == "(" and group is None:
                group = []
            elif token == ")" and group is not None:
                sides[-1].append(tuple(group))
                group = None
            elif token not in ("->", "(", ")", "1"):
                if group is None:
                    sides[-1].append((token,))
                else:
                    group.append(token)
            elif token == "1" and group is None:
                sides[-1].append(())
            else:
                break
        if text[at:].strip() or group is not None or len(sides) != 2:
            raise ValueError(f"{text!r:.80} is no pattern of axes such as h w c -> c h w")
        pattern = cls(tuple(sides[0]), tuple(sides[1]))
        pattern.check()
        return pattern

    def check(self) -> None:
        """Hold both sides against each other.

        Raises:
            ValueError: too many axes, a name twice on a side, or on one side alone.
        """
        sides = (self.left, self.right)
        for side in sides:
            if len(side) > MAX_RANK or sum(map(len, side)) > _MAX_NAMES:
                raise ValueError(f"more than {MAX_RANK} axes, or {_MAX_NAMES} names, on a side")
            names = _names(side)
            twice = [name for name in names if names.count(name) > 1]
            if twice:
                raise ValueError(f"{twice[0]} stands twice on one side")
        lost = set(_names(self.left)) ^ set(_names(self.right))
        if lost:
            name = min(lost)
            where = "left" if name in _names(self.left) else "right"
            raise ValueError(f"{name} stands on the {where} only; every name is on both sides")

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order of the left side."""
        return tuple(_names(self.left))

    def renamed(self) -> tuple[Pattern, dict[str, str]]:
        """The same with the names `a`, `b`, ... in the order of the left side, and the new name of each."""
        new = dict(zip(self.names, _LETTERS, strict=False))

        def side(groups: tuple[Group, ...]) -> tuple[Group, ...]:
            return tuple(tuple(new[name] for name in group) for group in groups)

        return Pattern(side(self.left), side(self.right)), new

    def __str__(self) -> str:
        return f"{_text(self.left)} -> {_text(self.right)}".strip()


def _names(side: Iterable[Group]) -> list[str]:
    return [name for group in side for name in group]


def _text(side: Iterable[Group]) -> str:
    return " ".join(
        "1" if not group else group[0] if len(group) == 1 else f"({' '.join(group)})"
        for group in side
    )


class PatternKind(Kind[Pattern]):
    """A pattern; a text in a record."""

    def parse(self, value: Value) -> Pattern:
        raise ValueError("a pattern stands in square brackets")

    def text(self, value: Pattern) -> str:
        return str(value)

    def record(self, value: Pattern) -> Any:
        return str(value)

    def of_record(self, obj: object) -> Pattern:
        if not isinstance(obj, str) or len(obj) > 400:
            raise ValueError("a pattern is a text such as h w c -> c h w")
        pattern = Pattern.of_text(obj)
        if str(pattern) != obj:
            raise ValueError(f"{obj!r} is {str(pattern)!r} in canonical form")
        return pattern


class NamedSizes(Kind[tuple[tuple[str, int], ...]]):
    """The sizes of some names of a pattern; a list of objects in a record."""

    def parse(self, value: Value) -> tuple[tuple[str, int], ...]:
        raise ValueError("sizes are given by name")

    def text(self, value: tuple[tuple[str, int], ...]) -> str:
        return ", ".join(f"{name}={size}" for name, size in value)

    def record(self, value: tuple[tuple[str, int], ...]) -> Any:
        return [{"name": name, "size": size} for name, size in value]

    def of_record(self, obj: object) -> tuple[tuple[str, int], ...]:
        return tuple(map(_named_size, items(obj, _MAX_NAMES)))


def _named_size(obj: object) -> tuple[str, int]:
    if not isinstance(obj, Mapping) or set(obj) != {"name", "size"}:
        raise ValueError("a size is an object of name and size")
    name = obj["name"]
    if not isinstance(name, str) or not name.isidentifier() or len(name) > 64:
        raise ValueError("the name of an axis is an identifier")
    return name, whole(obj["size"], 1, 2**31 - 1)
