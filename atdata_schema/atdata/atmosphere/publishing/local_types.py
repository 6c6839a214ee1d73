"""Types without a name of their own get one when they are published: below the account's handle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from atdata.errors import PublishError
from atdata_schema import syntax
from atdata_schema.errors import InvalidSyntax
from atdata_schema.portable import MARK
from atdata_schema.schema import Schema

__all__ = ["is_local", "public_schema"]

_LOCAL: Final = "local."


def is_local(schema: Schema) -> bool:
    """Whether a type, or one that it refers to, has a name that only this machine knows."""
    return any(nsid.startswith(_LOCAL) for nsid in schema.documents)


def public_schema(schema: Schema, handle: str | None, nsid: str | None = None) -> Schema:
    """A type with names that can be published; its samples stay as they are.

    A class without an NSID is `local.packable.<name>`. What it is called on the network is `<name>` below the
    handle, read backwards, as NSIDs are: the type of an account `lab.example.org` is `org.example.lab.<name>`.

    Args:
        schema: the type.
        handle: the account's handle.
        nsid: what the type is to be called instead.

    Raises:
        PublishError: there is no such name, or the samples hold the old one.

    >>> schema = Schema("local.packable.word", {"local.packable.word": {
    ...     "lexicon": 1, "id": "local.packable.word", "defs": {"main": {"type": "object", "properties": {}}}}})
    >>> public_schema(schema, "lab.example.org").id
    'org.example.lab.word'
    """
    if not is_local(schema):
        if nsid is not None and nsid != schema.id:
            raise PublishError(
                f"the type has a name of its own, {schema.id}, and is published under it: leave nsid= out"
            )
        return schema
    names = {
        old: _name(old, schema.id, handle, nsid)
        for old in schema.documents
        if old.startswith(_LOCAL)
    }
    documents = {
        names.get(old, old): _renamed(document, names) for old, document in schema.documents.items()
    }
    first, mark, rest = schema.id.partition("#")
    return Schema(f"{names.get(first, first)}{mark}{rest}", documents)


def _name(old: str, main: str, handle: str | None, nsid: str | None) -> str:
    word = old.rpartition(".")[2]
    if nsid is not None:
        # What the type refers to goes beside it.
        chosen = nsid if old == main.partition("#")[0] else f"{nsid.rpartition('.')[0]}.{word}"
    elif handle is not None:
        chosen = ".".join((*reversed(handle.lower().split(".")), word))
    else:
        raise PublishError(
            f"{old} is a name of this machine, and the account has no handle to take one from: {_REMEDY}"
        )
    try:
        return syntax.check("nsid", chosen)
    except InvalidSyntax as error:
        raise PublishError(f"{old} is a name of this machine, and {error}: {_REMEDY}") from None


_REMEDY: Final = (
    "name the type, @packable(nsid='org.example.imageSample'), or publish it with nsid='org.example.imageSample'"
)


def _renamed(document: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = _with_names(document, names)
    made["id"] = names.get(made["id"], made["id"])
    return made


def _with_names(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_with_names(item, names) for item in value]
    if not isinstance(value, Mapping):
        return value
    kind, said = value.get("type"), value.get("description")
    if isinstance(said, str) and MARK in said and _LOCAL in said.rpartition(MARK)[2]:
        raise PublishError(f"a description names a type of this machine ({said[:80]!r}): {_REMEDY}")
    made = {key: _with_names(item, names) for key, item in value.items()}
    if kind == "ref" and isinstance(value.get("ref"), str):
        made["ref"] = _target(value["ref"], names)
    if kind == "union" and isinstance(value.get("refs"), list):
        refs = cast("list[str]", value["refs"])
        if any(ref.startswith(_LOCAL) for ref in refs):
            raise PublishError(
                f"samples say of which type a member of a union is, by a name of this machine: {_REMEDY}"
            )
        made["refs"] = refs
    return made


def _target(ref: str, names: Mapping[str, str]) -> str:
    nsid, mark, rest = ref.partition("#")
    return f"{names.get(nsid, nsid)}{mark}{rest}"
