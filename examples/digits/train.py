"""Train a classifier of one hidden layer, in numpy, on shuffled typed batches of digits."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from digit_types.org.example.digit import Digit, DigitBatch
from numpy.typing import NDArray

import atdata

EPOCHS, BATCH, HIDDEN, RATE = 20, 64, 64, 0.2
Floats = NDArray[np.float64]


@dataclass
class Network:
    """Two dense layers with a rectifier between them."""

    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats

    @classmethod
    def fresh(cls, rng: np.random.Generator) -> Network:
        """Small random weights: 64 pixels to `HIDDEN` units to 10 classes."""
        return cls(
            rng.normal(0, 0.1, (64, HIDDEN)),
            np.zeros(HIDDEN),
            rng.normal(0, 0.1, (HIDDEN, 10)),
            np.zeros(10),
        )

    def scores(self, pixels: Floats) -> tuple[Floats, Floats]:
        """Hidden activations and class scores of `float64[batch, 64]`."""
        hidden = np.maximum(pixels @ self.first + self.first_bias, 0)
        return hidden, hidden @ self.second + self.second_bias

    def learn(self, pixels: Floats, labels: NDArray[np.int64]) -> None:
        """One step of gradient descent on the cross entropy of a batch."""
        hidden, scores = self.scores(pixels)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = odds / odds.sum(axis=1, keepdims=True)
        error[np.arange(len(labels)), labels] -= 1
        error /= len(labels)
        back = (error @ self.second.T) * (hidden > 0)
        self.second -= RATE * hidden.T @ error
        self.second_bias -= RATE * error.sum(axis=0)
        self.first -= RATE * pixels.T @ back
        self.first_bias -= RATE * back.sum(axis=0)


def pixels(batch: DigitBatch) -> Floats:
    """The images as rows of 64 numbers between 0 and 1."""
    return batch.image.reshape(len(batch), 64) / 16.0


def accuracy(network: Network, dataset: atdata.Dataset[Digit]) -> float:
    """The share of digits whose class the network names."""
    right = 0
    for batch in dataset.ordered(batch_size=256):
        guesses = network.scores(pixels(batch))[1].argmax(axis=1)
        right += int((guesses == batch.array("label")).sum())
    return right / len(dataset)


def main(out: Path) -> None:
    """Train, print the held-out accuracy as it grows, and keep the weights."""
    train = atdata.load_dataset(out / "digits", Digit, split="train")
    test = atdata.load_dataset(out / "digits", Digit, split="test")
    network = Network.fresh(np.random.default_rng(0))
    batches = train.shuffled(batch_size=BATCH, seed=0)
    for epoch in range(EPOCHS):
        for batch in batches:
            network.learn(pixels(batch), batch.array("label"))
        if epoch % 5 == 4:
            print(f"   epoch {epoch + 1:2}: {accuracy(network, test):.1%} of the held-out digits")
    np.savez(out / "weights.npz", **vars(network))
    reached = accuracy(network, test)
    if reached <= 0.9:
        sys.exit(f"the classifier reached {reached:.1%}; over 90 % was expected")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
