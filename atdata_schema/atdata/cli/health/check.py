"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Check", "State"]

State: TypeAlias = Literal["ok", "warn", "fail"]
"""`warn` is something that may become a trouble; with `fail`, something does not work now."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what it is.
        state: how it is.
        found: what was found, for people.
        remedy: what to do, where it is not well.
    """

    name: str
    state: State
    found: str
    remedy: str = ""
