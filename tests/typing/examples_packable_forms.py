"""Every form of a field that `@packable` reads, as type checkers see it; `test_typing.py` checks and runs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self, assert_type

import numpy as np
from numpy.typing import NDArray

import atdata


class Split(StrEnum):
    TRAIN = "train"
    TEST = "test"


@atdata.packable
class Box:
    x: int
    y: int = 0


@atdata.packable(nsid="org.example.circle")
@dataclass(frozen=True, kw_only=True)
class Circle:
    r: float


@atdata.packable()
class Sample:
    """Every form."""

    SCALE: ClassVar[int] = 3
    pixels: Annotated[NDArray[np.float32], atdata.Shape("H", "W", 3)]
    anything: NDArray[Any]
    label: Annotated[str, atdata.field(max_length=64, min_graphemes=1)]
    digit: Annotated[int, atdata.field(minimum=0, maximum=9)]
    kind: Literal["cat", "dog"]
    split: Split
    at: datetime
    raw: bytes
    ok: bool
    boxes: list[Box]
    scores: dict[str, float]
    shape: Box | Circle
    metadata: dict[str, Any]
    maybe: float | None
    parent: Self | None = None
    tags: list[str] = field(default_factory=list[str])

    def loud(self) -> str:
        return self.label.upper()


sample = Sample(
    pixels=np.zeros((2, 2, 3), np.float32),
    anything=np.zeros(3),
    label="a cat",
    digit=3,
    kind="cat",
    split=Split.TRAIN,
    at=datetime(2026, 1, 31, tzinfo=UTC),
    raw=b"abc",
    ok=True,
    boxes=[Box(1), Box(x=2, y=3)],
    scores={"a": 0.5},
    shape=Circle(r=2.5),
    metadata={"iso": 400},
    maybe=None,
)
assert_type(sample, Sample)
assert_type(sample.pixels, NDArray[np.float32])
assert_type(sample.label, str)
assert_type(sample.digit, int)
assert_type(sample.kind, Literal["cat", "dog"])
assert_type(sample.split, Split)
assert_type(sample.boxes, list[Box])
assert_type(sample.shape, Box | Circle)
assert_type(sample.parent, Sample | None)
assert_type(sample.loud(), str)
assert_type(Sample.SCALE, int)

untyped = atdata.DictSample(label="cat", x=1, y=2)
assert_type(untyped.to(Box), Box)
