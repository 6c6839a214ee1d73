"""The rows and the questions of `where_speed`, the same for everybody.

The peer's `packable` looks at annotations as they stand, so they must not be texts: no `annotations` of the future.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

import atdata

__all__ = ["QUESTIONS", "Event", "events", "per_shard"]

LABELS = ("cat", "dog", "cow", "horse", "bird")
_BLOCK = 10_000


@atdata.packable
class Event:
    """A small sample."""

    time: int
    user: int
    confidence: float
    label: str
    place: str


QUESTIONS: dict[str, tuple[str, Any]] = {
    "number and label": (
        "confidence > 0.9 and label in ['cat', 'dog']",
        lambda f: (f.confidence > 0.9) & f.label.isin(["cat", "dog"]),
    ),
    "rare": (
        "confidence > 0.999 and user < 100",
        lambda f: (f.confidence > 0.999) & (f.user < 100),
    ),
    "one shard": (
        "time >= 500000 and time < 500100",
        lambda f: (f.time >= 500000) & (f.time < 500100),
    ),
    "one text": ("place == 'place 7'", lambda f: f.place == "place 7"),
    "not, or": (
        "not (confidence < 0.5 or label == 'cat')",
        lambda f: ~((f.confidence < 0.5) | (f.label == "cat")),
    ),
}
"""What is asked, as our text and in the form that the peer's fields take."""


def events(count: int) -> Iterator[Any]:
    """Samples, made as they are asked for."""
    rng = np.random.default_rng(0)
    for begin in range(0, count, _BLOCK):
        size = min(_BLOCK, count - begin)
        confidences = rng.random(size).tolist()
        users, labels = rng.integers(0, 1000, size).tolist(), rng.integers(0, 5, size).tolist()
        places = rng.integers(0, 300, size).tolist()
        for number in range(size):
            yield Event(
                time=begin + number,
                user=users[number],
                confidence=confidences[number],
                label=LABELS[labels[number]],
                place=f"place {places[number]}",
            )


def per_shard(count: int, shards: int) -> int:
    """Samples in a shard."""
    return -(-count // shards)
