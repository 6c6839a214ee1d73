"""Write the hospital's biopsies: `python write_biopsies.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from hospital_types.example.hospital.biopsy import Biopsy
from vision_lab_types.example.visionlab.defs import Region
from vision_lab_types.example.visionlab.tile import Tile

import atdata

COUNT = 300


def biopsy(rng: np.random.Generator, number: int) -> Biopsy:
    """Tissue of another microscope, whose light is weaker."""
    malignant = bool(rng.integers(2))
    pixels = rng.normal(140, 20, (16, 16))
    if malignant:
        x, y = (int(place) for place in rng.integers(0, 10, 2))
        pixels[y : y + 6, x : x + 6] -= 75
    tile = Tile(pixels=pixels.clip(0, 255).astype(np.uint8), finding=int(malignant))
    margin = Region(x=0, y=0, width=16, height=2) if number % 3 == 0 else None
    minutes = float(rng.uniform(2, 9))
    return Biopsy(tile=tile, patient=f"p{number:04}", stainMinutes=minutes, margin=margin)


def main(folder: Path) -> None:
    rng = np.random.default_rng(2)
    folder.mkdir(parents=True, exist_ok=True)
    biopsies = [biopsy(rng, number) for number in range(COUNT)]
    atdata.write_samples(biopsies, folder / "biopsies.tar", maxcount=100)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
