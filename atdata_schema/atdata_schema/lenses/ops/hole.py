"""`???`: a place where somebody has still to say what is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from atdata_schema.lenses.program.op import Op

__all__ = ["Hole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole(Op):
    """`???`: what `derive` writes where it cannot know. It is refused until it is filled."""

    NAME: ClassVar[str] = "???"
