"""The one form of a lexicon file: two spaces, keys in a fixed order, properties in field order.

The order of keys is:

* at the top: `$type`, `lexicon`, `id`, `revision`, `description`, keys that are not known, `defs`;
* in a definition: `type` first, then what it is (`key`, `ref`, `title`, ...), `description`, then
  `required`, `nullable` and `properties`, its parts, its limits, its values, keys that are not known, and
  `x-atdata` last;
* `main` is the first of `defs`; properties stand in the order in which a sample holds them.

Lists keep their order, and nothing is added or lost: the document stays the same document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from atdata_codegen.rules.site import field_order
from atdata_schema.lexicon.parse_keys import EXTENSION
from atdata_schema.portable import extension_of, format_extension

__all__ = ["arrange", "format_document", "portable"]

Json = Mapping[str, object]

_TOP = ("$type", "lexicon", "id", "revision", "description")
_ORDER = (
    *("type", "resource", "key", "ref", "encoding", "name"),
    *("title", "title:lang", "detail", "detail:lang", "description"),
    *("refs", "closed", "required", "nullable", "properties", "record", "items", "permissions"),
    *("parameters", "input", "output", "message", "schema", "errors"),
    *("format", "minimum", "maximum", "minLength", "maxLength", "minGraphemes", "maxGraphemes"),
    *("accept", "maxSize", "knownValues", "enum", "default", "const"),
)
_RANK = {key: rank for rank, key in enumerate(_ORDER)}
_PARTS = ("record", "items", "parameters", "input", "output", "message", "schema")


def format_document(document: Json) -> str:
    """The text of a lexicon file.

    >>> print(format_document({"id": "org.example.on", "lexicon": 1}), end="")
    {
      "lexicon": 1,
      "id": "org.example.on"
    }
    """
    return json.dumps(arrange(document), ensure_ascii=False, indent=2) + "\n"


def arrange(document: Json) -> Json:
    """The same document with its keys in order."""
    first = [key for key in _TOP if key in document]
    rest = [key for key in document if key not in _TOP and key != "defs"]
    arranged = {key: document[key] for key in (*first, *rest)}
    definitions = document.get("defs")
    if isinstance(definitions, dict):
        named = cast("dict[str, object]", definitions)
        names = sorted(named, key=lambda name: name != "main")
        arranged["defs"] = {name: _node(named[name]) for name in names}
    elif "defs" in document:
        arranged["defs"] = definitions
    return arranged


def portable(document: Json) -> Json:
    """The same document with each `x-atdata` as the last line of the description beside it.

    Raises:
        ValueError: if a field has both forms and they differ.
    """
    definitions = document.get("defs")
    named = cast("dict[str, object]", definitions) if isinstance(definitions, dict) else {}
    moved = {name: _moved(node) for name, node in named.items()}
    return {**document, "defs": moved} if named else document


def _node(value: object) -> object:
    if not isinstance(value, dict):
        return value
    node = cast("Json", value)
    keys = sorted(node, key=lambda key: (key == EXTENSION, _RANK.get(key, len(_ORDER))))
    return {key: _part(key, node) for key in keys}


def _part(key: str, node: Json) -> object:
    value = node[key]
    if key == "properties" and isinstance(value, dict):
        fields = cast("Json", value)
        return {name: _node(fields[name]) for name in field_order(node)}
    if key in _PARTS:
        return _node(value)
    if key in ("errors", "permissions") and isinstance(value, list):
        return [_node(item) for item in cast("list[object]", value)]
    return value


def _moved(value: object) -> object:
    """A definition with the extensions in it, and in all it holds, moved."""
    if not isinstance(value, dict):
        return value
    node = {key: _moved_part(key, part) for key, part in cast("Json", value).items()}
    extension = node.get(EXTENSION)
    if not isinstance(extension, dict):
        return node
    text = node.get("description")
    description = text if isinstance(text, str) else None
    both = extension_of(cast("Json", extension), description)
    del node[EXTENSION]
    if description is None or not _has_line(description):
        line = format_extension(both)
        node["description"] = f"{description.rstrip()}\n{line}" if description else line
    return node


def _moved_part(key: str, value: object) -> object:
    if key == "properties" and isinstance(value, dict):
        return {name: _moved(field) for name, field in cast("Json", value).items()}
    return _moved(value) if key in _PARTS else value


def _has_line(description: str) -> bool:
    return bool(extension_of(None, description))
