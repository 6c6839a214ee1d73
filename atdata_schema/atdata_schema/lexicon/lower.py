"""From lexicon documents to the schema model.

References to anything but an object are replaced by what they refer to; the definitions of
`dev.atdata.types` become the kinds of types that they stand for; inline objects become objects with names
of their own. What is left is a closed set of objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NoReturn

from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.findings import Finding
from atdata_schema.lexicon.lower_scalars import extension, scalar, shared
from atdata_schema.model import (
    FieldModel,
    ListType,
    MapType,
    Model,
    ObjectType,
    RefType,
    Type,
    UnionType,
)
from atdata_schema.portable import description_of

if TYPE_CHECKING:
    from atdata_schema.lexicon.catalog import Catalog

__all__ = ["field_order", "lower", "lower_definition", "lower_document", "lower_type"]

_SHARED: Final = "dev.atdata.types#"
_MAX_CHAIN: Final = 64
_NO_VALUES: Final = (
    *(nodes.Object, nodes.Token, nodes.Params, nodes.Permission),
    *nodes.PRIMARY,
)
"""Objects, which are types of their own, and what holds no data."""


def lower(catalog: Catalog, ref: str) -> Model:
    """The model of an object or record, with every object that it reaches.

    Args:
        catalog: the documents.
        ref: the full name: `nsid`, `nsid#name`, or that of an inline object.

    Raises:
        LexiconError: the name is not there, or it or what it reaches cannot be a sample type.
    """
    if not ref.partition("#")[0]:
        raise LexiconError(f"{ref!r} is no full name: write nsid or nsid#name")
    root = nodes.absolutise(ref)
    lowered: dict[str, ObjectType] = {}
    found: dict[str, ObjectType] = {}
    pending = [root]
    while pending:
        target = pending.pop()
        if target in found:
            continue
        if target not in lowered:
            lowered.update((item.ref, item) for item in _objects_at(catalog, target))
        found[target] = lowered[target]
        pending.extend(_reached(found[target]))
    rest = sorted(found.keys() - {root})
    return Model(root, (found[root], *(found[name] for name in rest)))


def lower_document(catalog: Catalog, nsid: str) -> tuple[ObjectType, ...]:
    """Every object that a document defines, `main` first, each followed by its inline objects.

    Parameters, inputs and outputs of endpoints are objects named `nsid#main.parameters`, `.input` and
    `.output`.

    Raises:
        LexiconError: a definition cannot be lowered.
    """
    document = catalog.get(nsid)
    if document is None:
        raise LexiconError(f"the catalog holds no lexicon {nsid!r}")
    names = sorted(document.defs, key=lambda name: name != "main")
    found: list[ObjectType] = []
    for name in names:
        found += _Lowering(catalog, document).definition(name)
    return tuple(found)


def lower_definition(catalog: Catalog, nsid: str, name: str) -> tuple[ObjectType, ...]:
    """The objects of one definition, its own first; references to what is no object keep its name.

    A reference to a named text is a `RefType` here, not the text: `lower_type` gives what it stands for.

    Raises:
        LexiconError: it is not there, or cannot be lowered.
    """
    catalog.resolve(f"{nsid}#{name}")
    document = catalog.get(nsid)
    assert document is not None  # resolved above
    return tuple(_Lowering(catalog, document, named=True).definition(name))


def lower_type(catalog: Catalog, ref: str) -> Type | None:
    """The type of a definition that is no object; `None` for an object, and for what holds no data.

    Its inline objects are not among the objects of anything: they are lowered with the definition.

    Args:
        catalog: the documents.
        ref: `nsid#name`.

    Raises:
        LexiconError: it is not there, or cannot be lowered.
    """
    full, node = catalog.resolve(ref)
    if isinstance(node, _NO_VALUES):
        return None
    nsid, _, name = full.partition("#")
    document = catalog.get(nsid)
    assert document is not None  # resolved above
    return _Lowering(catalog, document, named=True).named(node, name or "main")


def field_order(names: Iterable[str], required: Iterable[str]) -> list[str]:
    """The order of fields: the required names as given, then the others by length and bytes.

    >>> field_order(["aa", "b", "c"], ["c"])
    ['c', 'b', 'aa']
    """
    known = set(names)
    first = list(dict.fromkeys(name for name in required if name in known))
    rest = sorted(known - set(first), key=lambda name: (len(name.encode()), name.encode()))
    return first + rest


def _objects_at(catalog: Catalog, ref: str) -> list[ObjectType]:
    """The object of a full name, and the inline objects of its definition."""
    nsid, _, name = ref.partition("#")
    owner = name.partition(".")[0] or "main"
    full = nodes.absolutise(f"{nsid}#{owner}")
    catalog.resolve(full)
    document = catalog.get(nsid)
    assert document is not None  # resolved above
    items = _Lowering(catalog, document).definition(owner)
    if all(item.ref != ref for item in items):
        kind = type(document.defs[owner]).__name__.lower()
        raise LexiconError(f"{ref} is a {kind}, not an object or record, so it is no sample type")
    return items


def _reached(item: ObjectType) -> Iterator[str]:
    pending: list[Type] = [field.type for field in item.fields]
    while pending:
        kind = pending.pop()
        match kind:
            case RefType():
                yield kind.target
            case UnionType():
                yield from kind.targets
            case ListType():
                pending.append(kind.items)
            case MapType():
                pending.append(kind.values)
            case _:
                pass


@dataclass(frozen=True, slots=True)
class _Site:
    """Where the definition of a value stands.

    Attributes:
        document: the document that it stands in.
        name: the full name that an inline object has there.
        own: whether it belongs to the definition that is lowered; what another one holds, a named list,
            is lowered with that one.
        depth: how many lists and references lead to it.
    """

    document: nodes.Document
    name: str
    own: bool = True
    depth: int = 0

    def deeper(self) -> _Site:
        """The same place, one list or reference further in."""
        return replace(self, depth=self.depth + 1)


class _Lowering:
    """The lowering of one definition; its inline objects are collected on the way.

    With `named`, a reference to what is no object keeps its name.
    """

    def __init__(self, catalog: Catalog, document: nodes.Document, *, named: bool = False) -> None:
        self._catalog = catalog
        self._document = document
        self._named = named
        self._lifted: list[ObjectType] = []

    def definition(self, name: str) -> list[ObjectType]:
        """The objects of a definition, its own first."""
        node = self._document.defs[name]
        ref = nodes.absolutise(f"{self._document.id}#{name}")
        if isinstance(node, nodes.Record):
            own = [self._object(node.record, ref, node.key, node.description)]
        elif isinstance(node, nodes.Object):
            own = [self._object(node, ref)]
        else:
            own = list(self._parts(node, f"{self._document.id}#{name}"))
        return own + self._lifted

    def named(self, node: nodes.Node, name: str) -> Type:
        """The type of a definition that is no object."""
        return self._type(node, _Site(self._document, f"{self._document.id}#{name}.item"))

    def _parts(self, node: nodes.Node, owner: str) -> Iterator[ObjectType]:
        """What an endpoint sends and takes, and the inline objects of a named list."""
        if (
            isinstance(node, nodes.Query | nodes.Procedure | nodes.Subscription)
            and node.parameters is not None
        ):
            yield self._object(node.parameters, f"{owner}.parameters")
        if isinstance(node, nodes.Procedure) and node.input is not None:
            yield from self._body(node.input, f"{owner}.input")
        if isinstance(node, nodes.Query | nodes.Procedure) and node.output is not None:
            yield from self._body(node.output, f"{owner}.output")
        if isinstance(node, nodes.Array):
            self._type(node, _Site(self._document, f"{owner}.item"))

    def _body(self, body: nodes.Body, ref: str) -> Iterator[ObjectType]:
        if isinstance(body.schema, nodes.Object):
            yield self._object(body.schema, ref)

    def _object(
        self,
        node: nodes.Object | nodes.Params,
        ref: str,
        key: str | None = None,
        description: str | None = None,
    ) -> ObjectType:
        owner = ref if "#" in ref else f"{ref}#main"
        required = node.required or ()
        needed = frozenset(required)
        nullable = frozenset(node.nullable or ()) if isinstance(node, nodes.Object) else frozenset()
        fields = tuple(
            self._field(
                name, node.properties[name], f"{owner}.{name}", name in needed, name in nullable
            )
            for name in field_order(node.properties, required)
        )
        return ObjectType(ref, fields, key, description_of(node.description or description))

    def _field(
        self, name: str, node: nodes.Field, place: str, required: bool, nullable: bool
    ) -> FieldModel:
        kind = self._type(node, _Site(self._document, place))
        aliases = self._extension(node).get("aliases")
        old = tuple(map(str, aliases)) if isinstance(aliases, list) else ()
        return FieldModel(name, kind, required, nullable, old, description_of(node.description))

    def _type(self, node: nodes.Node, site: _Site) -> Type:
        if site.depth > _MAX_CHAIN:
            message = f"holds itself, or more than {_MAX_CHAIN} lists and references without an object between"
            self._refuse("circular-ref", node, message)
        match node:
            case nodes.Ref():
                return self._reference(node, site)
            case nodes.Array():
                items = self._type(node.items, site.deeper())
                return ListType(items, node.min_length, node.max_length)
            case nodes.Union():
                targets = (self._variant(ref, node, site.document) for ref in node.refs)
                return UnionType(tuple(targets), bool(node.closed))
            case nodes.Object():
                if site.own:
                    self._lift(node, site.name)
                return RefType(site.name)
            case _:
                kind = scalar(node, self._extension(node), texts=_is_record(site.document))
                if kind is None:
                    self._refuse(
                        "no-sample-form", node, f"a {type(node).__name__} cannot be a field"
                    )
                return kind

    def _lift(self, node: nodes.Object, name: str) -> None:
        if any(item.ref == name for item in self._lifted):
            message = f"the full name {name} is that of another inline object too; name one of them under defs"
            self._refuse("inline-object", node, message)
        self._lifted.append(self._object(node, name))

    def _reference(self, node: nodes.Ref, site: _Site) -> Type:
        full = nodes.absolutise(node.ref, site.document.id)
        if full.startswith(_SHARED):
            given = self._extension(node)
            if full == f"{_SHARED}map":
                return MapType(self._values(given.get("values"), node, site))
            kind = shared(full.removeprefix(_SHARED), given)
            if kind is not None:
                return kind
        target = self._resolved(full, node)
        if isinstance(target, nodes.Object | nodes.Record) or self._named:
            return RefType(full)
        home = self._catalog.get(full.partition("#")[0])
        assert home is not None  # resolved above
        inside = f"{full if '#' in full else full + '#main'}.item"
        return self._type(target, _Site(home, inside, own=False, depth=site.depth + 1))

    def _values(self, values: object, node: nodes.Ref, site: _Site) -> Type:
        """The type of a map's values: a field definition inside the extension."""
        from atdata_schema.lexicon.parse import parse

        main = {"type": "object", "properties": {"values": values}}
        parsed, findings = parse({"lexicon": 1, "id": site.document.id, "defs": {"main": main}})
        wrong = [finding.message for finding in findings if finding.severity == "error"]
        holder = parsed.defs.get("main") if parsed is not None else None
        if values is None or wrong or not isinstance(holder, nodes.Object):
            reason = "; ".join(wrong) or 'no "values"'
            self._refuse("x-atdata-value", node, f"a map states the type of its values: {reason}")
        return self._type(holder.properties["values"], site.deeper())

    def _variant(self, ref: str, node: nodes.Union, document: nodes.Document) -> str:
        full = nodes.absolutise(ref, document.id)
        if not isinstance(self._resolved(full, node), nodes.Object | nodes.Record):
            self._refuse("union-ref-kind", node, f"{full} is no object or record")
        return full

    def _resolved(self, full: str, node: nodes.Node) -> nodes.Node:
        try:
            return self._catalog.resolve(full)[1]
        except LexiconError as error:
            self._refuse("unresolved-ref", node, str(error))

    def _extension(self, node: nodes.Node) -> Mapping[str, object]:
        try:
            return extension(node)
        except ValueError as error:
            self._refuse("x-atdata-value", node, str(error))

    def _refuse(self, rule: str, node: nodes.Node, message: str) -> NoReturn:
        finding = Finding(rule, "error", node.pointer, message, None, self._document.id)
        raise LexiconError(str(finding), [finding])


def _is_record(document: nodes.Document) -> bool:
    return isinstance(document.defs.get("main"), nodes.Record)
