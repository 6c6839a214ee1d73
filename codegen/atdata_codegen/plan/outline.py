"""What a document defines, under which names in Python, and which of these clash.

The author's names come first: two definitions that would have one name are an error. `main` keeps its name
where a definition beside it has the same, and derived names (batch classes, inline objects, values) make
way for both; what makes way gets `_` behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from atdata_codegen.plan.naming import constant_name
from atdata_codegen.plan.scope import Scope
from atdata_schema.lexicon import Catalog, Finding, absolutise, nodes
from atdata_schema.lexicon.lower import lower_document
from atdata_schema.lexicon.lower_scalars import extension
from atdata_schema.lexicon.properties import properties_of
from atdata_schema.model import ObjectType
from atdata_schema.names import attribute_name, class_name

__all__ = ["Outline", "classes_of", "outline"]


@dataclass(frozen=True, slots=True)
class Outline:
    """The names of a document's definitions.

    Attributes:
        document: the document.
        objects: its objects, `main` first, each followed by its inline objects.
        names: full name of a definition, or of an inline object, to its name in Python.
        batches: full name of an object to the name of its batch class.
        scope: the module's names, these among them.
        findings: the clashes.
    """

    document: nodes.Document
    objects: tuple[ObjectType, ...]
    names: Mapping[str, str]
    batches: Mapping[str, str]
    scope: Scope
    findings: tuple[Finding, ...] = field(default=())


def outline(catalog: Catalog, nsid: str, submodules: frozenset[str] = frozenset()) -> Outline:
    """The names of a document's definitions; `submodules` are modules below its own.

    Raises:
        LexiconError: the document is not there, or a definition of it has no form in Python.
    """
    objects = _own(lower_document(catalog, nsid), nsid)
    document = catalog.get(nsid)
    assert document is not None  # lowered above
    attributes = {attribute_name(item.name) for owner in objects for item in owner.fields}
    scope = Scope(attributes | submodules)
    bases = dict(_definitions(document, objects))
    names = {ref: scope.define(name) for ref, name in bases.items()}
    for item in objects:
        if item.ref not in names:
            names[item.ref] = scope.define(class_name(item.ref))
    batches = {item.ref: scope.define(f"{names[item.ref].rstrip('_')}Batch") for item in objects}
    findings = (*_name_clashes(document, bases), *_field_clashes(document, objects))
    return Outline(document, objects, names, batches, scope, findings)


def _own(objects: tuple[ObjectType, ...], nsid: str) -> tuple[ObjectType, ...]:
    """The objects of the document itself, each once: a list of another one may hold inline objects."""
    found = {item.ref: item for item in objects if item.ref.partition("#")[0] == nsid}
    return tuple(found.values())


def _definitions(
    document: nodes.Document, objects: tuple[ObjectType, ...]
) -> Iterator[tuple[str, str]]:
    """Full name and rule-given name of every definition that the module names, `main` first."""
    classes = {item.ref for item in objects}
    for name, node in sorted(document.defs.items(), key=lambda item: item[0] != "main"):
        ref = absolutise(f"#{name}", document.id)
        if ref in classes or _is_choice(node) or classes_of(node):
            yield ref, class_name(ref)
        elif isinstance(node, nodes.Token) or _is_constant(node):
            yield ref, constant_name(document.id.rpartition(".")[2] if name == "main" else name)


def classes_of(node: nodes.Node) -> tuple[str, ...]:
    """The names of an integer's values, none where it has none."""
    if not isinstance(node, nodes.Integer):
        return ()
    try:
        given = extension(node).get("classes")
    except ValueError:  # said by the rules, which know the place
        return ()
    return tuple(map(str, given)) if isinstance(given, list) else ()


def _is_choice(node: nodes.Node) -> bool:
    return isinstance(node, nodes.String) and bool(node.enum)


def _is_constant(node: nodes.Node) -> bool:
    return isinstance(node, nodes.String) and node.const is not None


def _name_clashes(document: nodes.Document, bases: Mapping[str, str]) -> Iterator[Finding]:
    owners: dict[str, list[str]] = {}
    for ref, name in bases.items():
        if "#" in ref:
            owners.setdefault(name, []).append(ref.partition("#")[2])
    for name, definitions in owners.items():
        for definition in definitions if len(definitions) > 1 else ():
            other = definitions[0] if definition != definitions[0] else definitions[1]
            yield Finding(
                "name-clash",
                "error",
                ("defs", definition),
                f"#{definition} and #{other} would both be {name} in Python",
                "rename one of them",
                document.id,
            )


def _field_clashes(document: nodes.Document, objects: tuple[ObjectType, ...]) -> Iterator[Finding]:
    for item in objects:
        owners: dict[str, list[str]] = {}
        for model in item.fields:
            owners.setdefault(attribute_name(model.name), []).append(model.name)
        known = properties_of(document, item.ref)
        for attribute, wires in owners.items():
            for wire in wires if len(wires) > 1 else ():
                node = known.get(wire)
                other = wires[0] if wire != wires[0] else wires[1]
                yield Finding(
                    "name-clash",
                    "error",
                    () if node is None else node.pointer,
                    f"the properties {wire!r} and {other!r} would both be the attribute {attribute}",
                    "rename one of them",
                    document.id,
                )
