"""The syntax tree: what was written, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as OneOf
from typing import TypeAlias

from atdata_schema.lenses.findings import Span
from atdata_schema.lenses.program.literals import Literal
from atdata_schema.lenses.program.notation import Notation
from atdata_schema.lenses.program.paths import Path

__all__ = [
    "ArgNode",
    "BlockNode",
    "ClauseNode",
    "ConstHead",
    "ExternNode",
    "FileNode",
    "HoleHead",
    "LensNode",
    "ListNode",
    "LiteralNode",
    "OpNode",
    "PairNode",
    "PathNode",
    "RefNode",
    "SliceNode",
    "SymbolNode",
    "TargetNode",
    "ValueNode",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Something that stands in the text."""

    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PathNode(Node):
    """A path, or a name with dots."""

    names: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetNode(Node):
    """One path or several."""

    paths: tuple[PathNode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralNode(Node):
    """A literal; where it is none that the language has, why, in place of its value."""

    value: Literal | None
    wrong: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolNode(Node):
    """A bare word."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceNode(Node):
    """`start:stop:step`, each as it was written."""

    ends: tuple[str | None, str | None, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNode(Node):
    """`[...]`; `depth` counts the lists in it, itself included."""

    items: tuple[ValueNode, ...]
    depth: int


ValueNode: TypeAlias = LiteralNode | SymbolNode | SliceNode | ListNode
"""The value of an argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgNode(Node):
    """An argument, by keyword or not."""

    key: str | None
    value: ValueNode


@dataclass(frozen=True, slots=True, kw_only=True)
class PairNode(Node):
    """A line of `map`."""

    kind: OneOf["both", "get", "else"]
    source: LiteralNode | None
    view: LiteralNode


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockNode(Node):
    """A block, or the name of a lens; `depth` counts the blocks in it, itself included."""

    clauses: tuple[ClauseNode, ...]
    name: str | None
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpNode(Node):
    """An operator as it was written."""

    name: str
    args: tuple[ArgNode, ...] = ()
    pattern: str | None = None
    pairs: tuple[PairNode, ...] = ()
    block: BlockNode | None = None
    extern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstHead(Node):
    """`const 1.0: float32`."""

    value: LiteralNode
    type: Notation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoleHead(Node):
    """`???` in place of what is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseNode(Node):
    """A clause as it was written."""

    kind: OneOf["two_way", "one_way", "drop", "drop_rest", "auto"]
    head: TargetNode | ConstHead | HoleHead | None = None
    ops: tuple[OpNode, ...] = ()
    target: TargetNode | None = None
    paths: tuple[PathNode, ...] = ()
    default: LiteralNode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefNode(Node):
    """The type that a lens leads from or to."""

    id: str
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LensNode(Node):
    """A lens as it was written."""

    name: str
    named_at: Span
    description: str | None
    source: RefNode
    view: RefNode
    clauses: tuple[ClauseNode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternNode(Node):
    """The declaration of an extern."""

    name: str
    source: Notation
    view: Notation
    two_way: bool
    description: str | None


@dataclass(frozen=True, slots=True)
class FileNode:
    """All that a file declares, and its comments in order."""

    items: tuple[LensNode | ExternNode, ...]
    comments: tuple[tuple[Span, str], ...] = field(default=())
