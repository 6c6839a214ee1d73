"""From the syntax tree to the intermediate form."""

from __future__ import annotations

from dataclasses import dataclass, field

from atdata_schema.lenses.findings import Finding, Pointer, Span
from atdata_schema.lenses.language.lowering_ops import OpFault, lower_op
from atdata_schema.lenses.language.tree import (
    BlockNode,
    ClauseNode,
    ConstHead,
    ExternNode,
    FileNode,
    HoleHead,
    LensNode,
    OpNode,
    PathNode,
    RefNode,
    TargetNode,
)
from atdata_schema.lenses.limits import MAX_CLAUSES, MAX_NESTING, MAX_OPERATORS, MAX_PATH
from atdata_schema.lenses.ops.hole import Hole
from atdata_schema.lenses.program.clauses import (
    Auto,
    Bind,
    Block,
    Clause,
    Const,
    Derive,
    Drop,
    DropRest,
    Extern,
    Program,
    SchemaRef,
)
from atdata_schema.lenses.program.op import Op
from atdata_schema.lenses.program.paths import Path, dotted
from atdata_schema.lenses.report import Report

__all__ = ["Lowered", "lower_file"]


@dataclass(frozen=True, slots=True)
class Lowered:
    """One lens of a file.

    Attributes:
        program: what it says.
        places: where each part of it stands.
        findings: what is wrong with it as it is written.
    """

    program: Program
    places: dict[Pointer, Span] = field(compare=False)
    findings: tuple[Finding, ...] = ()


def lower_file(tree: FileNode) -> tuple[Lowered, ...]:
    """The lenses of a file, in order."""
    lenses: dict[str, LensNode] = {}
    externs: dict[str, ExternNode] = {}
    twice: list[tuple[LensNode | ExternNode, LensNode | ExternNode]] = []
    for item in tree.items:
        known: dict[str, LensNode] | dict[str, ExternNode]
        known = lenses if isinstance(item, LensNode) else externs
        first = known.setdefault(item.name, item)  # type: ignore[arg-type]  # of its own kind
        if first is not item:
            twice.append((item, first))
    made = [_Lowering(node, lenses, externs).run() for node in lenses.values()]
    repeated = [_twice(item, first) for item, first in twice]
    if repeated and made:
        first_lens = made[0]
        made[0] = Lowered(first_lens.program, first_lens.places, (*first_lens.findings, *repeated))
    return tuple(made)


def _twice(item: LensNode | ExternNode, first: LensNode | ExternNode) -> Finding:
    what = "lens" if isinstance(item, LensNode) else "extern"
    return Finding(
        rule="LN005",
        severity="error",
        message=f"the {what} {item.name} is declared twice",
        span=item.named_at if isinstance(item, LensNode) else item.span,
        help="rename one of them",
        related=((first.span, "the first one"),),
    )


class _TooMany(Exception):
    """More clauses than a lens may have."""


class _Lowering:
    """The lowering of one lens; blocks that are named are put where they are used."""

    def __init__(
        self, node: LensNode, lenses: dict[str, LensNode], externs: dict[str, ExternNode]
    ) -> None:
        self._node = node
        self._lenses = lenses
        self._externs = externs
        self._count = 0
        self._open: list[str] = [node.name]
        self.places: dict[Pointer, Span] = {
            (): node.named_at,
            ("source",): node.source.span,
            ("view",): node.view.span,
        }
        self._report = Report(self.places, node.name)

    def run(self) -> Lowered:
        clauses: tuple[Clause, ...] = ()
        try:
            clauses = self._clauses(self._node.clauses, ())
        except _TooMany:
            self._report.error(
                "LN260",
                f"more than {MAX_CLAUSES} clauses, those of blocks included",
                help="split the lens",
            )
        for text in (
            self._node.description,
            *(each.description for each in self._externs.values()),
        ):
            if text is not None and _is_broken(text):
                self._report.error(
                    "LN004", "a description holds a lone surrogate, which is no text"
                )
        program = Program(
            name=self._node.name,
            source=_ref(self._node.source),
            view=_ref(self._node.view),
            clauses=clauses,
            externs=tuple(map(_extern, self._externs.values())),
            description=self._node.description,
        )
        return Lowered(program, self.places, self._report.sorted())

    def _clauses(self, nodes: tuple[ClauseNode, ...], at: Pointer) -> tuple[Clause, ...]:
        made: list[Clause] = []
        for node in nodes:
            self._count += 1
            if self._count > MAX_CLAUSES:
                raise _TooMany
            pointer = (*at, "clauses", len(made))
            self.places[pointer] = node.span
            clause = self._clause(node, pointer)
            if clause is not None:
                made.append(clause)
        return tuple(made)

    def _clause(self, node: ClauseNode, at: Pointer) -> Clause | None:
        if node.kind == "drop_rest":
            return DropRest()
        if node.kind == "auto":
            return Auto(
                tuple(self._path(path, at, "exclude", i) for i, path in enumerate(node.paths))
            )
        if node.kind == "drop":
            path = self._path(node.paths[0], at, "src", 0)
            return self._dropped(node, path, at)
        assert node.target is not None and node.head is not None  # noqa: PT018  # by the grammar
        dst = self._paths(node.target, at, "dst")
        if isinstance(node.head, ConstHead):
            return self._const(node, node.head, dst, at)
        ops = self._ops(node, at)
        if ops is None:
            return None
        if isinstance(node.head, HoleHead):
            src: tuple[Path, ...] = ()
            ops = (Hole(), *ops)
        else:
            src = self._paths(node.head, at, "src")
        return Bind(src, ops, dst) if node.kind == "two_way" else Derive(src, ops, dst)

    def _dropped(self, node: ClauseNode, path: Path, at: Pointer) -> Clause:
        if node.default is None:
            return Drop(path)
        if node.default.value is None:
            self._wrong(node.default.span, node.default.wrong or "", at)
        return Drop(path, node.default.value)

    def _const(
        self, node: ClauseNode, head: ConstHead, dst: tuple[Path, ...], at: Pointer
    ) -> Clause | None:
        if node.kind == "two_way":
            self._report.error(
                "LN241",
                "const is read-only and cannot stand in a two-way (`<->`) clause",
                at,
                "write `->`",
            )
        if node.ops:
            self._report.error(
                "LN241", "const takes no operators", at, "write the value it has in the view"
            )
        first, *others = dst
        if others:
            self._report.error("LN108", "const leads to one field", at, "write a clause for each")
        if head.value.value is None:
            self._wrong(head.value.span, head.value.wrong or "", at)
            return None
        return Const(head.value.value, first, head.type)

    def _ops(self, node: ClauseNode, at: Pointer) -> tuple[Op, ...] | None:
        if len(node.ops) > MAX_OPERATORS:
            self._report.error(
                "LN260",
                f"a clause of {len(node.ops)} operators; at most {MAX_OPERATORS} are allowed",
                at,
            )
            return None
        made: list[Op] = []
        for index, op in enumerate(node.ops):
            pointer = (*at, "ops", index)
            self.places[pointer] = op.span
            lowered = self._op(op, pointer)
            if lowered is not None:
                made.append(lowered)
        return tuple(made) if len(made) == len(node.ops) else None

    def _op(self, node: OpNode, at: Pointer) -> Op | None:
        block = None
        if node.block is not None:
            block = self._block(node.block, at)
            if block is None:
                return None
        try:
            return lower_op(node, block)
        except OpFault as fault:
            self._report.add(
                Finding(
                    rule=fault.rule,
                    severity="error",
                    message=str(fault),
                    pointer=at,
                    span=fault.span,
                    help=fault.help,
                )
            )
            return None

    def _block(self, node: BlockNode, at: Pointer) -> Block | None:
        depth = sum(step == "ops" for step in at)
        if depth > MAX_NESTING:
            self._report.error(
                "LN263", f"blocks inside blocks; at most {MAX_NESTING} are allowed", at
            )
            return None
        if node.name is None:
            return Block(self._clauses(node.clauses, at))
        named = self._lenses.get(node.name)
        if named is None:
            self._report.error(
                "LN007",
                f"no lens {node.name} in this file; there are {', '.join(self._lenses)}",
                at,
                "write a block { ... }, or the lens",
            )
            return None
        if node.name in self._open:
            self._report.error("LN007", f"the lens {node.name} stands inside itself", at)
            return None
        self._open.append(node.name)
        clauses = self._clauses(named.clauses, at)
        self._open.pop()
        return Block(clauses, node.name, _ref(named.source), _ref(named.view))

    def _paths(self, node: TargetNode, at: Pointer, key: str) -> tuple[Path, ...]:
        if len(node.paths) > MAX_PATH:
            self._report.error(
                "LN260", f"{len(node.paths)} fields; at most {MAX_PATH} on a side", at
            )
        return tuple(
            self._path(path, at, key, index) for index, path in enumerate(node.paths[:MAX_PATH])
        )

    def _path(self, node: PathNode, at: Pointer, key: str, index: int) -> Path:
        pointer = (*at, key, index)
        self.places[pointer] = node.span
        if len(node.names) > MAX_PATH:
            self._report.error(
                "LN260", f"{dotted(node.names)[:80]}: a path of {len(node.names)} names", pointer
            )
        return node.names[:MAX_PATH]

    def _wrong(self, span: Span, message: str, at: Pointer) -> None:
        self._report.add(
            Finding(rule="LN004", severity="error", message=message, pointer=at, span=span)
        )


def _ref(node: RefNode) -> SchemaRef:
    if node.id.startswith("at://"):
        return SchemaRef("", uri=node.id)
    return SchemaRef(node.id.removesuffix("#main"), version=node.version)


def _is_broken(text: str) -> bool:
    return any(0xD800 <= ord(char) <= 0xDFFF for char in text)


def _extern(node: ExternNode) -> Extern:
    return Extern(node.name, node.source, node.view, node.two_way, node.description)
