"""The shape of an array field in a Python annotation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import EllipsisType
from typing import Annotated, Any

import numpy as np

from atdata_schema.model import DTYPES

__all__ = ["Array", "Shape"]

_NOTATION = re.compile(r"\s*(\*|[A-Za-z]\w*)\s*(?:\[(.*)\])?\s*", re.DOTALL)


@dataclass(frozen=True, slots=True, init=False)
class Shape:
    """The dimensions of an array, outermost first.

    A number is a fixed size. A name is any size, the same wherever one sample has the name. `"*"` is any
    size, and `...` any number of dimensions. `Shape()` is an array of a single element.

    Raises:
        ValueError: a dimension is none of these, or `...` stands twice.

    >>> from numpy.typing import NDArray
    >>> Pixels = Annotated[NDArray[np.float32], Shape("H", "W", 3)]
    >>> Shape("H", "W", 3), Shape(..., 2)
    (Shape('H', 'W', 3), Shape(..., 2))
    """

    dims: tuple[int | str, ...]

    def __init__(self, *dims: int | str | EllipsisType) -> None:
        names = tuple("..." if dim is ... else dim for dim in dims)
        for dim in names:
            if not _is_dim(dim):
                raise ValueError(
                    f"{dim!r} is no dimension: give a size (0 or more), a name, '*' (any size) or ... (any rank)"
                )
        if names.count("...") > 1:
            raise ValueError(f"{names} says ... twice: it may stand once")
        object.__setattr__(self, "dims", names)

    def __repr__(self) -> str:
        return f"Shape({', '.join('...' if dim == '...' else repr(dim) for dim in self.dims)})"


class Array:
    """An array in the notation of our messages: `Array["float32[H, W, 3]"]`.

    It stands for `Annotated[NDArray[np.float32], Shape("H", "W", 3)]`. Static type checkers take a text in an
    annotation for the name of a type and refuse it, so code that is checked spells the long form.

    >>> Array["uint8[H, W, 3]"].__metadata__
    (Shape('H', 'W', 3),)
    """

    def __class_getitem__(cls, notation: str) -> Any:
        """The annotation that a notation stands for.

        Raises:
            TypeError: the notation is no text.
            ValueError: it is not `dtype[dim, ...]`, or its dtype is none that arrays have.
        """
        if not isinstance(notation, str):
            raise TypeError(f"Array[{notation!r}]: give a text: Array['float32[H, W, 3]']")
        found = _NOTATION.fullmatch(notation)
        if not found or found[1] not in ("*", *DTYPES):
            raise ValueError(
                f"{notation!r} is no array: write a dtype, then dimensions in brackets: 'float32[H, W, 3]'. "
                f"The dtypes are {', '.join(DTYPES)}, and * for any"
            )
        scalar: Any = Any if found[1] == "*" else np.dtype(found[1]).type
        array: Any = np.ndarray[Any, np.dtype[scalar]]
        return array if found[2] is None else Annotated[array, Shape(*_dims(found[2]))]


def _dims(text: str) -> list[int | str]:
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    return [int(part) if part.isdecimal() else part for part in parts]


def _is_dim(dim: object) -> bool:
    if isinstance(dim, str):
        return dim in ("*", "...") or dim.isidentifier()
    return isinstance(dim, int) and not isinstance(dim, bool) and dim >= 0
