"""From an object's full name back to its properties in the document."""

from __future__ import annotations

from collections.abc import Mapping

from atdata_schema.lexicon import nodes

__all__ = ["inner", "properties_of"]


def properties_of(document: nodes.Document, ref: str) -> Mapping[str, nodes.Field]:
    """The properties of an object of a document; none where its name leads to no object in it.

    Args:
        document: the document.
        ref: `nsid`, `nsid#name`, or `nsid#name.property` for an inline object.
    """
    owner, *path = (ref.partition("#")[2] or "main").split(".")
    node: nodes.Definition | None = document.defs.get(owner)
    for step in path:
        node = _step(node, step)
    node = _body(node)
    return node.properties if isinstance(node, nodes.Object | nodes.Params) else {}


def inner(node: nodes.Definition | None) -> nodes.Definition | None:
    """The items of a list, of a list of lists, and so on; another definition itself."""
    while isinstance(node, nodes.Array):
        node = node.items
    return node


def _step(node: nodes.Definition | None, step: str) -> nodes.Definition | None:
    if isinstance(node, nodes.Query | nodes.Procedure | nodes.Subscription):
        return getattr(node, step, None)
    if isinstance(node, nodes.Array) and step == "item":
        return inner(node)
    node = _body(node)
    properties = node.properties if isinstance(node, nodes.Object) else {}
    return inner(properties.get(step))


def _body(node: nodes.Definition | None) -> nodes.Definition | None:
    if isinstance(node, nodes.Record):
        return node.record
    return node.schema if isinstance(node, nodes.Body) else node
