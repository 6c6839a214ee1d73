"""Every annotation that `@packable` reads, with and without postponed evaluation: type, bytes and back."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from atdata.samples.annotations import PackableError
from atdata_schema.errors import ValidationError

Load = Callable[[str], ModuleType]

FUTURE = pytest.mark.parametrize("future", [True, False], ids=["postponed", "evaluated"])
_NAMES = itertools.count()
HEAD = """
import datetime as dt, enum, typing
from dataclasses import dataclass, field as dfield, InitVar, KW_ONLY
from datetime import datetime, timezone
from enum import Enum, IntEnum, StrEnum
from typing import Annotated, Any, ClassVar, Dict, Final, List, Literal, NewType, Optional, Self, Union
import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray
from atdata.samples import Array, Shape, field, packable
from atdata_schema.data import Link
from atdata_schema.fields.field import Json
from atdata_schema.fields.links import Blob
from atdata_schema.fields.objects import Unknown
from atdata_schema.media import Audio, Image

class Color(StrEnum):
    RED = "red"
    BLUE = "blue"

class Plain(Enum):
    A = "a"
    B = "b"

class Numbered(Enum):
    ONE = 1
    TWO = 2

class Level(IntEnum):
    LOW = 1
    HIGH = 5

Meters = NewType("Meters", float)
CID = "bafyreia4z7jgsxvxvsubt3jo63cnoc34zb6dd7otzczunrxfvtlssqolwu"
NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
PNG = b"\\x89PNG\\r\\n\\x1a\\n"

@packable
class Box:
    x: int
    y: int = 0

@packable(nsid="org.example.circle")
class Circle:
    r: float
"""


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Make a module of source text, as a file on disk, and import it."""

    def make(source: str) -> ModuleType:
        name = f"packable_module_{next(_NAMES)}"
        path = tmp_path / f"{name}.py"
        path.write_text(source, "utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    return make


def source(body: str, future: bool) -> str:
    return ("from __future__ import annotations\n" if future else "") + HEAD + body


# annotation, the field as the model prints it, a value
FORMS: list[tuple[str, str, str]] = [
    ("NDArray", "x: *[...]", "np.ones((2, 3), np.int16)"),
    ("NDArray[Any]", "x: *[...]", "np.ones(3, bool)"),
    ("NDArray[np.generic]", "x: *[...]", "np.ones(3, bool)"),
    ("np.ndarray", "x: *[...]", "np.ones((), np.complex64)"),
    ("npt.NDArray[np.float32]", "x: float32[...]", "np.ones((4, 4), np.float32)"),
    ("NDArray[np.bool_]", "x: bool[...]", "np.ones(3, np.bool_)"),
    ("NDArray[np.complex128]", "x: complex128[...]", "np.ones(3, np.complex128)"),
    ("NDArray[np.float64]", "x: float64[...]", "np.ones(3)"),
    ("NDArray[np.float16]", "x: float16[...]", "np.ones(3, np.float16)"),
    ("NDArray[np.uint64]", "x: uint64[...]", "np.ones(3, np.uint64)"),
    ("np.ndarray[Any, np.dtype[np.float32]]", "x: float32[...]", "np.ones(2, np.float32)"),
    ("np.ndarray[Any, np.dtype[Any]]", "x: *[...]", "np.ones(2)"),
    ("np.ndarray[tuple[int, int], np.dtype[np.int8]]", "x: int8[*, *]", "np.ones((2, 1), np.int8)"),
    ("np.ndarray[tuple[int, Literal[3]], np.dtype[np.int8]]", "x: int8[*, 3]", "np.ones((2, 3), np.int8)"),
    ("np.ndarray[tuple[int, ...], np.dtype[np.int8]]", "x: int8[...]", "np.ones((2, 1), np.int8)"),
    ('Annotated[NDArray[np.float32], Shape("H", "W", 3)]', "x: float32[H, W, 3]", "np.ones((5, 4, 3), np.float32)"),
    ("Annotated[NDArray[np.float32], Shape(..., 3)]", "x: float32[..., 3]", "np.ones((5, 4, 3), np.float32)"),
    ("Annotated[NDArray[np.float32], Shape()]", "x: float32[]", "np.ones((), np.float32)"),
    ('Annotated[NDArray, Shape("*", 2)]', "x: *[*, 2]", "np.ones((5, 2))"),
    ('Annotated[NDArray, field(dtype="int32", shape=("N",))]', "x: int32[N]", "np.ones(5, np.int32)"),
    ("Annotated[NDArray[np.float32], field(finite=True)]", "x: float32[...](finite true)", "np.ones(2, np.float32)"),
    ('Array["float32[H, W, 3]"]', "x: float32[H, W, 3]", "np.ones((5, 4, 3), np.float32)"),
    ('Array["*[..., 2]"]', "x: *[..., 2]", "np.ones((5, 4, 2))"),
    ('Array["uint8"]', "x: uint8[...]", "np.ones(3, np.uint8)"),
    ('Array["uint8[]"]', "x: uint8[]", "np.ones((), np.uint8)"),
    ("bool", "x: boolean", "True"),
    ("np.bool_", "x: boolean", "False"),
    ("int", "x: integer", "-3"),
    ("np.int8", "x: integer(minimum -128, maximum 127)", "-128"),
    ("np.int16", "x: integer(minimum -32768, maximum 32767)", "7"),
    ("np.int32", "x: integer(minimum -2147483648, maximum 2147483647)", "7"),
    ("np.int64", "x: integer", "-(2**53) + 1"),
    ("np.uint8", "x: integer(minimum 0, maximum 255)", "255"),
    ("np.uint16", "x: integer(minimum 0, maximum 65535)", "7"),
    ("np.uint32", "x: integer(minimum 0, maximum 4294967295)", "7"),
    ("np.uint64", "x: integer(minimum 0)", "2**53 - 1"),
    ("float", "x: float64", "0.1"),
    ("np.float64", "x: float64", "0.1"),
    ("np.float32", "x: float32", "0.5"),
    ("Meters", "x: float64", "2.0"),
    ("Annotated[float, field(finite=True)]", "x: float64(finite true)", "0.1"),
    ("str", "x: string", "'é'"),
    ("bytes", "x: bytes", "b'abc'"),
    ("datetime", "x: datetime", "NOW"),
    ("dt.datetime", "x: datetime", "NOW"),
    ("Image", "x: image", "Image(PNG)"),
    ("Audio", "x: audio", "Audio(b'fLaC')"),
    ("Annotated[Image, field(accept=['image/png'])]", "x: image(accept [image/png])", "Image(PNG)"),
    ("Link", "x: cid-link", "Link(CID)"),
    ("Annotated[Blob, field(max_size=10, accept=('image/*',))]", "x: blob(accept [image/*], maxSize 10)", "Blob(Link(CID), 'image/png', 3)"),
    ('Literal["a", "b"]', "x: string(enum [a, b])", "'b'"),
    ("Literal[1, 2]", "x: integer(enum [1, 2])", "2"),
    ("Literal[True]", "x: boolean(const true)", "True"),
    ("Literal[True, False]", "x: boolean", "False"),
    ("Color", "x: string(enum [red, blue])", "Color.BLUE"),
    ("Plain", "x: string(enum [a, b])", "Plain.A"),
    ("Level", "x: integer(enum [1, 5])", "Level.HIGH"),
    ("Numbered", "x: integer(enum [1, 2])", "Numbered.TWO"),
    ("Color | None", "x: string(enum [red, blue]) or null", "Color.RED"),
    ("list[Plain]", "x: list[string(enum [a, b])]", "[Plain.A, Plain.B]"),
    ("dict[str, list[Plain]]", "x: map[list[string(enum [a, b])]]", "{'k': [Plain.A]}"),
    ("list[int]", "x: list[integer]", "[1, 2]"),
    ("List[int]", "x: list[integer]", "[1, 2]"),
    ("list[list[float]]", "x: list[list[float64]]", "[[1.0], []]"),
    ("list[NDArray[np.uint8]]", "x: list[uint8[...]]", "[np.ones(2, np.uint8), np.ones((1, 1), np.uint8)]"),
    ("list[Box]", "x: list[local.packable.box]", "[Box(x=1), Box(x=2, y=3)]"),
    ("dict[str, float]", "x: map[float64]", "{'b': 1.0, 'a': 2.0}"),
    ("Dict[str, float]", "x: map[float64]", "{}"),
    ("dict[str, NDArray]", "x: map[*[...]]", "{'a': np.ones(2)}"),
    ("dict[str, Box]", "x: map[local.packable.box]", "{'a': Box(x=1)}"),
    ("dict[str, Any]", "x: unknown", "{'a': [1, None, 'b']}"),
    ("dict[str, Json]", "x: unknown", "{'a': {'b': True}}"),
    ("Box", "x: local.packable.box", "Box(x=1)"),
    ('"Box"', "x: local.packable.box", "Box(x=1)"),
    ('list["Box"]', "x: list[local.packable.box]", "[Box(x=1)]"),
    ('Optional["Box"]', "x: local.packable.box or null", "None"),
    ("Circle", "x: org.example.circle", "Circle(r=1.5)"),
    ("Box | Circle", "x: local.packable.box | org.example.circle | ...", "Circle(r=1.5)"),
    ("Union[Box, Circle]", "x: local.packable.box | org.example.circle | ...", "Box(x=1)"),
    ("Box | Circle | Unknown", "x: local.packable.box | org.example.circle | ...", "Unknown('org.example.other', {'a': 1})"),
    ("Annotated[Box | Circle, field(closed=True)]", "x: local.packable.box | org.example.circle", "Box(x=1)"),
    ("list[Box | Circle]", "x: list[local.packable.box | org.example.circle | ...]", "[Circle(r=2.0), Box(x=1)]"),
    ("Box | Circle | None", "x: local.packable.box | org.example.circle | ... or null", "None"),
    ("int | None", "x: integer or null", "None"),
    ("Optional[int]", "x: integer or null", "3"),
    ("Union[int, None]", "x: integer or null", "3"),
    ('Literal["a", None]', "x: string(enum [a]) or null", "None"),
    ("Annotated[int | None, field(minimum=0)]", "x: integer(minimum 0) or null", "None"),
    ("Annotated[int, field(minimum=0)] | None", "x: integer(minimum 0) or null", "3"),
    ("NDArray[np.float32] | None", "x: float32[...] or null", "np.ones(2, np.float32)"),
    ("Optional[NDArray]", "x: *[...] or null", "np.ones(2, np.float32)"),
    ("Annotated[str, field(max_length=3, min_length=1)]", "x: string(minLength 1, maxLength 3)", "'ab'"),
    ("Annotated[str, field(max_graphemes=3, min_graphemes=1)]", "x: string(minGraphemes 1, maxGraphemes 3)", "'ab'"),
    ("Annotated[str, field(format='uri')]", "x: uri", "'https://example.org'"),
    ("Annotated[str, field(format='datetime')]", "x: datetime", "'0000-01-01T00:00:00Z'"),
    ("Annotated[datetime, field(format='datetime')]", "x: datetime", "NOW"),
    ("Annotated[str, field(enum=('a', 'b'))]", "x: string(enum [a, b])", "'a'"),
    ("Annotated[str, field(known_values=('a', 'b'))]", "x: string", "'c'"),
    ("Annotated[str, field(const='a')]", "x: string(const a)", "'a'"),
    ("Annotated[str, field(default='a')]", "x: string(default a)", "'c'"),
    ("Annotated[int, field(minimum=0, maximum=9)]", "x: integer(minimum 0, maximum 9)", "9"),
    ("Annotated[int, field(enum=[1, 2])]", "x: integer(enum [1, 2])", "2"),
    ("Annotated[int, field(const=4)]", "x: integer(const 4)", "4"),
    ("Annotated[bool, field(const=True)]", "x: boolean(const true)", "True"),
    ("Annotated[int, field(minimum=0, maximum=1, classes=('no', 'yes'))]", "x: integer(minimum 0, maximum 1, classes [no, yes])", "1"),
    ("Annotated[np.uint8, field(maximum=9)]", "x: integer(minimum 0, maximum 9)", "9"),
    ("Annotated[bytes, field(max_length=3)]", "x: bytes(maxLength 3)", "b'abc'"),
    ("Annotated[list[str], field(max_length=3)]", "x: list[string](maxLength 3)", "['a']"),
    ("list[Annotated[str, field(max_length=3)]]", "x: list[string(maxLength 3)]", "['a']"),
    ("dict[str, Annotated[str, field(max_length=3)]]", "x: map[string(maxLength 3)]", "{'a': 'b'}"),
    ("Annotated[Annotated[str, field(max_length=3)], field(min_length=1)]", "x: string(minLength 1, maxLength 3)", "'a'"),
    ("Annotated[int, 'A number.', object()]", "x: integer", "3"),
    ("Final[int]", "x: integer", "3"),
]  # fmt: skip


@FUTURE
@pytest.mark.parametrize(("annotation", "line", "value"), FORMS, ids=[form[0] for form in FORMS])
def test_an_annotation_becomes_its_type_and_values_come_back(
    load: Load, future: bool, annotation: str, line: str, value: str
) -> None:
    module = load(source(f"\n@packable\nclass Sample:\n    x: {annotation}\n", future))
    assert str(module.Sample.SCHEMA.model.main).splitlines()[1].strip() == line
    given: Any = eval(value, vars(module))
    sample = module.Sample(x=given)
    data = sample.encode()
    back = module.Sample.decode(data)
    assert_same(back.x, given)
    assert back.encode() == data
    assert_same(module.Sample.from_record(sample.to_record()).x, given)


@pytest.mark.parametrize(("annotation", "line", "value"), FORMS, ids=[form[0] for form in FORMS])
def test_both_ways_of_evaluation_give_the_same_type(
    load: Load, annotation: str, line: str, value: str
) -> None:
    body = f"\n@packable\nclass Sample:\n    x: {annotation}\n"
    postponed, evaluated = load(source(body, True)), load(source(body, False))
    assert postponed.Sample.SCHEMA.cid == evaluated.Sample.SCHEMA.cid


@FUTURE
@pytest.mark.parametrize(
    ("member", "line"),
    [
        ("x: int", "x: integer"),
        ("x: int = 3", "x: integer"),
        ("x: int | None", "x: integer or null"),
        ("x: int | None = None", "x?: integer"),
        ("x: int | None = 3", "x?: integer"),
        ("x: Optional[int] = None", "x?: integer"),
        ("x: Annotated[int | None, field(minimum=0)] = None", "x?: integer(minimum 0)"),
        ("x: list[int] | None = dfield(default_factory=list)", "x?: list[integer]"),
        ("x: list[int] = dfield(default_factory=list)", "x: list[integer]"),
    ],
)
def test_none_and_a_default_decide_what_must_be_there(
    load: Load, future: bool, member: str, line: str
) -> None:
    module = load(source(f"\n@packable\nclass Sample:\n    {member}\n", future))
    assert str(module.Sample.SCHEMA.model.main).splitlines()[1].strip() == line


REFUSED: list[tuple[str, str]] = [
    ("set[str]", "use list"),
    ("frozenset[int]", "use list"),
    ("tuple[int, int]", "use list"),
    ("complex", "complex128"),
    ("object", "say what it holds"),
    ("Any", "say what it holds"),
    ("list", "list[str]"),
    ("List", "list[str]"),
    ("dict", "dict[str, Any] for JSON"),
    ("dict[int, str]", "keys of a map are texts"),
    ("int | str", "@packable classes"),
    ("Box | int", "@packable classes"),
    ("list[int | None]", "no None"),
    ("dict[str, Optional[int]]", "no None"),
    ("list[set[int]]", "use list"),
    ("typing.Callable[[], int]", "a field may be"),
    ("typing.Sequence[int]", "use list"),
    ("dt.date", "datetime"),
    ("dt.timedelta", "float"),
    ("bytearray", "use bytes"),
    ("None", "a field may be"),
    ("5", "a field may be"),
    ("Literal['a', 1]", "all be texts"),
    ("Literal[True, 1]", "all be texts"),
    ("NDArray[np.str_]", "no dtype"),
    ("NDArray[np.object_]", "no dtype"),
    ("NDArray[np.datetime64]", "no dtype"),
    ("NDArray[np.longdouble]", "no dtype"),
    ("NDArray[np.floating]", "no dtype"),
    ("NDArray[int]", "no dtype"),
    ("np.float16", "numbers are"),
    ("np.integer", "abstract"),
    ("np.str_", "numbers are"),
    ("enum.Flag", "flags"),
    ("Enum", "no members"),
    ("Mixed", "texts or all be integers"),
    ("Bare", "put @atdata.packable on Bare"),
    ("Undefined", "not only under TYPE_CHECKING"),
    ("list[Undefined]", "not only under TYPE_CHECKING"),
    ("typing.TypeVar('T')", "a field may be"),
    ("Annotated[int, field(max_length=3)]", "max_length says nothing about integer"),
    ("Annotated[str, field(minimum=3)]", "minimum says nothing about string"),
    ("Annotated[Box, field(minimum=3)]", "says nothing about a class"),
    ("Annotated[list[str], Shape(3)]", "shape says nothing about array"),
    ("Annotated[str, field(max_length=3), field(max_length=4)]", "given twice"),
    ("Annotated[np.uint8, field(maximum=256)]", "outside the range"),
    ("Annotated[NDArray[np.uint8], field(dtype='int8')]", "the type says 'uint8'"),
    ("Annotated[Literal['a'], field(enum=('b',))]", "the type says"),
    ("Annotated[int, field(minimum=3, maximum=2)]", "minimum"),
    ("Annotated[str, field(format='nonsense')]", "nonsense"),
    ("Annotated[str, field(max_length='3')]", "maxLength"),
    ("Annotated[NDArray, field(dtype='float33')]", "float33"),
]


@FUTURE
@pytest.mark.parametrize(("annotation", "reason"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_no_lexicon_can_say_is_refused_at_the_decorator(
    load: Load, future: bool, annotation: str, reason: str
) -> None:
    """The message names class, field and remedy; evaluated annotations may fail in Python itself first."""
    body = f"""
class Mixed(Enum):
    A = "a"
    B = 1

@dataclass
class Bare:
    x: int

@packable
class Sample:
    wrong: {annotation}
"""
    if not future and "Undefined" in annotation:
        annotation = f'"{annotation}"'
        body = body.replace("wrong: list[Undefined]", 'wrong: list["Undefined"]')
        body = body.replace("wrong: Undefined", 'wrong: "Undefined"')
    with pytest.raises(PackableError) as caught:
        load(source(body, future))
    message = str(caught.value)
    assert reason in message
    assert "Sample" in message
    assert "wrong" in message
    assert isinstance(caught.value, TypeError)


def test_an_annotation_that_raises_names_its_field(load: Load) -> None:
    body = "\n@packable\nclass Sample:\n    wrong: np.no_such_thing\n"
    with pytest.raises(
        PackableError, match=r"Sample.wrong: `np.no_such_thing` cannot be evaluated"
    ):
        load(source(body, True))


def test_code_that_runs_under_the_name_of_another_module_has_its_own_names() -> None:
    """As in a doctest, whose classes say that they are of the module that is tested."""
    names: dict[str, Any] = {"__name__": "atdata.samples.packable"}
    exec(source("\n@packable\nclass Sample:\n    x: Annotated[Box, 'Here.']\n", True), names)
    assert str(names["Sample"].FIELDS) == "x: Box"


def test_values_outside_an_annotation_are_refused_when_written(load: Load) -> None:
    """The dtype, the shape and the width that an annotation states are checked, not assumed."""
    body = '\n@packable\nclass Sample:\n    x: Annotated[NDArray[np.float32], Shape("N", 2)]\n    n: np.int8\n'
    cls: Any = load(source(body, True)).Sample
    good = np.ones((3, 2), np.float32)
    assert cls(x=good, n=3).encode()
    for wrong in (
        cls(x=good.astype(np.float64), n=3),
        cls(x=good.T, n=3),
        cls(x=good, n=128),
        cls(x=[1], n=3),
    ):
        with pytest.raises(ValidationError):
            wrong.encode()


def assert_same(found: Any, given: Any) -> None:
    """Equal in value and in Python type, arrays inside lists and maps too."""
    one, other = flat(found), flat(given)
    assert list(one) == list(other)
    for place, value in other.items():
        assert type(one[place]) is type(value)
        assert getattr(one[place], "dtype", None) == getattr(value, "dtype", None)
        assert np.all(one[place] == value)


def flat(value: Any, place: str = "") -> dict[str, Any]:
    """The values inside lists and maps by their place; a map's keys in sorted order."""
    steps: Any
    if hasattr(value, "append"):
        steps = range(len(value))
    elif hasattr(value, "keys"):
        steps = sorted(value)
    else:
        return {place: value}
    inside: dict[str, Any] = {place: type(value)}
    for step in steps:
        inside |= flat(value[step], f"{place}/{step}")
    return inside
