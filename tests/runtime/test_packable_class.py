"""A `@packable` class is still the class that its author wrote, and a sample type beside."""

from __future__ import annotations

import abc
import copy
import dataclasses
import functools
import inspect
import pickle
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Optional, Self, TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata.samples
from atdata.samples import PackableError, packable
from atdata_schema.sample import Sample

if TYPE_CHECKING:
    from decimal import Decimal


T = TypeVar("T")


@packable
class Cat:
    """A cat.

    Seen from the side.
    """

    KIND: ClassVar[str] = "felis"
    label: str
    image: NDArray[np.float32]
    lives: int = 9
    tags: list[str] = field(default_factory=list[str])
    note: str | None = None

    def __post_init__(self) -> None:
        self.shouted = self.label.upper()

    @property
    def size(self) -> int:
        """How many pixels."""
        return self.image.size

    def me(self) -> type[Any]:
        """The class that the method's own cell holds."""
        cell: type[Any] = __class__  # type: ignore[name-defined]  # every method has this cell
        return cell


@packable
class Kitten(Cat):
    mother: Kitten | None = None

    def me(self) -> type[Any]:
        return super().me()


@packable
@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    x: int
    y: int = 0


@dataclass
class Placed:
    place: Annotated[str, atdata.samples.field(max_length=8)]


@packable
class Dog(Placed):
    name: str


@packable
class Tree:
    value: int
    children: list[Tree]
    parent: Optional[Tree] = None  # noqa: UP045  # the spelling is what is tested
    twin: Self | None = None


def cat(**changes: Any) -> Cat:
    values: dict[str, Any] = {"label": "tom", "image": np.zeros((2, 3), np.float32)}
    return Cat(**values | changes)


def made(annotations: dict[str, Any], *bases: type, **body: Any) -> Any:
    """A class called `Thing` with these annotations, decorated."""
    return packable(type("Thing", bases, {"__annotations__": annotations, **body}))


def wire(value: Any) -> Any:
    """A sample as what it is at run time."""
    return value


def test_it_keeps_name_module_docstring_and_source() -> None:
    assert (Cat.__name__, Cat.__qualname__, Cat.__module__) == ("Cat", "Cat", __name__)
    assert inspect.getdoc(Cat) == "A cat.\n\nSeen from the side."
    assert inspect.getsource(Cat).startswith("@packable\nclass Cat:")
    assert inspect.getsource(Cat.me).lstrip().startswith("def me")


def test_it_is_a_dataclass_and_a_sample() -> None:
    assert dataclasses.is_dataclass(Cat)
    assert [item.name for item in dataclasses.fields(wire(Cat))] == [
        "label",
        "image",
        "lives",
        "tags",
        "note",
    ]
    assert isinstance(cat(), Sample)
    assert dataclasses.replace(wire(cat()), label="kit").label == "kit"
    assert list(inspect.signature(Cat).parameters) == ["label", "image", "lives", "tags", "note"]


def test_defaults_methods_properties_and_class_variables_stay() -> None:
    one = cat()
    assert (one.lives, one.tags, one.note, one.size, Cat.KIND) == (9, [], None, 6, "felis")
    assert one.tags is not cat().tags
    assert "KIND" not in wire(Cat).FIELDS


def test_post_init_runs_when_made_and_when_read() -> None:
    """Validation and derived attributes are not dropped."""
    assert cat().shouted == "TOM"
    assert wire(Cat).decode(wire(cat()).encode()).shouted == "TOM"


def test_super_and_class_cells_work_in_methods() -> None:
    kitten = Kitten(label="kit", image=np.zeros(1, np.float32))
    assert issubclass(Kitten, kitten.me())
    assert issubclass(Kitten, Cat)


def test_fields_of_bases_come_first_and_their_classes_stay_meant() -> None:
    assert list(wire(Kitten).FIELDS) == ["label", "image", "lives", "tags", "note", "mother"]
    mother = Kitten(label="m", image=np.zeros(1, np.float32))
    kitten = Kitten(label="k", image=np.zeros(1, np.float32), mother=mother)
    back = wire(Kitten).decode(wire(kitten).encode())
    assert type(back.mother) is Kitten
    assert back == kitten


def test_plain_dataclasses_can_be_bases() -> None:
    dog = Dog(place="here", name="rex")
    assert str(wire(Dog).SCHEMA.model.main) == (
        "local.packable.dog\n  place: string(maxLength 8)\n  name: string"
    )
    assert wire(Dog).decode(wire(dog).encode()) == dog


def test_abstract_and_generic_classes_stay_so() -> None:
    @packable
    class Holder(abc.ABC, Generic[T]):
        a: int

        @functools.cached_property
        def double(self) -> int:
            return self.a * 2

    back = wire(Holder).decode(wire(Holder[str](a=2)).encode())
    assert back == Holder[str](a=2)
    assert back.double == 4
    assert type(Holder) is abc.ABCMeta


def test_two_packable_bases_give_their_fields_together() -> None:
    @packable
    class Left:
        a: int

    @packable
    class Right:
        b: int

    @packable
    class Both(Right, Left):
        c: int

    assert list(wire(Both).FIELDS) == ["a", "b", "c"]
    both = Both(a=1, b=2, c=3)
    assert wire(Both).decode(wire(both).encode()) == both


def test_a_subclass_may_narrow_a_field_in_its_place() -> None:
    @packable
    class Wide:
        a: int | None
        b: str

    narrow: Any = made({"a": int}, Wide)
    assert str(narrow.FIELDS) == "a: integer, b: string"


def test_a_subclass_without_the_decorator_is_a_sample_too() -> None:
    class Persian(Cat):
        """No new fields: the type stays that of Cat."""

    one = Persian(label="p", image=np.zeros(1, np.float32))
    assert wire(Persian).decode(wire(one).encode()) == one
    assert type(wire(Persian).decode(wire(one).encode())) is Persian


def test_a_class_may_refer_to_itself() -> None:
    tree = Tree(value=1, children=[Tree(value=2, children=[])], twin=Tree(value=3, children=[]))
    back = wire(Tree).decode(wire(tree).encode())
    assert back == tree
    assert type(back.children[0]) is Tree
    assert type(back.twin) is Tree


def test_frozen_slots_and_keyword_only_are_respected() -> None:
    point = Point(x=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 2  # type: ignore[misc]  # that is the point
    assert not hasattr(point, "__dict__")
    with pytest.raises(TypeError):
        wire(Point)(1)
    assert wire(Point).decode(wire(point).encode()) == point


def test_frozen_and_keyword_only_may_be_said_to_the_decorator() -> None:
    @packable(frozen=True, kw_only=True)
    class Fixed:
        x: int

    fixed = wire(Fixed)(x=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        fixed.x = 2
    with pytest.raises(TypeError):
        wire(Fixed)(1)
    assert wire(Fixed).decode(fixed.encode()) == fixed
    with pytest.raises(PackableError, match="say frozen in @dataclass"):
        packable(frozen=True)(dataclass(type("Late", (), {"__annotations__": {"x": int}})))


def test_undeclared_entries_are_kept_on_request_even_with_slots() -> None:
    data = wire(Point(x=1)).encode()
    more = bytes([data[0] + 1]) + data[1:] + b"\xa1z\x05"
    assert wire(Point).decode(more) == Point(x=1)
    kept = wire(Point).decode(more, extra=True)
    assert kept.extra == {"z": 5}
    assert pickle.loads(pickle.dumps(kept)).extra == copy.deepcopy(kept).extra == {"z": 5}


def test_a_subclass_of_a_frozen_class_is_frozen() -> None:
    cls: Any = made({"z": int}, Point, z=0)
    point = cls(x=1, z=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.z = 4
    assert cls.decode(point.encode()) == point


def test_samples_with_arrays_compare() -> None:
    """Equal samples are equal, different ones are not, and nothing raises."""

    @packable
    @dataclass
    class Decorated:
        image: NDArray[np.float32]

    ones, zeros = np.ones((2, 2), np.float32), np.zeros((2, 2), np.float32)
    assert Decorated(ones) == Decorated(ones.copy())
    assert Decorated(ones) != Decorated(zeros)
    assert cat() == cat()
    assert cat() != cat(label="jerry")
    assert wire(cat()) != 3


def test_an_equality_of_the_authors_own_stays() -> None:
    @packable
    @dataclass
    class Same:
        a: int

        def __eq__(self, other: object) -> bool:
            return True

    assert Same(1) == Same(2)


@pytest.mark.parametrize(
    "sample",
    [cat(note="n"), Kitten(label="k", image=np.ones(2, np.float32)), Point(x=1, y=2)],
    ids=["plain", "derived", "slots"],
)
def test_samples_pickle_and_copy(sample: Any) -> None:
    assert pickle.loads(pickle.dumps(sample)) == sample
    assert copy.copy(sample) == sample
    assert copy.deepcopy(sample) == sample
    assert type(pickle.loads(pickle.dumps(sample))) is type(sample)


def test_batches_pickle() -> None:
    batch: Any = wire(Cat).collate([cat(), cat(label="b")], ["k1", "k2"])
    back = pickle.loads(pickle.dumps(batch))
    assert back.label == ["tom", "b"]
    assert back.keys == ["k1", "k2"]
    assert back.image.shape == (2, 2, 3)


def test_samples_of_a_module_pickle_into_another_process(tmp_path: Path) -> None:
    """A worker process that imports the module reads them."""
    (tmp_path / "shapes.py").write_text(
        "from atdata.samples import packable\n@packable\nclass Disc:\n    r: float\n", "utf-8"
    )
    paths = [str(tmp_path), *sys.path]
    make = "import pickle, shapes; pickle.dump(shapes.Disc(r=2.5), open('disc.pkl', 'wb'))"
    read = "import pickle; print(pickle.load(open('disc.pkl', 'rb')))"
    for program in (make, read):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={"PYTHONPATH": ":".join(paths)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout == "Disc(r=2.5)\n"


def test_names_resolve_in_the_function_the_class_and_the_module() -> None:
    @packable
    class Inner:
        a: int

    @packable
    class Outer:
        Width = Annotated[int, atdata.samples.field(minimum=0)]
        inner: Inner
        width: Width  # pyright: ignore[reportInvalidTypeForm]  # evaluated, never checked
        point: Point

    assert str(wire(Outer).FIELDS) == "inner: Inner, width: integer(minimum 0), point: Point"


def test_a_class_inside_a_class_sees_what_surrounds_it() -> None:
    @packable
    class Leaf:
        a: int

    class Group:
        @packable
        class Twig:
            leaf: Leaf

        # A text, since Python itself hides the names of a class body from the bodies inside it.
        Branch: Any = packable(type("Branch", (), {"__annotations__": {"twig": "Twig"}}))

    assert str(wire(Group.Twig).FIELDS) == "leaf: Leaf"
    assert str(Group.Branch.FIELDS) == "twig: Twig"


def test_a_field_may_have_the_name_of_its_type() -> None:
    """The default that the body binds to the name does not hide the type."""

    @packable
    class Event:
        Point: Point | None = None

    assert str(wire(Event).FIELDS) == "Point: Point, optional"


def test_an_import_for_type_checkers_only_is_named() -> None:
    with pytest.raises(PackableError, match=r"Priced\.price: `Decimal`.*TYPE_CHECKING"):

        @packable
        class Priced:
            price: Decimal
