"""What `ordered` and `shuffled` give for a compiled type, column by column, as type checkers see it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_type

import numpy as np
from example_types.org.example.image_sample import Box, ImageSample, ImageSampleBatch
from numpy.typing import NDArray

import atdata

sample = ImageSample(image=np.zeros((2, 3, 3), np.float32), label="cat", confidence=0.5)

with TemporaryDirectory() as folder:
    ds = atdata.write_samples([sample] * 9, Path(folder) / "images.tar")
    assert_type(ds, atdata.Dataset[ImageSample])
    for batch in ds.ordered(batch_size=8):
        assert_type(batch, ImageSampleBatch)
        assert_type(batch.image, NDArray[np.float32])
        assert_type(batch.label, list[str])
        assert_type(batch.confidence, list[float])
        assert_type(batch.boxes, list[list[Box] | None])
        assert_type(batch.takenAt, list[datetime | None])
        assert_type(batch.keys, list[str])
    for shuffled in ds.shuffled(batch_size=8, seed=0):
        assert_type(shuffled, ImageSampleBatch)
    for one in ds.ordered():
        assert_type(one, ImageSample)
        assert_type(one.boxes, list[Box] | None)
