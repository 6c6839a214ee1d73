"""A condition held against the fields that it names, before anything is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from atdata.errors import QueryError
from atdata.manifest.query.conditions import (
    Among,
    Compare,
    Condition,
    Has,
    Leaf,
    Matches,
    Missing,
    NotANumber,
    transformed,
)
from atdata.manifest.query.faults import fault
from atdata.manifest.query.kinds import FieldKind, Kind, NoSuchField, kind_of
from atdata.manifest.query.spelling import Value, spelt_path
from atdata_schema.errors import DecodeError
from atdata_schema.fields.instants import parse_instant
from atdata_schema.model import Model

__all__ = ["checked", "checked_leaf", "instant_of"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WORDS: Final = {
    "integer": "a number",
    "float": "a number",
    "boolean": "a boolean",
    "text": "a text",
    "instant": "a datetime",
}
_TAKES: Final[dict[Kind, tuple[str, ...]]] = {
    "integer": ("integer", "float"),
    "float64": ("integer", "float"),
    "float32": ("integer", "float"),
    "boolean": ("boolean",),
    "text": ("text",),
    "datetime": ("text", "instant"),
}
_EXAMPLES: Final[dict[Kind, str]] = {
    "integer": "a number",
    "float64": "a number",
    "float32": "a number",
    "boolean": "true or false",
    "text": "a text in quotes",
    "datetime": "a datetime in quotes, such as '2026-01-31T12:00:00Z'",
}


def checked(condition: Condition, model: Model | None, text: str | None = None) -> Condition:
    """The condition, if it can be asked of samples of a type; texts that stand for datetimes become instants.

    Args:
        condition: what is asked.
        model: the sample type; without one nothing is known before samples are read.
        text: what the condition was read from.

    Raises:
        QueryError: a field that is not there, or a comparison with what the field never is; the message shows
            the place.
    """
    if model is None:
        return condition

    def check(leaf: Leaf) -> Condition:
        try:
            _, kind = kind_of(model, leaf.path)
            return checked_leaf(leaf, kind)
        except QueryError as error:
            # Told anew with the place, unless there is none.
            if text is None or leaf.at is None or "\n" in str(error):
                raise
            placed = fault(str(error), text, *leaf.at)
            raise (NoSuchField(str(placed)) if isinstance(error, NoSuchField) else placed) from None

    return transformed(condition, check)


def instant_of(text: str) -> int:
    """The microseconds since 1970 of a datetime, or of the midnight (UTC) that a date begins with.

    Raises:
        DecodeError: the text is neither.

    >>> instant_of("1970-01-02"), instant_of("1970-01-01T01:00:00.5+01:00")
    (86400000000, 500000)
    """
    whole = f"{text}T00:00:00Z" if len(text) == 10 and "T" not in text else text
    return (parse_instant(whole) - _EPOCH) // timedelta(microseconds=1)


def checked_leaf(leaf: Leaf, kind: FieldKind) -> Condition:
    """A condition on one field, if it can be asked of what the field is.

    Raises:
        QueryError: it cannot.
    """
    if isinstance(leaf, Missing):
        return leaf
    if isinstance(leaf, Has):
        if kind.kind != "list" or kind.items is None:
            raise _is(leaf, kind, "`in` finds a value in a field of lists")
        return replace(leaf, value=_value(leaf, leaf.value, kind.items, f"{leaf.name} holds"))
    if kind.kind == "list":
        raise _is(leaf, kind, f"ask for a value in it: 'a' in {leaf.name}")
    if kind.kind == "object":
        raise _is(leaf, kind, f"ask for a field inside: {leaf.name}.name")
    if kind.kind == "other":
        raise _is(
            leaf, kind, f"only `{leaf.name} is null` can be asked of it; else there is ds.filter"
        )
    return _CHECKS[type(leaf)](leaf, kind)


def _compare(leaf: Compare, kind: FieldKind) -> Condition:
    if kind.kind == "boolean" and leaf.operator not in ("==", "!="):
        raise _is(leaf, kind, "it has no order: compare it with == or !=")
    value = _value(leaf, leaf.value, kind.kind)
    return leaf if value is leaf.value else replace(leaf, value=value)


def _among(leaf: Among, kind: FieldKind) -> Condition:
    values = tuple(_value(leaf, value, kind.kind) for value in leaf.values)
    return replace(leaf, values=values)


def _matches(leaf: Matches, kind: FieldKind) -> Condition:
    if kind.kind != "text":
        raise _is(leaf, kind, f"{leaf.how} looks into a text")
    return leaf


def _nan(leaf: NotANumber, kind: FieldKind) -> Condition:
    if kind.kind not in ("float64", "float32"):
        raise _is(leaf, kind, "only a float can be NaN")
    return leaf


_CHECKS: Final[dict[type[Leaf], Callable[..., Condition]]] = {
    Compare: _compare,
    Among: _among,
    Matches: _matches,
    NotANumber: _nan,
}


def _value(leaf: Leaf, value: Value, kind: Kind, subject: str | None = None) -> Value:
    """The value as one that the field has."""
    if value.kind not in _TAKES[kind]:
        said = subject or f"{leaf.name} is"
        raise QueryError(
            f"{said} {kind}, and {_shown(value)} is {_WORDS[value.kind]}: compare it with {_EXAMPLES[kind]}"
        )
    if kind != "datetime" or value.kind == "instant":
        return value
    try:
        return Value("instant", instant_of(value.value))
    except DecodeError as error:
        raise QueryError(f"{spelt_path(leaf.path)} is a datetime: {error}") from None


def _shown(value: Value) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is(leaf: Leaf, kind: FieldKind, remedy: str) -> QueryError:
    return QueryError(f"{leaf.name} is {kind.notation}: {remedy}")
