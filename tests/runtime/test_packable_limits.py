"""What a `@packable` class cannot have, what stays off the wire, and what is checked when samples are written."""

from __future__ import annotations

from dataclasses import KW_ONLY, InitVar, field
from enum import Enum, IntEnum
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata.samples
from atdata.samples import PackableError, Shape, packable, sample_class
from atdata_schema.batch import NoSuchColumn
from atdata_schema.errors import ValidationError
from atdata_schema.names import RESERVED


@packable
class Cat:
    label: str


def made(annotations: dict[str, Any], *bases: type, **body: Any) -> Any:
    """A class called `Thing` with these annotations, decorated."""
    return packable(type("Thing", bases, {"__annotations__": annotations, **body}))


def wire(value: Any) -> Any:
    """A sample as what it is at run time."""
    return value


@pytest.mark.parametrize("name", [*sorted(RESERVED), "class", "__secret"])
def test_names_that_a_field_cannot_have_are_refused(name: str) -> None:
    with pytest.raises(PackableError, match=f"Sample.*{name}"):
        packable(type("Sample", (), {"__annotations__": {name: int}}))


@pytest.mark.parametrize(
    "name", ["encode", "decode", "to_record", "from_record", "collate", "FIELDS"]
)
def test_what_samples_need_is_not_replaced_unseen(name: str) -> None:
    body: dict[str, Any] = {"__annotations__": {"a": int}, name: len}
    with pytest.raises(PackableError, match=f"Sample.{name}.*samples or batches have it"):
        packable(type("Sample", (), body))


def test_a_class_variable_and_a_derived_field_stay_off_the_wire() -> None:
    @packable
    class Derived:
        scale: ClassVar[int] = 3
        a: int
        b: int = field(init=False)

        def __post_init__(self) -> None:
            self.b = self.a * self.scale

    assert list(wire(Derived).FIELDS) == ["a"]
    assert wire(Derived).decode(wire(Derived(a=2)).encode()).b == 6


def test_an_init_variable_needs_a_default() -> None:
    @packable
    class Scaled:
        a: int
        factor: InitVar[int] = 2

        def __post_init__(self, factor: int) -> None:
            self.scaled = self.a * factor

    assert wire(Scaled).decode(wire(Scaled(a=2, factor=5)).encode()).scaled == 4
    with pytest.raises(PackableError, match=r"Needs\.factor.*default"):

        @packable
        class Needs:
            a: int
            factor: InitVar[int]


def test_keyword_only_fields_are_fields() -> None:
    @packable
    class Marked:
        a: int = 1
        _: KW_ONLY
        b: str

    assert list(wire(Marked).FIELDS) == ["a", "b"]
    assert wire(Marked).decode(wire(Marked(b="x")).encode()) == Marked(b="x")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: made({}), "has no fields"),
        (lambda: made({"a": int}, dict), "is a dict"),
        (lambda: wire(packable)(3), "goes on a class"),
        (lambda: wire(packable)(Cat), "packable already"),
        (lambda: wire(packable)(Cat.__mro__[1]), "packable already"),
        (lambda: made({"a": int, "b": int}, a=1), "non-default argument"),
        (lambda: made({"a": list[int]}, a=[]), "mutable default"),
        (lambda: made({"a": str}, a=atdata.samples.field(format="uri")), "into the annotation"),
    ],
)
def test_classes_that_cannot_be_sample_types_are_refused(make: Any, reason: str) -> None:
    with pytest.raises(PackableError, match=reason):
        make()


def test_an_init_that_a_reader_could_not_call_is_refused() -> None:
    with pytest.raises(PackableError, match="takes no 'a'"):

        @packable
        class Strange:
            a: int

            def __init__(self, b: int = 0) -> None:
                self.a = b


class Level(IntEnum):
    LOW = 1
    HIGH = 5


class Step(Enum):
    FIRST = 1
    LAST = 2


def test_members_of_enums_are_written_as_their_values() -> None:
    """The bytes, and the place of an array behind them, are those of the plain numbers."""

    @packable
    class Members:
        level: Level
        step: Step
        image: NDArray[np.uint8]

    plain = sample_class(wire(Members).SCHEMA)
    image = np.ones(3, np.uint8)
    sample = wire(Members)(level=Level.HIGH, step=Step.LAST, image=image)
    assert sample.encode() == wire(plain)(level=5, step=2, image=image).encode()
    assert sample.encode() == wire(Members)(level=5, step=2, image=image).encode()
    batch = wire(Members).collate([sample, sample])
    assert batch.level == [Level.HIGH, Level.HIGH]
    assert batch.step == [Step.LAST, Step.LAST]
    assert batch.array("level").tolist() == [5, 5]
    with pytest.raises(NoSuchColumn, match="step"):
        batch.array("step")
    for wrong in (Step.FIRST, 2, "HIGH", None):
        with pytest.raises(ValidationError, match="^level"):
            wire(Members)(level=wrong, step=Step.LAST, image=image).encode()


def test_shapes_are_checked_across_fields() -> None:
    @packable
    class Masked:
        image: Annotated[NDArray[np.uint8], Shape("H", "W", 3)]
        mask: Annotated[NDArray[np.bool_], Shape("H", "W")]

    image = np.zeros((4, 5, 3), np.uint8)
    assert wire(Masked(image=image, mask=np.ones((4, 5), np.bool_))).encode()
    with pytest.raises(ValidationError, match=r"mask.*H"):
        wire(Masked(image=image, mask=np.ones((3, 5), np.bool_))).encode()
