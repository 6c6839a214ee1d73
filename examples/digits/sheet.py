"""Draw a contact sheet: held-out digits with the class the network gives them, and the photographs."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from digit_types.org.example.digit import Digit, DigitLabel
from digit_types.org.example.photograph import Photograph
from PIL import Image, ImageDraw
from train import Network, pixels

import atdata

COLUMNS, ROWS, CELL, EDGE = 20, 9, 40, 12
WRONG, INK, PAPER = (196, 40, 40), (40, 40, 40), (250, 250, 248)


def digit_cells(sheet: Image.Image, network: Network, dataset: atdata.Dataset[Digit]) -> int:
    """Paste held-out digits, the ones it gets wrong first; returns how many it gets wrong."""
    batch = next(iter(dataset.ordered(batch_size=len(dataset))))
    guesses = network.scores(pixels(batch))[1].argmax(axis=1)
    labels = batch.array("label")
    order = np.argsort(guesses == labels, kind="stable")[: COLUMNS * ROWS]
    draw = ImageDraw.Draw(sheet)
    for place, index in enumerate(order):
        x = EDGE + place % COLUMNS * (CELL + 4)
        y = 34 + place // COLUMNS * (CELL + 16)
        tile = Image.fromarray((255 - batch.image[index] * 15).astype(np.uint8))
        sheet.paste(tile.resize((CELL, CELL), Image.Resampling.NEAREST), (x, y))
        wrong = guesses[index] != labels[index]
        text = f"{labels[index]}: {guesses[index]}" if wrong else str(labels[index])
        draw.text((x + 2, y + CELL), text, fill=WRONG if wrong else INK)
    return int((guesses != labels).sum())


def main(out: Path) -> None:
    """Draw the sheet and say where it is."""
    network = Network(**np.load(out / "weights.npz"))
    test = atdata.load_dataset(out / "digits", Digit, split="test")
    photographs = atdata.load_dataset(out / "photographs", Photograph)
    width = 2 * EDGE + COLUMNS * (CELL + 4)
    top = 46 + ROWS * (CELL + 16)
    sheet = Image.new("RGB", (width, top + 324), PAPER)
    wrong = digit_cells(sheet, network, test)
    title = f"{len(test)} held-out digits, {wrong} misread (first, in red: written: read)"
    draw = ImageDraw.Draw(sheet)
    draw.text((EDGE, 12), title, fill=INK)
    for place, photograph in enumerate(photographs):
        picture = Image.fromarray(photograph.image)
        picture.thumbnail(((width - 3 * EDGE) // 2, 290))
        sheet.paste(picture, (EDGE + place * (width - EDGE) // 2, top))
        draw.text((EDGE + place * (width - EDGE) // 2, top + 296), photograph.name, fill=INK)
    path = out / "contact-sheet.png"
    sheet.save(path)
    names = ", ".join(member.name.lower() for member in DigitLabel)
    print(f"   {len(test) - wrong} of {len(test)} digits read right ({names})")
    print(f"   {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
