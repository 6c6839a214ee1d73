"""The clinic finds data that it can read as its own, learns from it, and publishes what it made of it.

    python reuse.py

It is logged in before: `atdata auth login @clinic.example.org`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from clinic_types.org.example.clinic.glyph import Glyph
from numpy.typing import NDArray

import atdata
from atdata.atmosphere import Atmosphere

EPOCHS, BATCH = 30, 64


def weights(seen: atdata.Dataset[Glyph]) -> NDArray[np.float32]:
    """A linear classifier, learnt from shuffled batches: float32[65, 10]."""
    found = np.zeros((65, 10), np.float32)
    for epoch in range(EPOCHS):
        for batch in seen.shuffled(batch_size=BATCH, seed=1, epoch=epoch):
            inputs = features(batch.ink)
            scores = inputs @ found
            chances = np.exp(scores - scores.max(axis=1, keepdims=True))
            chances /= chances.sum(axis=1, keepdims=True)
            chances[np.arange(len(batch)), batch.array("digit")] -= 1
            found -= np.float32(0.3 / len(batch)) * (inputs.T @ chances)
    return found


def features(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ink as a row, and a constant."""
    rows = ink.reshape(len(ink), -1)
    return np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1)


def hard(seen: atdata.Dataset[Glyph], found: NDArray[np.float32]) -> Iterator[Glyph]:
    """The characters that the classifier gets wrong."""
    for glyph in seen:
        scores = features(glyph.ink[None]) @ found
        if int(scores.argmax()) != glyph.digit:
            yield Glyph(ink=glyph.ink, digit=glyph.digit)


def main() -> None:
    """Find, read through the lens, learn, publish."""
    account = Atmosphere.kept()
    best = account.search(schema=Glyph)[0]
    print(f"found {best.name} of {best.handle}, by a {best.how} {best.lens}")

    train, test = (best.load(Glyph, split=split) for split in ("train", "test"))
    found = weights(train)
    right = sum(
        int(((features(batch.ink) @ found).argmax(axis=1) == batch.array("digit")).sum())
        for batch in test.ordered(batch_size=BATCH)
    )
    print(f"learnt: {right / len(test):.1%} of {len(test)} digits are read right")

    index = atdata.Index(atmosphere=account)
    index.write(
        hard(test, found),
        name="hard-digits",
        split="test",
        description="The digits that a linear classifier misreads.",
        license="CC-BY-4.0",
    )
    uri = index.promote_entry("hard-digits", derived_from=[best.uri])
    print(f"published {uri}, derived from {best.uri}")


if __name__ == "__main__":
    main()
