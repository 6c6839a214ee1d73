"""Verbs as type checkers see them: what chooses samples keeps their type, `map` has that of its function."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, assert_type

import numpy as np
from example_types.org.example.digit import Digit, DigitBatch
from numpy.typing import NDArray

import atdata
from atdata.epoch import Epoch
from atdata.iteration import Ordered, Shuffled
from atdata.manifest.query.conditions import Condition
from atdata_schema.batch import DynamicBatch


@atdata.packable
class Mean:
    value: float


def mean(digit: Digit) -> Mean:
    return Mean(value=float(digit.image.mean()))


def brighter(digit: Digit) -> Digit:
    return Digit(image=digit.image + np.uint8(1), label=digit.label)


digits = [Digit(image=np.full((8, 8), n, np.uint8), label=n) for n in range(10)]

with TemporaryDirectory() as folder:
    ds = atdata.write_samples(digits, Path(folder) / "digits.tar", maxcount=4)

    assert_type(ds[2:5], atdata.Dataset[Digit])
    assert_type(ds[[3, 1, 2]], atdata.Dataset[Digit])
    assert_type(ds[np.asarray([3, 1], np.int64)], atdata.Dataset[Digit])
    assert_type(ds[np.ones(10, np.bool_)], atdata.Dataset[Digit])
    assert_type(ds[3], Digit)
    assert_type(ds[np.int64(3)], Digit)
    assert_type(ds.select(range(3)), atdata.Dataset[Digit])
    assert_type(ds.take(3).skip(1), atdata.Dataset[Digit])
    assert_type(ds.shard(num_shards=2, index=0), atdata.Dataset[Digit])
    assert_type(ds.filter(lambda digit: digit.label > 3), atdata.Dataset[Digit])
    assert_type(ds.where("label > 3", ds.f.label < 8), atdata.Dataset[Digit])
    assert_type((ds.f.label > 3) & ~ds.f["label"].isin([5]), Condition)
    assert_type(ds.filter(ds.f.label == 3), atdata.Dataset[Digit])
    assert_type(ds.map(mean), atdata.Dataset[Mean])
    assert_type(ds.map(lambda digit: Mean(value=digit.label / 2)), atdata.Dataset[Mean])
    assert_type(ds.map(brighter, sample_type=Digit), atdata.Dataset[Digit])
    assert_type(ds.select_columns(["label"]), atdata.Dataset[Any])
    assert_type(ds.rename_column("label", "digit"), atdata.Dataset[Any])
    assert_type(ds.concat(ds[1:], ds), atdata.Dataset[Digit])
    assert_type(ds.interleave([ds], weights=[2, 1]), atdata.Dataset[Digit])
    assert_type(atdata.concat([ds, ds]), atdata.Dataset[Digit])
    assert_type(atdata.interleave([ds, ds], stop="all_exhausted"), atdata.Dataset[Digit])

    # A compiled class has its batch class behind every verb, any other class one with columns found.
    assert_type(ds[1:].filter(lambda digit: True).map(brighter).ordered(4), Ordered[DigitBatch])
    for batch in ds[::-1].shuffled(4, order="window:1MB", rank=0, world_size=2, drop_last=True):
        assert_type(batch, DigitBatch)
        assert_type(batch.image, NDArray[np.uint8])
    assert_type(ds.map(mean).shuffled(4, seed=1, epoch=0), Shuffled[DynamicBatch[Mean]])
    assert_type(ds.map(mean).ordered(pad=True), Ordered[Mean])

    shuffled = ds.shuffled(4, seed=1)
    epoch = iter(shuffled)
    assert_type(epoch, Epoch[DigitBatch])
    assert_type(next(epoch), DigitBatch)
    state = epoch.state_dict()
    assert_type(state, dict[str, Any])
    shuffled.load_state_dict(state)
    assert sum(len(batch) for batch in shuffled) == 6
    shuffled.set_epoch(3)
    assert [mean.value for mean in ds.map(mean).take(2)] == [0.0, 1.0]
    assert [row.digit for row in ds.rename_column("label", "digit")[7:]] == [7, 8, 9]
