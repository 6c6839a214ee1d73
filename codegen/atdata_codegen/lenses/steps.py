"""One operator as code: an expression of numpy where that says all, and a kernel function where it does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Expression", "StepCode"]

Expression: TypeAlias = Callable[[Sequence[str]], str]
"""From the names of values to an expression of them."""


@dataclass(frozen=True, slots=True)
class StepCode:
    """An operator as code.

    Attributes:
        word: what a local variable that holds its result is called.
        there: the expression of its view; without one it is the kernel's.
        back: the expression of the way back, where that needs no source; without one it is the kernel's.
        sizes: on the way back, the sizes that the last axes of the view are held against first.
        kernel: the expression that makes its kernel function; `None` where both ways are expressions.
        total: whether nothing is refused on the way there.
    """

    word: str
    there: Expression | None = None
    back: Expression | None = None
    sizes: tuple[int | None, ...] = ()
    kernel: str | None = None
    total: bool = False
