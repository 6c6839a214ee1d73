"""Compiled sample types as type checkers see them; `test_typing.py` checks this file and runs it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_type

import numpy as np
from example_types.org.example.digit import Digit
from numpy.typing import NDArray

import atdata

digit = Digit(image=np.zeros((8, 8), np.uint8), label=3)
assert_type(digit.image, NDArray[np.uint8])
assert_type(digit.label, int)
assert_type(digit.encode(), bytes)
assert_type(Digit.decode(digit.encode()), Digit)

with TemporaryDirectory() as folder:
    path = Path(folder) / "digits.tar"
    assert_type(atdata.write_samples([digit] * 6, path), atdata.Dataset[Digit])
    dataset = atdata.load_dataset(path, Digit, split="train")
    assert_type(dataset, atdata.Dataset[Digit])
    for batch in dataset.ordered(batch_size=4):
        assert_type(batch.image, NDArray[np.uint8])
        assert_type(batch.label, list[int])
    for batch in dataset.shuffled(batch_size=4, seed=1):
        assert_type(batch.image, NDArray[np.uint8])
    assert len(list(dataset.ordered(batch_size=4))) == 2
