"""`[tool.atdata-gen.breaking]`: against what lexicons are held, what counts, and what is let pass."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

__all__ = ["CATEGORIES", "DIRECTIONS", "Breaking", "breaking_mistake", "breaking_of"]

CATEGORIES: Final = ("wire", "strict", "source")
"""What a change may spoil: reading, the rules of publication, code that uses the compiled package."""

DIRECTIONS: Final = ("new-reads-old", "old-reads-new")
"""Who reads whose data."""

_KEYS: Final = ("against", "categories", "directions", "ignore", "ignore-unstable")
_SHAPE: Final = '"range-changed org.example.photo#main.age" = "nobody was that old"'


@dataclass(frozen=True, slots=True)
class Breaking:
    """What of a change counts.

    Attributes:
        against: what lexicons are held against, where the command line does not say.
        categories: those of `CATEGORIES` that count.
        directions: those of `DIRECTIONS` that count.
        ignore: from `RULE`, or `RULE PLACE`, to the reason why it is let pass.
        ignore_unstable: whether lexicons whose NSID says that they may change are let pass.
    """

    against: str | None = None
    categories: tuple[str, ...] = CATEGORIES
    directions: tuple[str, ...] = DIRECTIONS
    ignore: Mapping[str, str] = field(default_factory=dict[str, str])
    ignore_unstable: bool = False


def breaking_of(value: object) -> Breaking:
    """The settings of a table without mistakes; `None` is an empty one."""
    table = cast("dict[str, object]", value or {})
    categories = cast("list[str]", table.get("categories", CATEGORIES))
    directions = cast("list[str]", table.get("directions", DIRECTIONS))
    return Breaking(
        cast("str | None", table.get("against")),
        tuple(categories),
        tuple(directions),
        cast("dict[str, str]", table.get("ignore", {})),
        bool(table.get("ignore-unstable", False)),
    )


def breaking_mistake(value: object) -> tuple[str, str | None] | None:
    """What is wrong with the table, and the remedy; `None` where nothing is.

    >>> breaking_mistake({"categories": ["wires"]})
    ("'wires' is no category of `breaking`", 'known are wire, strict, source')
    """
    if not isinstance(value, dict):
        return "`breaking` is a table", 'breaking = { against = "git:main" }'
    table = cast("dict[str, object]", value)
    for key, item in table.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_KEYS)}"
            return f"unknown key {key!r} of `breaking`", hint
        wrong = _value_mistake(key, item)
        if wrong is not None:
            return wrong
    return None


def _value_mistake(key: str, value: object) -> tuple[str, str | None] | None:
    match key:
        case "against":
            example = 'against = "git:main"'
            return None if isinstance(value, str) else ("`against` is a text", example)
        case "ignore-unstable":
            flag = isinstance(value, bool)
            return None if flag else ("`ignore-unstable` is true or false", None)
        case "categories":
            return _choice_mistake(value, CATEGORIES, "category", key)
        case "directions":
            return _choice_mistake(value, DIRECTIONS, "direction", key)
        case _:
            return _ignore_mistake(value)


def _choice_mistake(
    value: object, known: tuple[str, ...], one: str, many: str
) -> tuple[str, str | None] | None:
    hint = f"known are {', '.join(known)}"
    if not isinstance(value, list) or not value:
        return f"`{many}` of `breaking` is a list of at least one", hint
    wrong = [item for item in cast("list[object]", value) if item not in known]
    return (f"{wrong[0]!r} is no {one} of `breaking`", hint) if wrong else None


def _ignore_mistake(value: object) -> tuple[str, str | None] | None:
    if not isinstance(value, dict):
        return "`ignore` of `breaking` is a table from a change to the reason", _SHAPE
    for key, reason in cast("dict[str, object]", value).items():
        if not isinstance(reason, str) or not reason.strip():
            return f"ignoring {key!r} needs a reason", _SHAPE
        if len(key.split()) not in (1, 2):
            return f"{key!r} is neither a rule nor a rule and a place", _SHAPE
    return None
