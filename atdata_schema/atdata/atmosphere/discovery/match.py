"""How the type of a dataset fits the one that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from atdata_schema.schema import Schema

__all__ = ["How", "Match"]

How: TypeAlias = Literal["", "exact", "compatible", "lens"]
"""How a dataset fits the type that was asked for: it has that type, the type's class reads it, or a lens leads from it."""


@dataclass(frozen=True, slots=True)
class Match:
    """How one type fits another.

    Attributes:
        how: in which way.
        lens: the AT-URI or the name of the lens.
        pinned: the CID of the record of a published lens.
        given: the lens itself, where it was not published.
        view: the type that was asked for.
    """

    how: How
    lens: str | None = None
    pinned: str | None = None
    given: Any = field(default=None, repr=False, compare=False)
    view: Schema | None = field(default=None, repr=False, compare=False)
