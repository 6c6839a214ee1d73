"""Data against definitions.

Source: the Lexicon and data-model pages of the AT Protocol specification.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atdata_schema.data import Value
from atdata_schema.data.faults import Fault
from atdata_schema.data.walk import Walk
from atdata_schema.errors import InvalidSyntax, ValidationError
from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.nodes import Node, absolutise
from atdata_schema.lexicon.parse_report import listed, shown
from atdata_schema.lexicon.validate_leaves import check_leaf, need, need_map, refuse
from atdata_schema.lexicon.validate_scalars import length_fault
from atdata_schema.syntax import Kind, check

if TYPE_CHECKING:
    from atdata_schema.lexicon.catalog import Catalog

__all__ = ["validate"]

_NO_DATA = {
    nodes.Token: "a token",
    nodes.Params: "a set of parameters",
    nodes.Permission: "a permission",
    nodes.Query: "a query",
    nodes.Procedure: "a procedure",
    nodes.Subscription: "a subscription",
    nodes.PermissionSet: "a permission-set",
}
_KEYS: dict[str, Kind] = {"tid": "tid", "nsid": "nsid", "any": "record-key"}


def validate(catalog: Catalog, ref: str, value: object, key: str | None = None) -> None:
    """Check data against a definition; `Catalog.validate` says more."""
    full, node = catalog.resolve(ref)
    try:
        data = Walk(spelled=True, native=True).value(value)
    except Fault as fault:
        raise ValidationError(fault.reason, fault.steps[::-1]) from None
    if isinstance(node, nodes.Record):
        if key is not None:
            _check_key(node, key)
        if isinstance(data, dict) and "$type" not in data:
            raise ValidationError(f"missing: a record names its type, {shown(full)}", ["$type"])
    elif key is not None:
        raise ValidationError(f"{full} is no record, so its data has no record key")
    _Check(catalog, full.partition("#")[0]).value(node, data)


def _check_key(node: nodes.Record, key: str) -> None:
    kind, colon, literal = node.key.partition(":")
    if colon:
        if key != literal:
            raise ValidationError(f"the record key is {shown(key)}; it must be {shown(literal)}")
        return
    try:
        check(_KEYS[kind], key)
    except InvalidSyntax as error:
        raise ValidationError(f"the record key: {error}") from None


@dataclass(frozen=True, slots=True)
class _Check:
    """Checks of definitions of one document: `base` is what local references are relative to.

    Each step into a value adds one step of the path to an error on its way out. The depth is that of
    the value, which the data model limits: no definition refers to another without a step.
    """

    catalog: Catalog
    base: str

    def value(self, node: Node, value: Value) -> None:
        match node:
            case nodes.Object():
                self.object(node, value)
            case nodes.Ref():
                self.target(absolutise(node.ref, self.base), value)
            case nodes.Array():
                self.array(node, value)
            case nodes.Union():
                self.union(node, value)
            case nodes.Record():
                self.record(node, value)
            case (
                nodes.Token()
                | nodes.Params()
                | nodes.Permission()
                | nodes.Query()
                | nodes.Procedure()
                | nodes.Subscription()
                | nodes.PermissionSet()
            ):
                raise ValidationError(
                    f"{_NO_DATA[type(node)]} holds no data; records and objects do"
                )
            case _:
                check_leaf(node, value)

    def inside(self, node: Node, value: Value, step: str | int) -> None:
        try:
            self.value(node, value)
        except ValidationError as error:
            error.inside(step)
            raise

    def target(self, ref: str, value: Value) -> None:
        full, node = self.catalog.resolve(ref)
        # Its own local references are of the document that defines it.
        _Check(self.catalog, full.partition("#")[0]).value(node, value)

    def array(self, node: nodes.Array, value: Value) -> None:
        items = value if isinstance(value, list) else refuse(value, "an array")
        need(length_fault(node, len(items), f"{len(items)} items"))
        for index, item in enumerate(items):
            self.inside(node.items, item, index)

    def object(self, node: nodes.Object, value: Value) -> None:
        entries = need_map(value, "an object")
        for name in node.required or ():
            if name not in entries:
                raise ValidationError("missing, and required", [name])
        for name, inner in node.properties.items():
            if name not in entries:
                continue
            entry = entries[name]
            if entry is None and not isinstance(inner, nodes.Null):
                if name not in (node.nullable or ()):
                    raise ValidationError("null is not allowed here", [name])
                continue
            self.inside(inner, entry, name)

    def record(self, node: nodes.Record, value: Value) -> None:
        # At the top level the type has to be there; where it is, it has to be this one.
        kind = need_map(value, "a record").get("$type", self.base)
        if kind != self.base:
            raise ValidationError(f"{shown(kind)} where {shown(self.base)} is required", ["$type"])
        self.object(node.record, value)

    def union(self, node: nodes.Union, value: Value) -> None:
        kind = need_map(value, "an object with a $type").get("$type")
        if not isinstance(kind, str):
            raise ValidationError("missing: a member of a union names its type", ["$type"])
        if kind.endswith("#main"):
            raise ValidationError(f"{shown(kind)}: a $type leaves '#main' out", ["$type"])
        refs = [absolutise(ref, self.base) for ref in node.refs]
        if kind in refs:
            self.target(kind, value)
        elif node.closed:
            message = f"{shown(kind)} is none of this closed union: {listed(refs)}"
            raise ValidationError(message, ["$type"])
