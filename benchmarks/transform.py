"""A change to a sample that costs a millisecond of a core, in Python: what a decoder or an augmentation costs."""

from __future__ import annotations

import time
from typing import Any, Final

__all__ = ["MILLISECOND", "burn", "transformed"]

MILLISECOND: Final = (
    1_000_000  # of the thread's own time, so that a core that is shared is not counted
)


def burn(nanoseconds: int = MILLISECOND) -> None:
    """Keep the interpreter busy for so long."""
    end = time.thread_time_ns() + nanoseconds
    while time.thread_time_ns() < end:
        pass


def transformed(sample: Any) -> Any:
    """The sample as it is, a millisecond later."""
    burn()
    return sample
