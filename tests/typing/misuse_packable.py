"""Wrong uses of a `@packable` class: each line marked `refused` must be an error, and no other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import atdata


@atdata.packable
class Scan:
    image: NDArray[np.float32]
    label: str
    note: str | None = None


pixels = np.zeros((4, 4), np.float32)
scan = Scan(image=pixels, label="cat")

Scan(image=pixels, label=3)  # refused: a number is no label
Scan(image=pixels)  # refused: the label is required
Scan(image=pixels, label="cat", lable="dog")  # refused: no such field
scan.lable  # refused: no such field
np.sqrt(scan.note)  # refused: it may be None
