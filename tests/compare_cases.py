"""What the cases of comparing are made of; the cases stand in the modules beside this one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BYTES",
    "INT",
    "TEXT",
    "Case",
    "Node",
    "array",
    "classes",
    "integer",
    "local",
    "many",
    "obj",
    "one",
    "ones",
    "shared",
    "text",
    "union",
]

Node = dict[str, Any]
Values = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One change.

    Attributes:
        name: what it is, in the words of the table.
        rule: what `compare` is to call it.
        verdicts: for new code on old data, and for old code on new data: `reads`, or the category of the break.
        old: the properties of the old type, by name; a name that ends in `!` is required, in `?` nullable.
        new: those of the new type.
        old_values: fields of an old sample; where new code breaks, of one that it breaks on.
        new_values: fields of a new sample.
        old_defs: other definitions of the old document.
        new_defs: other definitions of the new document.
        record: the record form that proves a break which our own writer never makes.
    """

    name: str
    rule: str
    verdicts: tuple[str, str]
    old: dict[str, Node]
    new: dict[str, Node]
    old_values: Values
    new_values: Values
    old_defs: dict[str, Node] = field(default_factory=dict[str, Node])
    new_defs: dict[str, Node] = field(default_factory=dict[str, Node])
    record: Values | None = None

    def turned(self) -> Case:
        """The change back."""
        return Case(
            f"{self.name}, undone",
            "",
            (self.verdicts[1], self.verdicts[0]),
            self.new,
            self.old,
            self.new_values,
            self.old_values,
            self.new_defs,
            self.old_defs,
            self.record,
        )


INT: Final[Node] = {"type": "integer"}
TEXT: Final[Node] = {"type": "string"}
BYTES: Final[Node] = {"type": "bytes"}


def integer(**options: Any) -> Node:
    return {"type": "integer", **options}


def text(**options: Any) -> Node:
    return {"type": "string", **options}


def many(items: Node, **options: Any) -> Node:
    return {"type": "array", "items": items, **options}


def shared(name: str, **extension: Any) -> Node:
    node: Node = {"type": "ref", "ref": f"dev.atdata.types#{name}"}
    return {**node, "x-atdata": extension} if extension else node


def array(dtype: str, *shape: int | str) -> Node:
    return shared("ndarray", dtype=dtype, shape=list(shape))


def classes(*names: str) -> Node:
    return integer(**{"x-atdata": {"classes": list(names)}})


def local(name: str) -> Node:
    return {"type": "ref", "ref": f"#{name}"}


def union(*names: str, closed: bool = False) -> Node:
    node: Node = {"type": "union", "refs": [f"#{name}" for name in names]}
    return {**node, "closed": True} if closed else node


def obj(required: list[str], **properties: Node) -> Node:
    return {"type": "object", "required": required, "properties": properties}


def one(
    name: str, rule: str, verdicts: str, old: Node, new: Node, was: Any, now: Any, **more: Any
) -> Case:
    """A change of the type of one required field."""
    forward, backward = verdicts.split("/")
    return Case(
        name, rule, (forward, backward), {"f!": old}, {"f!": new}, {"f": was}, {"f": now}, **more
    )


def ones(dtype: str, *shape: int) -> NDArray[Any]:
    """An array of ones."""
    return np.ones(shape, dtype)
