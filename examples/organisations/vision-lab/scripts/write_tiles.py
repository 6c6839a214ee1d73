"""Write the lab's tiles: `python write_tiles.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from vision_lab_types.example.visionlab.defs import Region
from vision_lab_types.example.visionlab.tile import Tile

import atdata

COUNT = 400


def tile(rng: np.random.Generator, malignant: bool) -> Tile:
    """Tissue; where it is malignant, with a dark cluster somewhere."""
    pixels = rng.normal(170, 25, (16, 16))
    regions: list[Region] = []
    if malignant:
        x, y = (int(place) for place in rng.integers(0, 10, 2))
        pixels[y : y + 6, x : x + 6] -= 90
        regions.append(Region(x=x, y=y, width=6, height=6))
    return Tile(
        pixels=pixels.clip(0, 255).astype(np.uint8), finding=int(malignant), regions=regions or None
    )


def main(folder: Path) -> None:
    rng = np.random.default_rng(1)
    tiles = [tile(rng, bool(rng.integers(2))) for _ in range(COUNT)]
    folder.mkdir(parents=True, exist_ok=True)
    atdata.write_samples(tiles, folder / "tiles.tar", maxcount=100)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
