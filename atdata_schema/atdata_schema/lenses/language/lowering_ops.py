"""From operators as they were written to operators of the intermediate form."""

from __future__ import annotations

from atdata_schema.lenses.findings import Span
from atdata_schema.lenses.language.tree import (
    ArgNode,
    ListNode,
    LiteralNode,
    OpNode,
    SliceNode,
    SymbolNode,
    ValueNode,
)
from atdata_schema.lenses.limits import MAX_LIST, MAX_PAIRS
from atdata_schema.lenses.ops.externs import ExternOp
from atdata_schema.lenses.ops.hole import Hole
from atdata_schema.lenses.ops.mapping import Map, Pair
from atdata_schema.lenses.ops.nesting import Each, With
from atdata_schema.lenses.ops.pattern import Pattern
from atdata_schema.lenses.ops.rearranging import Rearrange
from atdata_schema.lenses.ops.registry import BY_NAME
from atdata_schema.lenses.program.argument_kinds import whole
from atdata_schema.lenses.program.clauses import Block
from atdata_schema.lenses.program.literals import Literal
from atdata_schema.lenses.program.op import Op, suggestion
from atdata_schema.lenses.program.values import Argument, ArgumentError, Slice, Symbol, Value

__all__ = ["OpFault", "lower_op"]


class OpFault(ValueError):
    """An operator that is not written as it should be."""

    def __init__(self, rule: str, message: str, span: Span, help: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.span = span
        self.help = help


def lower_op(node: OpNode, block: Block | None) -> Op:
    """The operator that was written.

    Raises:
        OpFault: there is no such operator, or it takes other arguments.
    """
    if block is not None:
        return Each(block=block) if node.name == "each" else With(block=block)
    if node.pattern is not None:
        return _rearrange(node, node.pattern)
    if node.pairs:
        return _map(node)
    if node.extern is not None:
        return _extern(node, node.extern)
    if node.name == Hole.NAME:
        return Hole()
    cls = BY_NAME.get(node.name)
    if cls is None:
        names = [name for name in BY_NAME if name != Hole.NAME]
        message = f"there is no operator {node.name}{suggestion(node.name, names)}"
        raise OpFault("LN002", message, node.span)
    try:
        return cls.of_arguments([Argument(item.key, _value(item.value)) for item in node.args])
    except ArgumentError as error:
        at = node.span if error.index is None else node.args[error.index].span
        raise OpFault("LN003", str(error), at) from None


def _value(node: ValueNode) -> Value:
    match node:
        case LiteralNode():
            return _literal(node)
        case SymbolNode():
            return Symbol(node.name)
        case SliceNode():
            return Slice(*(None if end is None else _end(node, end) for end in node.ends))
        case ListNode():
            if node.depth > 2 or len(node.items) > MAX_LIST:
                message = f"a list of more than {MAX_LIST} values, or of lists of lists"
                raise OpFault("LN260", message, node.span)
            return tuple(map(_value, node.items))


def _literal(node: LiteralNode) -> Literal:
    if node.value is None:
        raise OpFault("LN004", node.wrong or "no literal", node.span)
    return node.value


def _end(node: SliceNode, text: str) -> int:
    if len(text) > 12:
        raise OpFault("LN004", f"{text[:20]}... is no position of an axis", node.span)
    return int(text)


def _rearrange(node: OpNode, text: str) -> Op:
    try:
        pattern = Pattern.of_text(text)
    except ValueError as error:
        raise OpFault("LN206", str(error), node.span) from None
    sizes: list[tuple[str, int]] = []
    for item in node.args:
        key = item.key
        if key is None or key not in pattern.names:
            said = f"the pattern has {', '.join(pattern.names)}"
            raise OpFault("LN003", f"rearrange takes sizes by name, and {said}", item.span)
        if key in dict(sizes):
            raise OpFault("LN003", f"rearrange is given {key} twice", item.span)
        sizes.append((key, _size(item)))
    return Rearrange(pattern=pattern, sizes=tuple(sizes))


def _size(item: ArgNode) -> int:
    value = _value(item.value)
    try:
        return whole(value.value if isinstance(value, Literal) else None, 1, 2**31 - 1)
    except ValueError as error:
        raise OpFault("LN003", f"{item.key}: {error}", item.span) from None


def _map(node: OpNode) -> Op:
    if len(node.pairs) > MAX_PAIRS:
        message = f"map of {len(node.pairs)} pairs; at most {MAX_PAIRS} are allowed"
        raise OpFault("LN260", message, node.span)
    pairs: list[Pair] = []
    otherwise: Literal | None = None
    for item in node.pairs:
        view = _literal(item.view)
        if item.source is not None:
            pairs.append(Pair(_literal(item.source), view, item.kind == "both"))
        elif otherwise is not None:
            raise OpFault("LN222", "map has else twice", item.span)
        else:
            otherwise = view
    return Map(pairs=tuple(pairs), otherwise=otherwise)


def _extern(node: OpNode, name: str) -> Op:
    found: dict[str, Literal] = {}
    for item in node.args:
        value = _value(item.value)
        if item.key is None or not isinstance(value, Literal):
            message = f"extern {name} takes literals by name: extern {name}(height=240)"
            raise OpFault("LN003", message, item.span)
        if item.key in found:
            raise OpFault("LN003", f"extern {name} is given {item.key} twice", item.span)
        found[item.key] = value
    return ExternOp(name=name, arguments=tuple(found.items()))
