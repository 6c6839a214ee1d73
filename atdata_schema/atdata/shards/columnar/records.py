"""Numbers of several columns side by side: a lookup in any order waits for memory once a sample, not once a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.windows import bring_near

__all__ = ["Records"]


class Records:
    """The numbers of samples, not yet set.

    Args:
        kinds: the columns and their dtypes.
        count: the number of samples.

    >>> records = Records({"a": np.dtype("i8"), "b": np.dtype("?")}, 3)
    >>> records.column("a")[:] = [4, 5, 6]
    >>> records.column("b")[:] = [False, True, False]
    >>> {name: column.tolist() for name, column in records.taken(np.array([1, 0])).items()}
    {'a': [5, 4], 'b': [True, False]}
    """

    __slots__ = ("_rows",)

    def __init__(self, kinds: Mapping[str, np.dtype[Any]], count: int) -> None:
        # The widest first: each lies at a multiple of its size.
        names = sorted(kinds, key=lambda name: -kinds[name].itemsize)
        sizes = [kinds[name].itemsize for name in names]
        form = np.dtype(
            {
                "names": [str(number) for number in range(len(names))],
                "formats": [kinds[name] for name in names],
                "offsets": np.cumsum([0, *sizes])[:-1].tolist(),
                "itemsize": -(-sum(sizes) // 8) * 8,
            }
        )
        rows = np.empty(count, form)
        self._rows = {name: rows[str(number)] for number, name in enumerate(names)}, rows

    def column(self, name: str) -> NDArray[Any]:
        """A column: a view, to be read or set."""
        return self._rows[0][name]

    def taken(self, numbers: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """Some samples: each column by its name."""
        columns, rows = self._rows
        bring_near(rows.view(np.uint8), numbers * rows.itemsize)
        found = rows.view(f"V{rows.itemsize}").take(numbers).view(rows.dtype)
        return {
            name: np.ascontiguousarray(found[str(number)]) for number, name in enumerate(columns)
        }
