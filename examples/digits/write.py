"""Write the digits (train and test) and the photographs that scikit-learn ships as shards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from digit_types.org.example.digit import Digit
from digit_types.org.example.photograph import Photograph
from sklearn.datasets import load_digits, load_sample_images

import atdata

HELD_OUT = 5  # every fifth digit is kept for the test


def digits(*, held_out: bool) -> Iterator[Digit]:
    """The digits of one split, one by one: images are uint8[8, 8] of 0 to 16."""
    source = load_digits()
    for index, (image, label) in enumerate(zip(source.images, source.target, strict=True)):
        if (index % HELD_OUT == 0) == held_out:
            yield Digit(image=image.astype(np.uint8), label=int(label))


def photographs() -> Iterator[Photograph]:
    """The two photographs: uint8[427, 640, 3]."""
    source = load_sample_images()
    for image, name in zip(source.images, source.filenames, strict=True):
        yield Photograph(image=image, name=Path(name).name)


def main(out: Path) -> None:
    """Write three datasets and print what each holds."""
    written = {
        "digits/train.tar": atdata.write_samples(
            digits(held_out=False), out / "digits/train.tar", maxcount=500, overwrite=True
        ),
        "digits/test.tar": atdata.write_samples(
            digits(held_out=True), out / "digits/test.tar", maxcount=500, overwrite=True
        ),
        "photographs/all.tar": atdata.write_samples(
            photographs(), out / "photographs/all.tar", overwrite=True
        ),
    }
    for name, dataset in written.items():
        print(
            f"   {name}: {len(dataset)} samples in {len(dataset.shards)} shards, {dataset.schema.id}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
