"""Where the code is that called ours: what a warning should point at."""

from __future__ import annotations

import sys
from typing import Final

__all__ = ["outside"]

_OURS: Final = ("atdata.", "functools")


def outside() -> int:
    """How many calls above the caller's the first one is that is not ours, as `warnings.warn` counts."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith(_OURS):
        level, frame = level + 1, frame.f_back
    return level
