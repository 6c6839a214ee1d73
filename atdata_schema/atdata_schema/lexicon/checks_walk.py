"""Every definition inside a document, and where its references lead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.nodes import Definition, Document, Node, absolutise

__all__ = ["Documents", "children", "target", "walk"]


class Documents(Protocol):
    """What checks ask of a catalogue, and nothing else."""

    def get(self, nsid: str) -> Document | None:
        """The document of an NSID, or None."""
        ...

    def __iter__(self) -> Iterator[str]: ...


def walk(document: Document) -> Iterator[Definition]:
    """Every definition of a document, outer before inner, in document order.

    >>> whole = nodes.Array(items=nodes.Boolean())
    >>> document = Document(id="org.example.flags", defs={"main": whole}, raw={})
    >>> [type(node).__name__ for node in walk(document)]
    ['Array', 'Boolean']
    """
    stack: list[Definition] = list(reversed(tuple(document.defs.values())))
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def children(node: Definition) -> list[Definition]:
    """The definitions directly inside another."""
    inner: list[Definition | None] = []
    if isinstance(node, (nodes.Object, nodes.Params)):
        inner = list(node.properties.values())
    elif isinstance(node, nodes.Array):
        inner = [node.items]
    elif isinstance(node, nodes.Record):
        inner = [node.record]
    elif isinstance(node, nodes.Query):
        inner = [node.parameters, node.output]
    elif isinstance(node, nodes.Procedure):
        inner = [node.parameters, node.input, node.output]
    elif isinstance(node, nodes.Subscription):
        inner = [node.parameters, node.message]
    elif isinstance(node, (nodes.Body, nodes.Message)):
        inner = [node.schema]
    return [child for child in inner if child is not None]


def target(documents: Documents, ref: str, base: str) -> tuple[str, Node | None]:
    """The full form of a reference and what it leads to, None where it leads nowhere."""
    full = absolutise(ref, base)
    nsid, _, name = full.partition("#")
    document = documents.get(nsid)
    return full, None if document is None else document.defs.get(name or "main")
