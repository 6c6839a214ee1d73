"""Changes of whole sets of lexicons, each with data of one type that it touches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from compare_cases import INT, TEXT, Node, array, integer, many, obj, ones, text

__all__ = ["CATALOG_CASES", "PHOTO", "CatalogCase", "Documents", "ref"]

PHOTO: Final = "org.example.photo"
SHAPES: Final = "org.example.shapes"
Documents = dict[str, dict[str, Node]]
"""Definitions by name, by NSID."""

_BOX: Final = {"": f"{SHAPES}#box", "x": 1}


@dataclass(frozen=True)
class CatalogCase:
    """One change.

    Attributes:
        name: what it is.
        rule: what the comparison calls it; empty where nothing is to be found.
        place: where it says that it is.
        verdicts: for new code on old data, and for old code on new data.
        old: the old documents.
        new: the new documents.
        old_values: fields of an old sample of `type`; where new code breaks, of one that it breaks on.
        new_values: fields of a new sample.
        type: the type whose data prove it.
        permitted: whether the rules of publication permit it all the same.
    """

    name: str
    rule: str
    place: str
    verdicts: tuple[str, str]
    old: Documents
    new: Documents
    old_values: dict[str, Any] = field(default_factory=dict[str, Any])
    new_values: dict[str, Any] = field(default_factory=dict[str, Any])
    type: str = PHOTO
    permitted: bool = False

    def turned(self) -> CatalogCase:
        """The change back; only the verdicts are known of it."""
        return CatalogCase(
            f"{self.name}, undone",
            "",
            "",
            (self.verdicts[1], self.verdicts[0]),
            self.new,
            self.old,
            self.new_values,
            self.old_values,
            self.type,
        )


def ref(name: str) -> Node:
    return {"type": "ref", "ref": name}


def photo(required: list[str], **properties: Node) -> dict[str, Node]:
    return {"main": obj(required, **properties)}


def labelled(label: Node, **more: Node) -> Documents:
    """A photograph whose label, and labels, are of a type that has a name."""
    main = obj(["label"], label=ref("#label"), labels=many(ref("#label")))
    return {PHOTO: {"main": main, "label": label, **more}}


def boxed(box: Node, target: str = f"{SHAPES}#box", **more: Node) -> Documents:
    """A photograph with a box that another document defines."""
    return {PHOTO: photo(["box"], box=ref(target)), SHAPES: {"box": box, **more}}


def query(parameters: Node | None, **more: Any) -> dict[str, Node]:
    main: Node = {"type": "query", **more}
    if parameters is not None:
        main["parameters"] = {**parameters, "type": "params"}
    return {"main": main}


_FREE: Final[Documents] = {PHOTO: photo([], note=TEXT)}

CATALOG_CASES: Final = (
    CatalogCase(
        "a shared object requires a field",
        "required-added",
        f"{SHAPES}#box.y",
        ("wire", "reads"),
        boxed(obj(["x"], x=INT, y=INT)),
        boxed(obj(["x", "y"], x=INT, y=INT)),
        {"box": _BOX},
        {"box": {**_BOX, "y": 2}},
    ),
    CatalogCase(
        "a shared object gains an optional field",
        "field-added",
        f"{SHAPES}#box.y",
        ("reads", "reads"),
        boxed(obj(["x"], x=INT)),
        boxed(obj(["x"], x=INT, y=INT)),
        {"box": _BOX},
        {"box": {**_BOX, "y": 2}},
    ),
    CatalogCase(
        "a shared array has another dtype",
        "dtype-changed",
        f"{SHAPES}#box.mask",
        ("wire", "wire"),
        boxed(obj(["mask"], mask=array("float32", 2))),
        boxed(obj(["mask"], mask=array("float64", 2))),
        {"box": {"": f"{SHAPES}#box", "mask": ones("float32", 2)}},
        {"box": {"": f"{SHAPES}#box", "mask": ones("float64", 2)}},
    ),
    CatalogCase(
        "a text with a name is tightened",
        "length-changed",
        f"{PHOTO}#label",
        ("strict", "reads"),
        labelled(text(maxLength=9)),
        labelled(text(maxLength=3)),
        {"label": "puppy", "labels": ["puppy"]},
        {"label": "cat", "labels": ["cat"]},
    ),
    CatalogCase(
        "a choice with a name loses a value",
        "enum-changed",
        f"{PHOTO}#label",
        ("wire", "reads"),
        labelled(text(enum=["cat", "dog"])),
        labelled(text(enum=["cat"])),
        {"label": "dog"},
        {"label": "cat"},
    ),
    CatalogCase(
        "a text with a name becomes a number",
        "definition-kind-changed",
        f"{PHOTO}#label",
        ("wire", "wire"),
        labelled(TEXT),
        labelled(INT),
        {"label": "1"},
        {"label": 1},
    ),
    CatalogCase(
        "a list with a name may be longer",
        "length-changed",
        f"{PHOTO}#label",
        ("reads", "strict"),
        labelled(many(INT, maxLength=2)),
        labelled(many(INT, maxLength=3)),
        {"label": [1]},
        {"label": [1, 2, 3]},
    ),
    CatalogCase(
        "a list with a name holds something else",
        "type-changed",
        f"{PHOTO}#label[]",
        ("wire", "wire"),
        labelled(many(INT)),
        labelled(many(TEXT)),
        {"label": [1]},
        {"label": ["1"]},
    ),
    CatalogCase(
        "a type gets a name",
        "",
        "",
        ("reads", "reads"),
        {PHOTO: photo(["a"], a=text(maxLength=9))},
        {PHOTO: {**photo(["a"], a=ref("#label")), "label": text(maxLength=9)}},
        {"a": "cat"},
        {"a": "cat"},
    ),
    CatalogCase(
        "a type gets the name of a tighter one",
        "length-changed",
        f"{PHOTO}#main.a",
        ("strict", "reads"),
        {PHOTO: photo(["a"], a=text(maxLength=9))},
        {PHOTO: {**photo(["a"], a=ref("#label")), "label": text(maxLength=3)}},
        {"a": "puppy"},
        {"a": "cat"},
    ),
    CatalogCase(
        "a reference leads to an equal object",
        "object-renamed",
        f"{PHOTO}#main.box",
        ("reads", "reads"),
        boxed(obj(["x"], x=INT), area=obj(["x"], x=INT)),
        boxed(obj(["x"], x=INT), f"{SHAPES}#area", area=obj(["x"], x=INT)),
        {"box": _BOX},
        {"box": {"": f"{SHAPES}#area", "x": 1}},
    ),
    CatalogCase(
        "a reference leads to another object",
        "type-changed",
        f"{SHAPES}#area.box.x",
        ("wire", "wire"),
        boxed(obj(["x"], x=INT), area=obj(["x"], x=TEXT)),
        boxed(obj(["x"], x=INT), f"{SHAPES}#area", area=obj(["x"], x=TEXT)),
        {"box": _BOX},
        {"box": {"": f"{SHAPES}#area", "x": "1"}},
    ),
    CatalogCase(
        "an inline object changes",
        "range-changed",
        f"{PHOTO}#main.camera.iso",
        ("strict", "reads"),
        {PHOTO: photo(["camera"], camera=obj(["iso"], iso=integer(maximum=900)))},
        {PHOTO: photo(["camera"], camera=obj(["iso"], iso=integer(maximum=100)))},
        {"camera": {"": f"{PHOTO}#main.camera", "iso": 800}},
        {"camera": {"": f"{PHOTO}#main.camera", "iso": 100}},
    ),
    CatalogCase(
        "a field without constraints is given its first one",
        "length-changed",
        f"{PHOTO}#main.note",
        ("strict", "reads"),
        _FREE,
        {PHOTO: photo([], note=text(maxLength=3))},
        {"note": "a note"},
        {"note": "x"},
        permitted=True,
    ),
    CatalogCase(
        "a member of a union changes",
        "required-added",
        f"{SHAPES}#box.y",
        ("wire", "reads"),
        {
            PHOTO: photo(["box"], box={"type": "union", "refs": [f"{SHAPES}#box"]}),
            SHAPES: {"box": obj(["x"], x=INT, y=INT)},
        },
        {
            PHOTO: photo(["box"], box={"type": "union", "refs": [f"{SHAPES}#box"]}),
            SHAPES: {"box": obj(["x", "y"], x=INT, y=INT)},
        },
        {"box": _BOX},
        {"box": {**_BOX, "y": 2}},
    ),
    CatalogCase(
        "a parameter is required",
        "required-field-added",
        f"{PHOTO}#main.parameters.limit",
        ("wire", "reads"),
        {PHOTO: query(obj([], name=TEXT))},
        {PHOTO: query(obj(["limit"], name=TEXT, limit=INT))},
        {"name": "x"},
        {"name": "x", "limit": 3},
        type=f"{PHOTO}#main.parameters",
    ),
    CatalogCase(
        "what an endpoint answers loses a field",
        "required-field-removed",
        f"{PHOTO}#main.output.b",
        ("reads", "wire"),
        {
            PHOTO: query(
                None,
                output={"encoding": "application/json", "schema": obj(["a", "b"], a=INT, b=INT)},
            )
        },
        {PHOTO: query(None, output={"encoding": "application/json", "schema": obj(["a"], a=INT)})},
        {"a": 1, "b": 2},
        {"a": 1},
        type=f"{PHOTO}#main.output",
    ),
)
