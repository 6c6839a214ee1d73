"""`tissue-trainer LAB HOSPITAL`: train, and say how well it does on the hospital's own tiles."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tissue_trainer.tiles import batches, held_out

__all__ = ["main"]

EPOCHS = 30
RATE = 0.5


def main() -> int:
    """Run the command."""
    lab, hospital = map(Path, sys.argv[1:3])
    weights = np.zeros(5)
    for epoch in range(EPOCHS):
        for pixels, findings in batches(lab, hospital, epoch):
            inputs = features(pixels)
            wrong = 1 / (1 + np.exp(-inputs @ weights)) - findings
            weights -= RATE * inputs.T @ wrong / len(findings)
    pixels, findings = held_out(hospital)
    right = (features(pixels) @ weights > 0) == (findings == 1)
    print(f"right on {right.mean():.0%} of {len(findings)} tiles of the hospital")
    return 0


def features(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Of each tile: how dark its darkest corner of four by four is beside the whole, and some moments."""
    values = pixels.astype(np.float64) / 255
    blocks = values.reshape(len(values), 4, 4, 4, 4).mean(axis=(2, 4)).reshape(len(values), -1)
    mean = values.mean(axis=(1, 2))
    darkest = np.sort(blocks, axis=1)
    parts = (
        np.ones(len(values)),
        10 * (mean - darkest[:, 0]) - 1,
        10 * (mean - darkest[:, 1]) - 1,
        10 * blocks.std(axis=1) - 0.5,
        mean - 0.6,
    )
    return np.stack(parts, axis=1)


if __name__ == "__main__":
    sys.exit(main())
