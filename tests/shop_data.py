"""Datasets for the tests of the command: an Index with versions, splits and labels, and folders."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

import atdata
from atdata.index.index import Index
from terminal import Shop

__all__ = ["HOSTILE", "filled_shop", "photographs"]

HOSTILE = "\x1b[31mred\x07\r\x9b2J\u202etxt.exe"
"""What a terminal would obey: colours, a bell, a return, a control sequence of one byte, a turn to the left."""

_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000040000000308020000003b9639910000001049444154789c631091d380"
    "23069c1c00517b04391b3e4ef70000000049454e44ae426082"
)
"""Four pixels by three."""


@atdata.packable(nsid="org.example.box")
class Box:
    """A rectangle of pixels."""

    x: Annotated[int, atdata.field(minimum=0)]
    y: Annotated[int, atdata.field(minimum=0)]


@atdata.packable(nsid="org.example.photograph")
class Photograph:
    """One labelled photograph."""

    image: Annotated[
        NDArray[np.uint8],
        atdata.Shape("H", "W", 3),
        atdata.field(description="RGB pixels, channels last."),
    ]
    label: Annotated[str, atdata.field(max_length=64)]
    confidence: float
    file: atdata.Image
    boxes: list[Box]
    taken: datetime | None = None
    note: str | None = None


@atdata.packable(nsid="org.example.word")
class Word:
    """One word."""

    text: str


def photographs(count: int) -> Iterator[Photograph]:
    for number in range(count):
        yield Photograph(
            image=np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3) + number,
            label=("cat", "dog")[number % 2],
            confidence=number / 7,
            file=atdata.Image(_PNG),
            boxes=[Box(x=number, y=2)] * (number % 3),
            taken=datetime(2026, 1, 31, 12, number % 60, tzinfo=UTC) if number % 2 else None,
            note=(
                f"a note that goes on and on, {HOSTILE} and does not end here"
                if number == 0
                else None
            ),
        )


@contextlib.contextmanager
def filled_shop() -> Generator[Shop]:
    """A shop with datasets; its folder has a name of one length, since tables are as wide as what is in them."""
    folder = Path(mkdtemp(prefix="atdata-", dir="/tmp"))
    home = os.environ.get("ATDATA_HOME")
    os.environ["ATDATA_HOME"] = str(folder / "home")
    try:
        _fill(folder)
        yield Shop(folder)
    finally:
        os.environ.pop("ATDATA_HOME")
        if home is not None:
            os.environ["ATDATA_HOME"] = home
        shutil.rmtree(folder)


def _fill(folder: Path) -> None:
    said: dict[str, Any] = {
        "description": "Photographs of cats and dogs, labelled by hand.",
        "license": "CC-BY-4.0",
        "tags": ["images", "pets"],
        "metadata": {"camera": "x", "year": 2026},
    }
    with contextlib.closing(Index()) as index:
        index.write(photographs(9), name="photographs", maxcount=4, **said)
        index.write(photographs(3), name="photographs", split="test")
        index.write(map(Word, ("one", "two")), name="words")
        index.label("baseline", "photographs@1.0.0")
        index.label("best", "photographs")
    atdata.write_samples(photographs(7), folder / "out" / "train.tar", maxcount=3)
    atdata.write_samples(photographs(2), folder / "out" / "test.tar")
    (folder / "bare").mkdir()
    shutil.copy(folder / "out" / "test.tar", folder / "bare" / "data.tar")
