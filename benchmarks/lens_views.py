"""What is seen of each workload through a lens: the classes and the lenses, and the expressions written by hand."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

import atdata
from atdata import Shape
from benchmarks.contenders.ours import Document, Event, Photo, Picture

__all__ = ["NORMALISED", "VIEWS", "lens_of", "normalised"]


@atdata.packable
class SeenPhoto:
    """W1: channels first, two renames."""

    pixels: Annotated[NDArray[np.float32], Shape(3, 224, 224)]
    name: str
    confidence: float


@atdata.packable
class SeenPicture:
    """W2: channels first, a rename."""

    pixels: Annotated[NDArray[np.uint8], Shape(3, 224, 224)]
    target: int


@atdata.packable
class SeenEvent:
    """W3: renames."""

    at: int
    who: int
    count: int
    price: float
    confidence: float
    item: str
    city: str


@atdata.packable
class SeenDocument:
    """W4: a rename."""

    vector: Annotated[NDArray[np.float16], Shape(768)]
    name: str


@atdata.packable
class Normalised:
    """W2 for training: channels first, 0 to 1."""

    pixels: Annotated[NDArray[np.float32], Shape(3, 224, 224)]
    target: int


VIEWS: dict[str, tuple[type[Any], type[Any], str]] = {
    "W1": (
        Photo,
        SeenPhoto,
        "image | rearrange[h w c -> c h w] <-> pixels; label <-> name; score <-> confidence;",
    ),
    "W2": (
        Picture,
        SeenPicture,
        "image | rearrange[h w c -> c h w] <-> pixels; label <-> target;",
    ),
    "W3": (
        Event,
        SeenEvent,
        "time <-> at; user <-> who; amount <-> price; score <-> confidence; place <-> city; auto;",
    ),
    "W4": (Document, SeenDocument, "embedding <-> vector; id <-> name;"),
}
"""For each workload the class, that of the view, and the clauses between them."""

NORMALISED: tuple[type[Any], type[Any], str] = (
    Picture,
    Normalised,
    """
    image | rearrange[h w c -> c h w] | cast(float32) | affine(scale=1/255, on_put=round) <-> pixels;
    label <-> target;
    """,
)


def lens_of(source: type[Any], view: type[Any], clauses: str) -> Any:
    """The lens of some clauses."""
    ids = [cls.SCHEMA.id for cls in (source, view)]
    return atdata.load_lens(f"lens seen from {ids[0]} to {ids[1]} {{ {clauses} }}", source, view)


def normalised(images: NDArray[np.uint8], out: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same by hand, into memory that was written before."""
    np.multiply(images, np.float32(1 / 255), out=out)
    return out.transpose(0, 3, 1, 2)
