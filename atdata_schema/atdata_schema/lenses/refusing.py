"""Refusals as the errors that users see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from atdata_schema.errors import GetError, PutError
from atdata_schema.lenses.steps.refusals import Misplaced
from atdata_schema.lenses.steps.step import shown

__all__ = ["refused"]

E = TypeVar("E", GetError, PutError)


def refused(kind: type[E], error: Misplaced, keys: Sequence[str] | None = None) -> E:
    """The error that users see: the field, the value and why; of a batch, the key of the row as well."""
    cause, reason = error.cause, error.cause.reason
    text = shown(cause.value)
    if cause.value is not None and text not in reason:
        reason = f"{reason} (given {text})"
    if keys is not None and cause.row is not None:
        reason = f"{reason} (key {keys[cause.row]!r})"
    return kind(reason, error.path, cause.value, cause.row)
