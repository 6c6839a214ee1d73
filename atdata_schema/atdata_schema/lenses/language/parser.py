"""From text to the syntax tree, by the grammar `dlens.lark`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from atdata_schema.lenses.findings import Span
from atdata_schema.lenses.language.tree import (
    ArgNode,
    BlockNode,
    ClauseNode,
    ConstHead,
    ExternNode,
    FileNode,
    HoleHead,
    LensNode,
    ListNode,
    LiteralNode,
    OpNode,
    PairNode,
    PathNode,
    RefNode,
    SliceNode,
    SymbolNode,
    TargetNode,
)
from atdata_schema.lenses.program import literals
from atdata_schema.lenses.program.notation import (
    ArrayNotation,
    ListNotation,
    MapNotation,
    NamedNotation,
    Notation,
)
from atdata_schema.lenses.program.numbers import parse_number
from atdata_schema.lenses.program.paths import name_of

if TYPE_CHECKING:
    from lark import Lark

__all__ = ["comments_of", "deepest", "parse_tree", "parse_type"]


def parse_tree(text: str) -> FileNode:
    """The syntax tree of a text whose brackets are not nested deeply.

    Raises:
        lark.UnexpectedInput: it is not of the grammar.
    """
    return FileNode(tuple(_built(_parser("start").parse(text))), comments_of(text))


def comments_of(text: str) -> tuple[tuple[Span, str], ...]:
    """The comments of a text, and where they stand."""
    found: list[tuple[Span, str]] = []
    line, after = 1, 0
    for match in _BRACKETS.finditer(text):
        if match[0].startswith("#"):
            start, end = match.span()
            line += text.count("\n", after, start)
            after = start
            column = start - text.rfind("\n", 0, start)
            found.append(
                (Span(line, column, line, column + end - start, start, end), match[0].rstrip())
            )
    return tuple(found)


def deepest(text: str) -> int:
    """How deeply brackets are nested in a text, those in texts and comments apart.

    >>> deepest('a(b[c], "(((") # (((')
    2
    """
    depth = most = 0
    for found in _BRACKETS.finditer(text):
        depth += (found[0] in ("(", "[", "{")) - (found[0] in (")", "]", "}"))
        most = max(most, depth)
    return most


def _built(node: Any) -> Any:
    """A node of lark's tree as one of ours, bottom up."""
    if not hasattr(node, "children"):
        return node
    return _RULES[node.data](_span(node.meta), [_built(child) for child in node.children])


def parse_type(text: str) -> Notation:
    """The notation of a type.

    Raises:
        lark.UnexpectedInput: it is not of the grammar.
    """
    return cast("Notation", _built(_parser("type").parse(text)))


@cache
def _parser(start: str) -> Lark:
    """The parser, made when it is first needed."""
    from lark import Lark

    grammar = files("atdata_schema.lenses.language").joinpath("dlens.lark").read_text("utf-8")
    return Lark(
        grammar,
        start=start,
        parser="lalr",
        lexer="contextual",
        propagate_positions=True,
        maybe_placeholders=True,
    )


def _span(meta: Any) -> Span:
    if getattr(meta, "empty", False):
        return Span(1, 1, 1, 1, 0, 0)
    return Span(
        meta.line, meta.column, meta.end_line, meta.end_column, meta.start_pos, meta.end_pos
    )


_BRACKETS = re.compile(r'"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\\n])*`|#[^\n]*|[()\[\]{}]')


def _opt(token: Any) -> str | None:
    return None if token is None else str(token)


def _text_of(token: Any) -> str | None:
    return None if token is None else cast("str", json.loads(str(token)))


def _literal(make: Callable[[str], literals.Literal]) -> Callable[[Span, list[Any]], LiteralNode]:
    def rule(span: Span, children: list[Any]) -> LiteralNode:
        try:
            return LiteralNode(span=span, value=make(str(children[0]) if children else ""))
        except ValueError as error:
            return LiteralNode(span=span, value=None, wrong=str(error))

    return rule


def _integer(token: str) -> literals.Literal:
    return literals.integer(int(parse_number(token)))


def _list(span: Span, children: list[Any]) -> ListNode:
    items = tuple(item for item in children if item is not None)
    depth = 1 + max((item.depth for item in items if isinstance(item, ListNode)), default=0)
    return ListNode(span=span, items=items, depth=depth)


def _axes(span: Span, children: list[Any]) -> str:
    return " ".join(children)


def _rearrange(span: Span, children: list[Any]) -> OpNode:
    left, right, args = children
    return OpNode(span=span, name="rearrange", args=args or (), pattern=f"{left} -> {right}")


def _block(span: Span, clauses: tuple[ClauseNode, ...], name: str | None) -> BlockNode:
    inner = [op.block.depth for clause in clauses for op in clause.ops if op.block is not None]
    return BlockNode(span=span, clauses=clauses, name=name, depth=1 + max(inner, default=0))


def _clause(kind: Any) -> Callable[[Span, list[Any]], ClauseNode]:
    def rule(span: Span, children: list[Any]) -> ClauseNode:
        (head, *ops), target = children
        return ClauseNode(span=span, kind=kind, head=head, ops=tuple(ops), target=target)

    return rule


def _lens(span: Span, children: list[Any]) -> LensNode:
    name, description, source, view, *clauses = children
    return LensNode(
        span=span,
        name=str(name),
        named_at=_span(name),
        description=_text_of(description),
        source=source,
        view=view,
        clauses=tuple(clauses),
    )


def _extern(two_way: bool) -> Callable[[Span, list[Any]], ExternNode]:
    def rule(span: Span, children: list[Any]) -> ExternNode:
        name, source, view, description = children
        return ExternNode(
            span=span,
            name=str(name),
            source=source,
            view=view,
            two_way=two_way,
            description=_text_of(description),
        )

    return rule


def _type(span: Span, children: list[Any]) -> Notation:
    made, optional = children
    if optional is None:
        return cast("Notation", made)
    match made:
        case ArrayNotation():
            return ArrayNotation(made.dtype, made.shape, True)
        case ListNotation():
            return ListNotation(made.items, True)
        case MapNotation():
            return MapNotation(made.values, True)
        case _:
            return NamedNotation(made.name, True)


_RULES: dict[str, Callable[[Span, list[Any]], Any]] = {
    "start": lambda span, c: c,
    "lens": _lens,
    "by_nsid": lambda span, c: RefNode(
        span=span, id=".".join(c[0].names), version=None if c[1] is None else str(c[1])
    ),
    "by_text": lambda span, c: RefNode(span=span, id=_text_of(c[0]) or ""),
    "two_way": _clause("two_way"),
    "one_way": _clause("one_way"),
    "drop": lambda span, c: ClauseNode(span=span, kind="drop", paths=(c[0],), default=c[1]),
    "drop_rest": lambda span, c: ClauseNode(span=span, kind="drop_rest"),
    "auto": lambda span, c: ClauseNode(
        span=span, kind="auto", paths=tuple(path for path in c if path is not None)
    ),
    "expr": lambda span, c: c,
    "const_head": lambda span, c: ConstHead(span=span, value=c[0], type=c[1]),
    "hole_head": lambda span, c: HoleHead(span=span),
    "target": lambda span, c: TargetNode(span=span, paths=tuple(c)),
    "path": lambda span, c: PathNode(span=span, names=tuple(c)),
    "ident": lambda span, c: name_of(str(c[0])),
    "call": lambda span, c: OpNode(span=span, name=str(c[0]), args=c[1] or ()),
    "rearrange": _rearrange,
    "value_map": lambda span, c: OpNode(
        span=span, name="map", pairs=tuple(pair for pair in c if pair is not None)
    ),
    "each": lambda span, c: OpNode(span=span, name="each", block=c[0]),
    "with_": lambda span, c: OpNode(span=span, name="with", block=c[0]),
    "extern": lambda span, c: OpNode(span=span, name="extern", extern=str(c[0]), args=c[1] or ()),
    "hole": lambda span, c: OpNode(span=span, name="???"),
    "inline_block": lambda span, c: _block(span, tuple(c), None),
    "named_block": lambda span, c: _block(span, (), str(c[0])),
    "axes": _axes,
    "axis_name": lambda span, c: str(c[0]),
    "axis_one": lambda span, c: str(c[0]),
    "axis_group": lambda span, c: f"({' '.join(c)})",
    "pair_both": lambda span, c: PairNode(span=span, kind="both", source=c[0], view=c[1]),
    "pair_get": lambda span, c: PairNode(span=span, kind="get", source=c[0], view=c[1]),
    "pair_else": lambda span, c: PairNode(span=span, kind="else", source=None, view=c[0]),
    "args": lambda span, c: tuple(item for item in c if item is not None),
    "positional": lambda span, c: ArgNode(span=span, key=None, value=c[0]),
    "keyword": lambda span, c: ArgNode(span=span, key=str(c[0]), value=c[1]),
    "symbol": lambda span, c: SymbolNode(span=span, name=str(c[0])),
    "list": _list,
    "slice": lambda span, c: SliceNode(span=span, ends=(_opt(c[0]), _opt(c[1]), _opt(c[2]))),
    "text": _literal(lambda token: literals.text(json.loads(token))),
    "number": _literal(lambda token: literals.number(parse_number(token))),
    "integer": _literal(_integer),
    "true": _literal(lambda token: literals.boolean(True)),
    "false": _literal(lambda token: literals.boolean(False)),
    "none": _literal(lambda token: literals.NONE),
    "nan": _literal(lambda token: literals.special("nan")),
    "inf": _literal(lambda token: literals.special("inf")),
    "negative_inf": _literal(lambda token: literals.special("-inf")),
    "extern_two_way": _extern(True),
    "extern_one_way": _extern(False),
    "type": _type,
    "type_name": lambda span, c: NamedNotation(".".join(c[0].names)),
    "type_array": lambda span, c: ArrayNotation(
        ".".join(c[0].names), tuple(dim for dim in c[1:] if dim is not None)
    ),
    "type_list": lambda span, c: ListNotation(c[0]),
    "type_map": lambda span, c: MapNotation(c[0]),
    "dim_name": lambda span, c: str(c[0]),
    "dim_size": lambda span, c: int(str(c[0])[:12]),
    "dim_any": lambda span, c: "*",
    "dim_rest": lambda span, c: "...",
}
