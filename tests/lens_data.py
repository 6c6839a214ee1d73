"""Sample types, lenses and datasets for the tests of views through lenses."""

from __future__ import annotations

import dataclasses
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType
from typing import Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray

import atdata
from atdata import Shape
from atdata_codegen.lenses.unit import LensUnit, SampleClass
from atdata_schema.batch import Batch
from atdata_schema.lens import SampleLens
from atdata_schema.lenses import Lens
from compiled_lenses import source_of

__all__ = [
    "NOTATION",
    "Frame",
    "Seen",
    "Short",
    "frame",
    "frames",
    "seen_by_code",
    "seen_by_compiler",
    "seen_by_notation",
    "shorten",
]


@atdata.packable(nsid="org.example.frame")
class Frame:
    image: Annotated[NDArray[np.uint8], Shape("H", "W", 3)]
    number: int
    label: str
    note: str | None = None


@atdata.packable(nsid="org.example.seen")
class Seen:
    pixels: Annotated[NDArray[np.uint8], Shape(3, "H", "W")]
    place: int
    label: str


@atdata.packable(nsid="org.example.short")
class Short:
    place: int


@atdata.lens
def seen_by_code(frame: Frame) -> Seen:
    return Seen(pixels=frame.image.transpose(2, 0, 1), place=frame.number, label=frame.label)


@seen_by_code.putter
def _put(view: Seen, frame: Frame) -> Frame:
    return dataclasses.replace(
        frame, image=view.pixels.transpose(1, 2, 0), number=view.place, label=view.label
    )


@seen_by_code.creator
def _create(view: Seen) -> Frame:
    return Frame(image=view.pixels.transpose(1, 2, 0), number=view.place, label=view.label)


@seen_by_code.batch
def _batch(batch: Any) -> dict[str, Any]:
    pixels = batch.image
    stacked = isinstance(pixels, np.ndarray)
    return {
        "pixels": (
            pixels.transpose(0, 3, 1, 2) if stacked else [one.transpose(2, 0, 1) for one in pixels]
        ),
        "place": batch.array("number"),
        "label": batch.label,
    }


@atdata.lens
def shorten(seen: Seen) -> Short:
    return Short(place=seen.place)


@shorten.putter
def _lengthen(view: Short, seen: Seen) -> Seen:
    return dataclasses.replace(seen, place=view.place)


NOTATION: Final = """
lens seen from org.example.frame to org.example.seen {
  image | rearrange[h w c -> c h w] <-> pixels;
  number <-> place;
  label <-> label;
  drop note;
}
"""


@cache
def seen_by_notation() -> Lens[Frame, Seen]:
    """The same lens, in the language."""
    return atdata.load_lens(NOTATION, Frame, Seen)


@cache
def seen_by_compiler() -> SampleLens[Frame, Seen]:
    """The same lens, compiled."""
    module: Any = ModuleType("lens_data_compiled")
    module.Frame, module.Seen, module.FrameBatch, module.SeenBatch = Frame, Seen, Batch, Batch
    sys.modules[module.__name__] = module
    packed: list[Any] = [Frame, Seen]
    classes = {cls.TYPE: SampleClass(module.__name__, cls.__name__, cls.SCHEMA) for cls in packed}
    unit = LensUnit("org.example.lenses", "", (seen_by_notation(),), classes, None)
    space: dict[str, Any] = module.__dict__
    exec(compile(source_of(unit), "<lens>", "exec", dont_inherit=True), space)
    made: SampleLens[Frame, Seen] = space["seen"]
    return made


def frame(number: int) -> Frame:
    """The sample with a number."""
    return Frame(
        image=np.full((2, 4, 3), number % 256, np.uint8),
        number=number,
        label="even" if number % 2 == 0 else "odd",
        note=None if number % 3 else f"n{number}",
    )


@cache
def frames(count: int = 10, maxcount: int = 4) -> atdata.Dataset[Frame]:
    """A dataset of frames, written once in a test run and then only read."""
    folder = Path(mkdtemp(prefix="atdata-lenses-"))
    return atdata.write_samples(map(frame, range(count)), folder / "f.tar", maxcount=maxcount)
