"""How large a lens may be, and how much more than its input a lens may make.

All of them are held before any data is touched, so a lens from a stranger costs what one of these allows.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "MAX_CLAUSES",
    "MAX_CONSTANT",
    "MAX_DIGITS",
    "MAX_FINDINGS",
    "MAX_GROWTH",
    "MAX_HOPS",
    "MAX_LIST",
    "MAX_NESTING",
    "MAX_OPERATORS",
    "MAX_PAD",
    "MAX_PAIRS",
    "MAX_PATH",
    "MAX_RANK",
    "MAX_TEXT",
    "MAX_WORD",
]

MAX_TEXT: Final = 512 * 1024
"""Characters of a file of lenses."""

MAX_CLAUSES: Final = 512
"""Clauses of one lens, those of its blocks included."""

MAX_OPERATORS: Final = 32
"""Operators of one clause."""

MAX_NESTING: Final = 4
"""Blocks inside blocks."""

MAX_PAIRS: Final = 4096
"""Pairs of one `map`."""

MAX_PATH: Final = 16
"""Names of one path, and paths on one side of a clause."""

MAX_LIST: Final = 4096
"""Values of one list, such as the factors of `affine` or the indices of `take`."""

MAX_RANK: Final = 8
"""Axes of an array that an operator changes."""

MAX_WORD: Final = 4096
"""Characters of one text in a lens."""

MAX_DIGITS: Final = 64
"""Characters of one number in a lens, and of its canonical form."""

MAX_PAD: Final = 4
"""How many times the elements of its input `pad` may make, beyond `MAX_CONSTANT`."""

MAX_GROWTH: Final = 1024
"""How many bytes a clause may make of each byte that it reads."""

MAX_CONSTANT: Final = 64 * 1024 * 1024
"""How many bytes a lens may make whatever it reads: of constants, fills, and sizes it states."""

MAX_FINDINGS: Final = 100
"""Findings after which no more are collected."""

MAX_HOPS: Final = 6
"""Lenses on a path between two types."""
