"""Photographs seen as training samples through a lens, changed through that view, written back, and learnt from.

    python examples/photographs/training_view.py [folder]

The photographs are the two that scikit-learn ships (both CC BY 2.0), cut into pieces of 80 x 80 pixels.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_sample_images

import atdata
from atdata import Shape

SIZE, STEP, BATCH, EPOCHS = 80, 40, 16, 12
SUBJECTS: Final[dict[str, Literal["temple", "flower"]]] = {
    "china.jpg": "temple",
    "flower.jpg": "flower",
}


@atdata.packable
class Origin:
    """Where a piece comes from."""

    file: str
    top: int
    left: int


@atdata.packable(nsid="org.example.piece")
class Piece:
    """A piece of a photograph, as a camera has it: rows, columns, colours of 0 to 255."""

    image: Annotated[NDArray[np.uint8], Shape(SIZE, SIZE, 3)]
    subject: Literal["temple", "flower"]
    origin: Origin


@atdata.packable(nsid="org.example.training")
class Training:
    """The same, as a training loop wants it."""

    pixels: Annotated[NDArray[np.float32], Shape(3, 64, 64)]
    target: Annotated[int, atdata.field(minimum=0, maximum=1)]
    file: str


def pieces() -> Iterator[Piece]:
    """All pieces of both photographs."""
    found = load_sample_images()
    for image, path in zip(found.images, found.filenames, strict=True):
        file = Path(path).name
        subject = SUBJECTS[file]
        for top in range(0, image.shape[0] - SIZE + 1, STEP):
            for left in range(0, image.shape[1] - SIZE + 1, STEP):
                piece = image[top : top + SIZE, left : left + SIZE]
                yield Piece(np.ascontiguousarray(piece), subject, Origin(file, top, left))


def softer(view: Training) -> Training:
    """A change of the view: half the contrast."""
    return dataclasses.replace(view, pixels=view.pixels / np.float32(2))


def main(out: Path) -> None:
    """Write, look, change, write back, learn."""
    lens = atdata.load_lens(Path(__file__).with_name("training.lens"), Piece, Training)
    print(f"the lens {lens.name!r} is {lens.word}, to within {lens.laws.tolerance}")

    ds = atdata.write_samples(pieces(), out / "pieces.tar", overwrite=True)
    seen = ds.view(lens)
    batch = next(iter(seen.ordered(batch_size=BATCH)))
    print(f"{ds}\n{seen}: pixels {batch.pixels.dtype}{list(batch.pixels.shape)}, no copy on disk")

    # What the view shows is changed; what it hides, the border and the place, stays as it was.
    soft = atdata.write_samples(
        ds.put_back(seen.map(softer), lens), out / "softer.tar", overwrite=True
    )
    before, after = ds[100], soft[100]
    assert after.origin.top == before.origin.top
    assert np.array_equal(after.image[:8], before.image[:8])
    middle = np.s_[8:72, 8:72]
    contrasts = before.image[middle].std(), after.image[middle].std()
    assert contrasts[1] < 0.6 * contrasts[0]
    print(f"written back: contrast {contrasts[0]:.1f} -> {contrasts[1]:.1f}, the border untouched")

    # What no photograph can say is refused, with the place, and nothing is written.
    try:
        lens.put(dataclasses.replace(seen[0], pixels=seen[0].pixels + np.float32(9)), ds[0])
    except atdata.PutError as error:
        print(f"refused: {error}")
    else:
        raise AssertionError("light beyond white was taken")

    print(f"learnt: {learnt(seen):.1%} of the pieces are told apart")


def learnt(seen: atdata.Dataset[Training]) -> float:
    """The share of pieces that a logistic regression of mean colours and contrasts tells apart."""
    weights = np.zeros(7, np.float32)
    for epoch in range(EPOCHS):
        for batch in seen.shuffled(batch_size=BATCH, seed=1, epoch=epoch):
            inputs = features(batch.pixels)
            error = 1 / (1 + np.exp(-inputs @ weights)) - batch.array("target")
            weights -= np.float32(0.5) * (inputs.T @ error / len(batch)).astype(np.float32)
    right = sum(
        int(((features(batch.pixels) @ weights > 0) == batch.array("target")).sum())
        for batch in seen.ordered(batch_size=BATCH)
    )
    return right / len(seen)


def features(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean and contrast of each colour, and a constant."""
    mean, contrast = pixels.mean(axis=(2, 3)), pixels.std(axis=(2, 3))
    return np.concatenate([mean, contrast, np.ones((len(pixels), 1), np.float32)], axis=1)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as folder:
            main(Path(folder))
