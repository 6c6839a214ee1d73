"""`@packable` classes as type checkers see them; `test_typing.py` checks this file and runs it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import atdata


@atdata.packable
class Scan:
    image: NDArray[np.float32]
    label: str
    note: str | None = None


scan = Scan(image=np.zeros((4, 4), np.float32), label="cat")
assert_type(scan, Scan)
assert_type(scan.image, NDArray[np.float32])
assert_type(scan.label, str)
assert_type(scan.note, str | None)

with TemporaryDirectory() as folder:
    path = Path(folder) / "scans.tar"
    written = atdata.write_samples([scan] * 6, path)
    assert_type(written, atdata.Dataset[Scan])
    loaded = atdata.load_dataset(path, Scan, split="train")
    assert_type(loaded, atdata.Dataset[Scan])
    assert_type(loaded[0], Scan)
    assert_type(len(loaded), int)
    for sample in loaded:
        assert_type(sample, Scan)
        assert_type(sample.label, str)
    assert len(list(loaded)) == 6
