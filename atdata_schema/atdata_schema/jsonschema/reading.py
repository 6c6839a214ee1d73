"""From JSON Schema, draft 7, to a sample type: strict, bounded, and never more than data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from atdata_schema import syntax
from atdata_schema.errors import AtdataError, JsonSchemaError
from atdata_schema.jsonschema.arrays import elsewhere
from atdata_schema.jsonschema.dialects import EXTENSION
from atdata_schema.jsonschema.keywords import MAX_DEPTH, Keywords
from atdata_schema.jsonschema.naming import DefinitionNames
from atdata_schema.jsonschema.scalars import SCALARS, Node, extended
from atdata_schema.schema import TYPES, Schema
from atdata_schema.syntax.quoting import quoted

__all__ = ["from_json_schema"]

_MOST: Final = 20_000
_LONGEST_NAME: Final = 256
_DEFINITIONS: Final = ("definitions", "$defs")


def from_json_schema(body: object, nsid: str) -> Schema:
    """The sample type that a JSON Schema describes.

    What only narrows (`pattern`, `multipleOf`, `additionalProperties: false`, …) is not held against samples; what would
    change their shape (`allOf`, `if`, …) is refused. References lead inside the schema, or name an array format, and
    nothing is fetched.

    Args:
        body: the schema: an object of draft 7.
        nsid: what its lexicon is to be called.

    Raises:
        JsonSchemaError: it is no sample type, or too large; the path says where.
        InvalidSyntax: `nsid` is none.

    >>> body = {"type": "object", "properties": {"label": {"type": "string"}}, "required": ["label"]}
    >>> print(from_json_schema(body, "org.example.note").model)
    org.example.note
      label: string
    """
    syntax.check("nsid", nsid)
    root = Keywords(body)
    dialect = root.text("$schema")
    if dialect is not None and "draft-07" not in dialect:
        root.refuse(f"{quoted(dialect)} is not read: draft 7 is", "$schema")
    if root.text("type") not in ("object", None):
        root.refuse("a sample is an object", "type")
    reading = _Reading(root)
    main = {**reading.object(root, 0), **root.description}
    document = {"lexicon": 1, "id": nsid, "defs": {"main": main, **reading.defs}}
    return _checked(nsid, document)


def _checked(nsid: str, document: Node) -> Schema:
    """The schema of a document, every part of which has been held against the rules of lexicons."""
    schema = Schema(nsid, {nsid: document, TYPES.id: TYPES.document})
    try:
        _ = schema.model, schema.cid
    except AtdataError as error:
        raise JsonSchemaError(f"it becomes no lexicon: {error}") from None
    return schema


class _Reading:
    """One schema on its way to become a lexicon.

    Attributes:
        defs: the definitions besides `main`.
    """

    def __init__(self, root: Keywords) -> None:
        self.defs: dict[str, Node] = {}
        self._root = root
        self._named: dict[tuple[str, str], str] = {}
        self._names = DefinitionNames()
        self._left = _MOST

    def object(self, keys: Keywords, depth: int) -> Node:
        properties: dict[str, Node] = {}
        nullable: list[str] = []
        for name in keys.mapping("properties"):
            _check_name(name, keys)
            properties[name], is_nullable = self.property(keys.below("properties", name), depth + 1)
            if is_nullable:
                nullable.append(name)
        required = keys.values("required", str) or []
        once = set(required) & properties.keys()
        for index, name in enumerate(required):
            if name not in once:
                keys.refuse(f"{quoted(name)} is no property, or named twice", "required", index)
            once.discard(name)
        node: Node = {"type": "object", "required": required, "properties": properties}
        return {**node, "nullable": nullable} if nullable else node

    def property(self, keys: Keywords, depth: int) -> tuple[Node, bool]:
        """The definition of a property, and whether it may be null."""
        inner, nullable = _without_null(keys)
        node = {**self.type(inner, depth), **inner.description, **keys.description}
        aliases = keys.said.values("aliases", str)
        if aliases is not None:
            node = extended(node, {**node.get(EXTENSION, {}), "aliases": aliases})
        return node, nullable

    def type(self, keys: Keywords, depth: int) -> Node:
        self._left -= 1
        if self._left < 0:
            keys.refuse(f"there are more than {_MOST} schemas in it")
        if depth > MAX_DEPTH:
            keys.refuse(f"schemas are nested more than {MAX_DEPTH} deep")
        target = keys.text("$ref")
        if target is not None:
            return self.reference(keys, target, depth)
        kind = keys.raw.get("type")
        if kind == "array":
            return self.list(keys, depth)
        if kind == "object":
            return self.map(keys, depth)
        if not isinstance(kind, str) or kind not in SCALARS:
            said = quoted(kind) if isinstance(kind, str) else "none, or several"
            keys.refuse(f"its type is {said}: it is one of {', '.join(SCALARS)}, array, object")
        return SCALARS[kind](keys)

    def list(self, keys: Keywords, depth: int) -> Node:
        if not isinstance(keys.raw.get("items"), Mapping):
            keys.refuse("a list says what its items are, all of one schema", "items")
        keys.said.only()
        node: Node = {"type": "array", "items": self.type(keys.below("items"), depth + 1)}
        bounds = {"minLength": keys.integer("minItems"), "maxLength": keys.integer("maxItems")}
        return {**node, **{key: value for key, value in bounds.items() if value is not None}}

    def map(self, keys: Keywords, depth: int) -> Node:
        """An object with properties, a map, a blob, or any map."""
        if keys.said.text("type") == "blob":
            keys.said.values("accept", str)
            said = keys.said.only("type", "accept", "maxSize")
            return {**said, "type": "blob"}
        keys.said.only()
        if "properties" in keys.raw:
            name = self._names.like(str(keys.path[-1]) if keys.path else "")
            self.defs[name] = {}
            self.defs[name] = self.object(keys, depth)
            return {"type": "ref", "ref": f"#{name}"}
        if isinstance(keys.raw.get("additionalProperties"), Mapping):
            values = self.type(keys.below("additionalProperties"), depth + 1)
            return extended({"type": "ref", "ref": "dev.atdata.types#map"}, {"values": values})
        return {"type": "unknown"}

    def reference(self, keys: Keywords, target: str, depth: int) -> Node:
        if target.startswith("#"):
            keys.said.only()
        if target == "#":
            return {"type": "ref", "ref": "#main"}
        for place in _DEFINITIONS:
            prefix = f"#/{place}/"
            if target.startswith(prefix):
                name = unquote(target.removeprefix(prefix)).replace("~1", "/").replace("~0", "~")
                return self.definition(keys, place, name, depth)
        return elsewhere(keys, target)

    def definition(self, keys: Keywords, place: str, name: str, depth: int) -> Node:
        known = self._named.get((place, name))
        if known is not None:
            return {"type": "ref", "ref": f"#{known}"}
        if len(name) > _LONGEST_NAME or name not in self._root.mapping(place):
            keys.refuse(f"there is no {quoted(name)} under {place}", "$ref")
        target = self._root.below(place, name)
        if target.raw.get("type") != "object" or "properties" not in target.raw:
            return self.type(target, depth + 1)
        own = self._named[place, name] = self._names.like(name)
        self.defs[own] = {}  # taken: it may refer to itself
        self.defs[own] = {**self.object(target, depth + 1), **target.description}
        return {"type": "ref", "ref": f"#{own}"}


def _check_name(name: object, keys: Keywords) -> None:
    """Refuse the name of a property that no lexicon can hold, or that says something to a terminal."""
    if not isinstance(name, str):
        keys.refuse("the name of a property is a text", "properties")
    if not name or len(name) > _LONGEST_NAME or not name.isprintable() or name.startswith("$"):
        keys.refuse(
            f"{quoted(name)} cannot be the name of a property: 1 to {_LONGEST_NAME} characters "
            "that can be shown, the first one no '$'",
            "properties",
        )


def _without_null(keys: Keywords) -> tuple[Keywords, bool]:
    """The schema of what is not null, and whether null is allowed beside it."""
    for name in ("anyOf", "oneOf"):
        if name in keys.raw:
            return _only_other(keys, name), True
    kinds = keys.raw.get("type")
    if isinstance(kinds, list) and len(kinds) == 2 and "null" in kinds:
        other = kinds[1] if kinds[0] == "null" else kinds[0]
        return Keywords({**keys.raw, "type": other}, keys.path), True
    return keys, False


def _only_other(keys: Keywords, name: str) -> Keywords:
    choices = keys.items(name) or []
    others = [
        index
        for index, choice in enumerate(choices)
        if not (isinstance(choice, Mapping) and choice.get("type") == "null")
    ]
    if len(choices) != 2 or len(others) != 1:
        keys.refuse("a field has one schema, or one and null", name)
    return keys.below(name, others[0])
