"""Sample types made of others: with fewer fields, or with a field under another name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from atdata.errors import LoadError
from atdata_schema.names import class_name
from atdata_schema.schema import Schema

__all__ = ["check_names", "renamed_schema", "selected_schema"]


def check_names(wanted: Iterable[str], known: Sequence[str]) -> None:
    """Refuse names of columns that are not there.

    Raises:
        LoadError: one is not; the message lists those that are.
    """
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise LoadError(f"there is no column {name!r}; there are {', '.join(known)}{hint}")


def selected_schema(schema: Schema, names: Sequence[str]) -> Schema:
    """The type that has some of the fields, in their order."""
    return _derived(schema, {name: name for name in names})


def renamed_schema(schema: Schema, old: str, new: str) -> Schema:
    """The type in which a field has another name and reads the old one as well."""
    names = [field.name for field in schema.model.main.fields]
    return _derived(schema, {name: new if name == old else name for name in names})


def _derived(schema: Schema, names: Mapping[str, str]) -> Schema:
    """The type of some fields under new names, as `local.view.<name>`."""
    nsid, _, name = schema.id.partition("#")
    definition = schema.documents[nsid]["defs"][name or "main"]
    whole = definition["record"] if definition["type"] == "record" else definition
    properties = whole["properties"]
    main: dict[str, Any] = {
        "type": "object",
        "properties": {
            new: _absolute(_aliased(properties[old], old, new), nsid) for old, new in names.items()
        },
    }
    for word in ("required", "nullable"):
        listed = [names[item] for item in whole.get(word, ()) if item in names]
        if listed:
            main[word] = listed
    id = _nsid(schema.id)
    document = {"lexicon": 1, "id": id, "defs": {"main": main}}
    return Schema(id, {**schema.documents, id: document})


def _nsid(ref: str) -> str:
    word = re.sub(r"[^A-Za-z0-9]", "", class_name(ref))[:63]
    return f"local.view.{word[0].lower()}{word[1:]}"


def _aliased(definition: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    if old == new:
        return dict(definition)
    extension = dict(definition.get("x-atdata", {}))
    aliases = [name for name in (old, *extension.get("aliases", ())) if name != new]
    return {**definition, "x-atdata": {**extension, "aliases": aliases}}


def _absolute(node: Any, nsid: str) -> Any:
    """A definition whose references name their document, so that it may stand in another one."""
    if isinstance(node, list):
        return [_absolute(item, nsid) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _absolute(value, nsid) for key, value in node.items()}
    if node.get("type") == "ref" and isinstance(node.get("ref"), str):
        found["ref"] = _full(node["ref"], nsid)
    if node.get("type") == "union" and isinstance(node.get("refs"), list):
        found["refs"] = [_full(ref, nsid) for ref in node["refs"]]
    return found


def _full(ref: str, nsid: str) -> str:
    return f"{nsid}{ref}" if ref.startswith("#") else ref
