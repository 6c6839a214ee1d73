"""The lab writes its digits, catalogues them, and publishes dataset and lens from its account.

    python publish.py

It is logged in before: `atdata auth login @lab.example.org`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from lab_types.org.example.clinic.glyph import Glyph
from lab_types.org.example.lab.digit import Digit
from sklearn.datasets import load_digits

import atdata
from atdata.atmosphere import Atmosphere

HELD_OUT = 5  # every fifth digit is kept for the test
LENS = Path(__file__).with_name("lexicons") / "org/example/lab/digitToGlyph.lens"


def digits(*, held_out: bool) -> Iterator[Digit]:
    """The digits of one split, which scikit-learn ships."""
    source = load_digits()
    for number, (image, label) in enumerate(zip(source.images, source.target, strict=True)):
        if (number % HELD_OUT == 0) == held_out:
            yield Digit(image=image.astype(np.uint8), label=int(label), writer=str(number % 43))


def main() -> None:
    """Write, catalogue, publish."""
    account = Atmosphere.kept()
    index = atdata.Index(atmosphere=account)
    index.write(
        digits(held_out=False),
        name="digits",
        split="train",
        description="Handwritten digits, 8 by 8 pixels, by 43 people.",
        license="CC-BY-4.0",
        tags=["digits", "handwriting"],
    )
    index.write(digits(held_out=True), name="digits", split="test")
    uri = index.promote_entry("digits")
    lens = account.publish_lens(atdata.load_lens(LENS, Digit, Glyph))
    print(f"dataset {uri}\nlens    {lens}")


if __name__ == "__main__":
    main()
