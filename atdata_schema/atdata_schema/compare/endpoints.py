"""Endpoints and permission sets: what they take, answer and grant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from atdata_schema.compare.change import Change, was_and_is
from atdata_schema.compare.places import Place
from atdata_schema.compare.sides import Side
from atdata_schema.compare.walk import Walk
from atdata_schema.lexicon import nodes
from atdata_schema.model import ObjectType, RefType, Type, UnionType

__all__ = ["endpoint_changes", "is_endpoint", "permission_changes"]

_Content: TypeAlias = nodes.Object | nodes.Ref | nodes.Union | None


def is_endpoint(node: nodes.Node) -> bool:
    """Whether a definition is an endpoint."""
    return isinstance(node, nodes.Query | nodes.Procedure | nodes.Subscription)


def endpoint_changes(walk: Walk, sides: tuple[Side, Side], nsid: str) -> None:
    """Compare the parameters, bodies, messages and errors of an endpoint; what is found goes into the walk."""
    both = [side.document(nsid).defs["main"] for side in sides]
    whole = Place("", (nsid, ""), (nsid, ""))
    for side in sides:
        side.objects(nsid, "main")
    _parameters(walk, sides, nsid)
    for part in ("input", "output"):
        bodies: list[nodes.Body | None] = [getattr(node, part, None) for node in both]
        _bodies(walk, bodies, nsid, replace(whole, path=part))
    contents: list[_Content] = [_message(node) for node in both]
    _contents(walk, contents, nsid, replace(whole, path="message"))
    errors = [_errors(node) for node in both]
    if errors[0] != errors[1]:
        walk.note(Change("errors-changed", was_and_is("errors", *errors)), whole)


def _parameters(walk: Walk, sides: tuple[Side, Side], nsid: str) -> None:
    """No parameters are as good as an object without fields."""
    name = f"{nsid}#main.parameters"
    old, new = (side.get(name) or ObjectType(name, ()) for side in sides)
    walk.objects(old, new, Place("parameters", (name, ""), (name, "")))


def _bodies(walk: Walk, both: Sequence[nodes.Body | None], nsid: str, place: Place) -> None:
    old, new = both
    if old is None or new is None:
        if new is not None:
            walk.note(Change("body-added", f"the {place.path} is new", new="wire"), place)
        if old is not None:
            walk.note(Change("body-removed", f"the {place.path} is gone", old="wire"), place)
        return
    if old.encoding != new.encoding:
        text = was_and_is("encoding", old.encoding, new.encoding)
        walk.note(Change("encoding-changed", text, "wire", "wire"), place)
    _contents(walk, [old.schema, new.schema], nsid, place)


def _contents(walk: Walk, both: Sequence[_Content], nsid: str, place: Place) -> None:
    old, new = (_type(node, nsid, place.path) for node in both)
    if old is not None and new is not None:
        walk.types(old, new, place)
    elif new is not None:
        text = f"the {place.path} has a schema now"
        walk.note(Change("body-added", text, new="wire"), place)
    elif old is not None:
        text = f"the {place.path} has no schema any more"
        walk.note(Change("body-removed", text, old="wire"), place)


def _message(node: nodes.Node) -> nodes.Union | None:
    if not isinstance(node, nodes.Subscription) or node.message is None:
        return None
    return node.message.schema


def _errors(node: nodes.Node) -> tuple[str, ...] | None:
    given: tuple[nodes.ErrorDef, ...] | None = getattr(node, "errors", None)
    return tuple(error.name for error in given) if given else None


def _type(node: _Content, nsid: str, part: str) -> Type | None:
    """What a body or message holds, references kept by name."""
    match node:
        case None:
            return None
        case nodes.Object():
            return RefType(f"{nsid}#main.{part}")
        case nodes.Ref(ref=ref):
            return RefType(nodes.absolutise(ref, nsid))
        case nodes.Union(refs=refs, closed=closed):
            return UnionType(tuple(nodes.absolutise(ref, nsid) for ref in refs), bool(closed))


def permission_changes(old: nodes.PermissionSet, new: nodes.PermissionSet) -> Iterator[Change]:
    """What differs in what two permission sets grant."""
    before, after = (sorted(map(_granted, node.permissions)) for node in (old, new))
    for text in sorted(set(after) - set(before)):
        yield Change("permissions-changed", f"{text} is granted now")
    for text in sorted(set(before) - set(after)):
        yield Change("permissions-changed", f"{text} is granted no more")


def _granted(permission: nodes.Permission) -> str:
    given = (f"{key} {value}" for key, value in sorted(permission.attributes.items()))
    return " ".join((permission.resource, *given))
