"""The JSON form of what is kept. Reading it back checks every type: what is not of this form is a `ValueError`."""

from __future__ import annotations

from operator import attrgetter
from typing import TypeVar, cast

from atdata_codegen.diagnostics import Diagnostic

__all__ = [
    "diagnostic_of",
    "diagnostic_row",
    "list_of",
    "mapping_of",
    "text_of",
]

_Value = TypeVar("_Value")

_SEVERITIES = ("error", "warning", "note")
_OPTIONAL = (str, type(None))
_SHAPES = frozenset(
    (str, str, str, hint, int, int, int, int, excerpt, int, int, list)
    for hint in _OPTIONAL
    for excerpt in _OPTIONAL
)


diagnostic_row = attrgetter(
    *("rule", "severity", "message", "hint", "line", "column", "end_line", "end_column"),
    *("excerpt", "caret", "width", "notes"),
)
"""A diagnostic without its path."""


def diagnostic_of(path: str, row: list[object]) -> Diagnostic:
    """The diagnostic of a row.

    Args:
        path: its file.
        row: as `diagnostic_row` makes it.
    """
    if tuple(map(type, row)) not in _SHAPES or row[1] not in _SEVERITIES:
        raise ValueError("no diagnostic")
    # The shapes above say what each of them is.
    rule, severity, message, hint, line, column, end_line, end_column, excerpt, caret, width, _ = (
        cast("list[str]", row)
    )
    return Diagnostic(
        path=path,
        severity=severity,  # type: ignore[arg-type]  # held against the three above
        rule=rule,
        message=message,
        hint=hint,
        line=cast("int", line),
        column=cast("int", column),
        end_line=cast("int", end_line),
        end_column=cast("int", end_column),
        excerpt=excerpt,
        caret=cast("int", caret),
        width=cast("int", width),
        notes=tuple(list_of(row[-1], str)),
    )


def list_of(value: object, kind: type[_Value]) -> list[_Value]:
    """A list whose items are of one type."""
    if not isinstance(value, list):
        raise ValueError("no list")
    items = cast("list[object]", value)
    if kind is not object and not {*map(type, items)} <= {kind}:
        raise ValueError(f"no list of {kind.__name__}")
    return cast("list[_Value]", items)


def mapping_of(value: object, kind: type[_Value]) -> dict[str, _Value]:
    """An object whose values are of one type."""
    if not isinstance(value, dict):
        raise ValueError("no object")
    items = cast("dict[str, object]", value)
    if kind is not object and not {*map(type, items.values())} <= {kind}:
        raise ValueError(f"no object of {kind.__name__}")
    return cast("dict[str, _Value]", items)


def text_of(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value
