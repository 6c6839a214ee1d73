"""The peer's lenses in the peer's environment: answers a line with the time of an epoch through a view.

Its `packable` and its `lens` look at annotations as they stand, so they must not be texts.
"""

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import atdata
from benchmarks.contenders.peer import Document, Event, Picture
from benchmarks.touch import touched
from benchmarks.workloads import WORKLOADS


@atdata.packable
class SeenPicture:
    """W2."""

    pixels: NDArray
    target: int


@atdata.packable
class SeenEvent:
    """W3."""

    at: int
    who: int
    count: int
    price: float
    confidence: float
    item: str
    city: str


@atdata.packable
class SeenDocument:
    """W4."""

    vector: NDArray
    name: str


@atdata.lens
def picture(source: Picture) -> SeenPicture:
    return SeenPicture(pixels=source.image.transpose(2, 0, 1), target=source.label)


@atdata.lens
def event(source: Event) -> SeenEvent:
    return SeenEvent(
        at=source.time,
        who=source.user,
        count=source.count,
        price=source.amount,
        confidence=source.score,
        item=source.item,
        city=source.place,
    )


@atdata.lens
def document(source: Document) -> SeenDocument:
    return SeenDocument(vector=source.embedding, name=source.id)


CLASSES: dict[str, tuple[Any, Any, tuple[str, ...]]] = {
    "W2": (Picture, SeenPicture, ("pixels", "target")),
    "W3": (Event, SeenEvent, ("at", "who", "count", "price", "confidence", "item", "city")),
    "W4": (Document, SeenDocument, ("vector", "name")),
}


def main(folder: Path, name: str, count: int, size: int) -> None:
    """Write where there is nothing, and time an epoch for each line of the input."""
    source, view, names = CLASSES[name]
    if not (folder / "whole").exists():
        folder.mkdir(parents=True, exist_ok=True)
        samples = (source(**row) for row in WORKLOADS[name].rows(count))
        with contextlib.redirect_stdout(sys.stderr):  # its writer says what it writes
            atdata.write_samples(samples, folder / "data.tar", maxcount=count // 2)
        (folder / "whole").touch()
    shards = sorted(folder.glob("*.tar"))
    pattern = f"{folder}/data-{{000000..{len(shards) - 1:06d}}}.tar"
    for _ in sys.stdin:
        start, seen = time.perf_counter(), 0
        for batch in atdata.Dataset[source](pattern).as_type(view).ordered(batch_size=size):
            seen += touched({column: getattr(batch, column) for column in names})
        assert seen == count, seen
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
