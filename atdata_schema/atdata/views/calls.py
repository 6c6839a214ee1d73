"""Calling functions of the user, so that what goes wrong in them says at which sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["call", "name_of"]


def call(
    verb: str,
    fn: Callable[[Any], Any],
    key: str,
    sample: Any,
    then: Callable[[Any], Any] | None = None,
) -> Any:
    """What a function makes of a sample, and `then` of that; exceptions get a note with the sample's key."""
    try:
        made = fn(sample)
        return made if then is None else then(made)
    except Exception as error:
        error.add_note(f"in {verb}({name_of(fn)}), at the sample with the key {key!r}")
        raise


def name_of(fn: object) -> str:
    """What to call a function in a message."""
    return str(getattr(fn, "__qualname__", None) or type(fn).__name__).rpartition(".")[2]
