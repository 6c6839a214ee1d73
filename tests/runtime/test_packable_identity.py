"""The lexicon that a `@packable` class becomes: its name, its document, what makes two of them one type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata.samples
from atdata.samples import PackableError, packable


@packable
class Cat:
    """A cat.

    Seen from the side.
    """

    label: str
    image: NDArray[np.float32]
    lives: int = 9
    tags: list[str] = field(default_factory=list[str])
    note: str | None = None


@packable
class Point:
    x: int
    y: int = 0


def made(annotations: dict[str, Any], *bases: type, **body: Any) -> Any:
    """A class called `Thing` with these annotations, decorated."""
    return packable(type("Thing", bases, {"__annotations__": annotations, **body}))


def wire(value: Any) -> Any:
    """A sample as what it is at run time."""
    return value


def test_an_nsid_is_given_or_made_of_the_name() -> None:
    @packable(nsid="org.example.imageSample")
    class Given:
        a: int

    @packable()
    class _My_Sample2:  # noqa: N801  # the name is what is tested
        a: int

    assert wire(Given).TYPE == "org.example.imageSample"
    assert wire(_My_Sample2).TYPE == "local.packable.mySample2"
    assert wire(Cat).TYPE == "local.packable.cat"


@pytest.mark.parametrize("nsid", ["cat", "org.example.cat#box", "org.example.3d", ""])
def test_a_text_that_is_no_nsid_is_refused(nsid: str) -> None:
    with pytest.raises(PackableError, match="packable"):

        @packable(nsid=nsid)
        class Wrong:
            a: int


def test_a_name_that_leaves_no_nsid_is_refused() -> None:
    with pytest.raises(PackableError, match="nsid="):

        @packable
        class _3D:  # noqa: N801  # the name is what is tested
            a: int


def test_the_module_is_no_part_of_the_identity() -> None:
    def make(module: str) -> Any:
        return packable(type("Moved", (), {"__annotations__": {"a": int}, "__module__": module}))

    one, other = make("here"), make("there")
    assert one.SCHEMA == other.SCHEMA
    assert one.SCHEMA.cid == other.SCHEMA.cid


def test_a_default_and_a_method_are_no_part_of_the_identity() -> None:
    def plain() -> Any:
        @packable
        class Thing:
            a: int

        return Thing

    def richer() -> Any:
        @packable
        class Thing:
            a: int = 3

            def method(self) -> None: ...

        return Thing

    assert plain().SCHEMA == richer().SCHEMA


def test_a_change_of_type_order_or_name_is_another_identity() -> None:
    classes = [
        made({"a": int, "b": str}),
        made({"b": str, "a": int}),
        made({"a": float, "b": str}),
        made({"a": np.float32, "b": str}),
        made({"a": int, "c": str}),
        made({"a": int | None, "b": str}),
    ]
    assert len({cls.SCHEMA.cid for cls in classes}) == len(classes)


def test_the_document_is_the_lexicon_that_one_would_write() -> None:
    document = wire(Cat).SCHEMA.documents["local.packable.cat"]
    assert document == {
        "lexicon": 1,
        "id": "local.packable.cat",
        "defs": {
            "main": {
                "type": "object",
                "description": "A cat.\n\nSeen from the side.",
                "required": ["label", "image", "lives", "tags"],
                "properties": {
                    "label": {"type": "string"},
                    "image": {
                        "type": "ref",
                        "ref": "dev.atdata.types#ndarray",
                        "x-atdata": {"dtype": "float32"},
                    },
                    "lives": {"type": "integer"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "note": {"type": "string"},
                },
            }
        },
    }


def test_the_docstring_that_dataclass_makes_is_no_description() -> None:
    @packable
    @dataclass
    class Bare:
        a: int

    assert "description" not in wire(Bare).SCHEMA.documents["local.packable.bare"]["defs"]["main"]


def test_descriptions_and_aliases_reach_the_document_and_the_reader() -> None:
    @packable
    class Named:
        a: Annotated[int, "How many.", atdata.samples.field(aliases=["old", "older"])]

    main = wire(Named).SCHEMA.documents["local.packable.named"]["defs"]["main"]
    assert main["properties"]["a"]["description"] == "How many."
    assert wire(Named).decode(b"\x81\xa5older\x05").a == 5


def test_the_documents_of_nested_types_stand_with_it() -> None:
    @packable
    class Page:
        point: Point
        cats: list[Cat]

    assert set(wire(Page).SCHEMA.documents) == {
        "dev.atdata.types",
        "local.packable.cat",
        "local.packable.page",
        "local.packable.point",
    }


def test_two_types_of_one_name_are_never_mixed_up() -> None:
    def other() -> Any:
        @packable
        class Point:
            q: str

        return Point

    another = other()
    with pytest.raises(PackableError, match=r"local\.packable\.point.*nsid"):
        packable(type("Pair", (), {"__annotations__": {"a": Point, "b": another}}))
    nested: Any = packable(type("Nest", (), {"__annotations__": {"b": another}}))
    with pytest.raises(PackableError, match=r"local\.packable\.point.*nsid"):
        packable(type("Deep", (), {"__annotations__": {"a": Point, "b": nested}}))
    with pytest.raises(PackableError, match=r"local\.packable\.point"):
        packable(type("Point", (), {"__annotations__": {"a": Point}}))
