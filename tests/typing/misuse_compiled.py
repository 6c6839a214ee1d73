"""Wrong uses of a compiled type: each line marked `refused` must be an error, and no other."""

from __future__ import annotations

import numpy as np
from example_types.org.example.digit import Digit

import atdata

pixels = np.zeros((8, 8), np.uint8)
floats = np.zeros((8, 8), np.float32)
digit = Digit(image=pixels, label=3)

Digit(image=floats, label=3)  # refused: another dtype
Digit(image=pixels, label="three")  # refused: the label is a number
Digit(image=pixels)  # refused: the label is required
digit.lable  # refused: no such field

for batch in atdata.load_dataset("digits.tar", Digit).ordered(batch_size=4):
    batch.lable  # refused: no such column
    batch.label + 1  # refused: a list
