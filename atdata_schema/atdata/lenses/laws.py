"""What a put that was written in Python is held against: the view that was put is the view that is seen then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from atdata_schema.errors import GetError, PutError
from atdata_schema.lenses.steps.equality import attribute_of, different, is_object, names_of, same
from atdata_schema.lenses.steps.step import shown as text_of

__all__ = ["EXACT", "Slack", "check_seen", "seen_already"]


@dataclass(frozen=True, slots=True)
class Slack:
    """How far floats of the view may be off after a put.

    Attributes:
        relative: as a part of the value.
        absolute: at least.
    """

    relative: float = 0.0
    absolute: float = 0.0


EXACT: Final = Slack()


def seen_already(view: Any, source: Any, get: Callable[[Any], Any]) -> bool:
    """Whether a view is what is seen of a sample as it is."""
    try:
        return same(get(source), view)
    except GetError:
        return False  # it has no view yet


def check_seen(name: str, wanted: Any, seen: Any, slack: Slack) -> None:
    """Refuse a put after which another view is seen than the one that was put.

    Args:
        name: of the lens.
        wanted: the view that was put.
        seen: the view of what the putter made.
        slack: how far floats may be off.

    Raises:
        PutError: a field differs; it names the field, the value, and what is seen.
    """
    for field in wanted.FIELDS.names:
        given, found = attribute_of(wanted, field), attribute_of(seen, field)
        at = _difference(given, found, slack)
        if at is None:
            continue
        path, given, found = at
        raise PutError(
            f"{name} cannot put it: what is seen afterwards is {text_of(found)} (given {text_of(given)})",
            (field, *path),
            given,
        )


def _difference(a: Any, b: Any, slack: Slack) -> tuple[tuple[str | int, ...], Any, Any] | None:
    """Where two values differ first, and both values there."""
    if same(a, b):
        return None
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return _in_arrays(a, b, slack)
    if isinstance(a, float) and isinstance(b, float) and _near(a, b, slack):
        return None
    inner: list[tuple[str | int, Any, Any]] = []
    if is_object(a) and is_object(b):
        names = dict.fromkeys([*names_of(a), *names_of(b)])
        inner = [(name, attribute_of(a, name), attribute_of(b, name)) for name in names]
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        inner = [(index, *pair) for index, pair in enumerate(zip(a, b, strict=True))]
    if not inner:
        return (), a, b
    found = ((step, _difference(mine, theirs, slack)) for step, mine, theirs in inner)
    for step, at in found:
        if at is not None:
            return (step, *at[0]), at[1], at[2]
    return None


def _in_arrays(
    a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], slack: Slack
) -> tuple[tuple[str | int, ...], Any, Any] | None:
    if a.dtype != b.dtype or a.shape != b.shape:
        return (), a, b
    off = different(a, b)
    if a.dtype.kind == "f" and slack != EXACT:
        off &= ~np.isclose(b, a, rtol=slack.relative, atol=slack.absolute, equal_nan=True)
    if not off.any():
        return None
    first = tuple(int(index) for index in np.argwhere(off)[0])
    return first, a[first], b[first]


def _near(a: float, b: float, slack: Slack) -> bool:
    return abs(a - b) <= slack.absolute + slack.relative * abs(a)
