"""A lens as data: its clauses, and the types that it leads from and to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from atdata_schema.lenses.program.literals import Literal
from atdata_schema.lenses.program.notation import Notation
from atdata_schema.lenses.program.op import Op
from atdata_schema.lenses.program.paths import Path

__all__ = [
    "Auto",
    "Bind",
    "Block",
    "Clause",
    "Const",
    "Derive",
    "Drop",
    "DropRest",
    "Extern",
    "Program",
    "SchemaRef",
    "place_of",
]


@dataclass(frozen=True, slots=True)
class Bind:
    """`src | ops <-> dst`: a lens between some fields of the source and some of the view."""

    src: tuple[Path, ...]
    ops: tuple[Op, ...]
    dst: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Derive:
    """`src | ops -> dst`: fields of the view that are computed, and cannot be changed through it."""

    src: tuple[Path, ...]
    ops: tuple[Op, ...]
    dst: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Const:
    """`const value -> dst`: a field of the view that has one value.

    `type`, where it was written, is that of the field: an assertion, and no part of the canonical form.
    """

    value: Literal
    dst: Path
    type: Notation | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """`drop path default value`: a part of the source that the view does not show, or does not write.

    `default` is what `create` puts there; without one, what the type says, and where it says nothing the lens
    has no `create`.
    """

    path: Path
    default: Literal | None = None


@dataclass(frozen=True, slots=True)
class DropRest:
    """`drop *`: every part of the source that no clause mentions. Not in the canonical form."""


@dataclass(frozen=True, slots=True)
class Auto:
    """`auto except ...`: fields of equal names and types that no clause mentions. Not in the canonical form."""

    exclude: tuple[Path, ...] = ()


Clause: TypeAlias = Bind | Derive | Const | Drop | DropRest | Auto
"""One statement of a lens."""


@dataclass(frozen=True, slots=True)
class SchemaRef:
    """A type that a lens leads from or to.

    Attributes:
        id: its full name, `nsid` or `nsid#name`; empty where only its record is known.
        cid: its type CID, once it is known.
        version: the version that was written, for people.
        uri: the AT-URI of a record that holds it.
    """

    id: str
    cid: str | None = None
    version: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class Extern:
    """`extern name: source <-> view`: an operator whose code is somebody's own.

    Attributes:
        name: what clauses call it.
        source: the type that it takes.
        view: the type that it gives.
        two_way: whether it can be put back.
        description: what it does.
    """

    name: str
    source: Notation
    view: Notation
    two_way: bool
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """One lens.

    Attributes:
        name: its name in its file.
        source: the type that is looked at.
        view: the type that is seen.
        clauses: what it says, in order of writing or in canonical order.
        externs: the declarations of the operators that are not the language's.
        description: what it does.
    """

    name: str
    source: SchemaRef
    view: SchemaRef
    clauses: tuple[Clause, ...]
    externs: tuple[Extern, ...] = ()
    description: str | None = None

    def __iter__(self) -> Iterator[Clause]:
        return iter(self.clauses)


def place_of(clause: Clause) -> tuple[int, tuple[Path, ...]]:
    """Where a clause stands in canonical order: by the first field of the view, drops last by their path."""
    match clause:
        case Bind() | Derive():
            return 0, clause.dst
        case Const():
            return 0, (clause.dst,)
        case Drop():
            return 1, (clause.path,)
        case _:
            return 2, ()


@dataclass(frozen=True, slots=True)
class Block:
    """Clauses between the fields of two objects, inside a clause.

    Attributes:
        clauses: what it says.
        name: the lens of the same file that it was written as. Not in the canonical form, nor are its types.
        source: the type that this lens leads from.
        view: the type that it leads to.
    """

    clauses: tuple[Clause, ...] = ()
    name: str | None = None
    source: SchemaRef | None = None
    view: SchemaRef | None = None
