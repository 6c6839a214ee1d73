"""Tiles of both organisations as one stream: the hospital's hold the lab's type, so nothing is converted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from hospital_types.example.hospital.biopsy import Biopsy
from numpy.typing import NDArray
from vision_lab_types.example.visionlab.tile import Tile

import atdata

__all__ = ["Batch", "batches", "held_out"]

Batch = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Pixels of shape `[batch, 16, 16]`, and findings."""

_SIZE = 50


def batches(lab: Path, hospital: Path, epoch: int) -> Iterator[Batch]:
    """One epoch over the lab's tiles and the first two thirds of the hospital's."""
    tiles = atdata.load_dataset(str(lab / "tiles-*.tar"), Tile, split="train")
    for batch in tiles.shuffled(batch_size=_SIZE, seed=3, epoch=epoch):
        yield np.asarray(batch.pixels), np.asarray(batch.finding, np.int64)
    biopsies = atdata.load_dataset(str(hospital / "biopsies-*.tar"), Biopsy, split="train")
    for others in biopsies.take(200).shuffled(batch_size=_SIZE, seed=3, epoch=epoch):
        yield _stacked(others.tile)


def held_out(hospital: Path) -> Batch:
    """The hospital's last third, which nothing was trained on."""
    biopsies = atdata.load_dataset(str(hospital / "biopsies-*.tar"), Biopsy, split="train")
    return _stacked([biopsy.tile for biopsy in biopsies.skip(200).ordered()])


def _stacked(tiles: list[Tile]) -> Batch:
    pixels = np.stack([tile.pixels for tile in tiles])
    return pixels, np.array([tile.finding for tile in tiles])
