"""A compiled type with nested, optional and differently shaped fields, as type checkers see it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_type

import numpy as np
from example_types.org.example.image_sample import Box, ImageSample, ImageSampleBatch
from numpy.typing import NDArray

image = np.zeros((2, 3, 3), np.float32)
sample = ImageSample(
    image=image,
    label="cat",
    confidence=0.95,
    boxes=[Box(x=0, y=1)],
    takenAt=datetime(2026, 2, 26, tzinfo=UTC),
)
assert_type(sample.image, NDArray[np.float32])
assert_type(sample.confidence, float)
assert_type(sample.boxes, list[Box] | None)
assert_type(sample.takenAt, datetime | None)
assert sample.boxes is not None
assert_type(sample.boxes[0].x, int)

batch = ImageSample.collate([sample, sample])
assert_type(batch, ImageSampleBatch)
assert_type(batch.image, NDArray[np.float32])
assert_type(batch.label, list[str])
assert_type(batch.confidence, list[float])
assert_type(batch.boxes, list[list[Box] | None])
assert batch.image.shape == (2, 2, 3, 3)
