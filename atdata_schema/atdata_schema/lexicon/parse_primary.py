"""From JSON to records and endpoints."""

from __future__ import annotations

from atdata_schema import syntax
from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.parse_fields import (
    parse_field,
    parse_properties,
    read_object,
    read_required,
)
from atdata_schema.lexicon.parse_keys import Keys
from atdata_schema.lexicon.parse_opening import Place, common, open_definition
from atdata_schema.lexicon.parse_report import shown
from atdata_schema.lexicon.parse_scalars import check_mime

__all__ = ["read_procedure", "read_query", "read_record", "read_subscription"]

_RECORD = Place("the record", ("object",))
_PARAMS = Place("parameters", ("params",))
_PARAMETER = Place("a parameter", ("boolean", "integer", "string", "array"))
_PARAMETER_ITEM = ("boolean", "integer", "string")
_BODY = Place("the schema of a body", ("object", "ref", "union"))
_MESSAGE = Place("the schema of a message", ("union",))


def read_record(keys: Keys) -> nodes.Record | None:
    """A record; its key is `tid`, `nsid`, `any` or `literal:<value>`."""
    key = keys.text("key") if keys.need("key", "a record") else None
    if key is not None:
        _check_key(key, keys)
    if not keys.need("record", "a record"):
        return None
    opened = open_definition(keys.raw["record"], keys.at("record"), keys.report, _RECORD)
    if opened is None or key is None:
        return None
    return nodes.Record(key=key, record=read_object(opened[1]), **common(keys))


def _check_key(key: str, keys: Keys) -> None:
    kind, colon, value = key.partition(":")
    if kind == "literal" and colon:
        if not syntax.is_valid("record-key", value):
            message = f"{shown(value)} is no record key"
            keys.report.add("invalid-record-key", keys.at("key"), message)
    elif key not in ("tid", "nsid", "any"):
        keys.wrong(f"unknown key {shown(key)}: tid, nsid, any or literal:<value>", "key")


def read_query(keys: Keys) -> nodes.Query:
    """A query."""
    return nodes.Query(
        parameters=_parameters(keys),
        output=_body(keys, "output"),
        errors=_errors(keys),
        **common(keys),
    )


def read_procedure(keys: Keys) -> nodes.Procedure:
    """A procedure."""
    return nodes.Procedure(
        parameters=_parameters(keys),
        input=_body(keys, "input"),
        output=_body(keys, "output"),
        errors=_errors(keys),
        **common(keys),
    )


def read_subscription(keys: Keys) -> nodes.Subscription:
    """A subscription; its messages are a union."""
    return nodes.Subscription(
        parameters=_parameters(keys),
        message=_message(keys),
        errors=_errors(keys),
        **common(keys),
    )


def _parameters(keys: Keys) -> nodes.Params | None:
    if "parameters" not in keys.raw:
        return None
    pointer = keys.at("parameters")
    opened = open_definition(keys.raw["parameters"], pointer, keys.report, _PARAMS)
    if opened is None:
        return None
    inner = opened[1]
    properties = parse_properties(inner, _PARAMETER)
    for name, node in properties.items():
        if isinstance(node, nodes.Array):
            _check_item(inner, name, node)
    required = read_required(inner, "required")
    return nodes.Params(properties=properties, required=required, **common(inner))


def _check_item(keys: Keys, name: str, node: nodes.Array) -> None:
    if not isinstance(node.items, (nodes.Boolean, nodes.Integer, nodes.String)):
        message = f"an array of parameters holds {', '.join(_PARAMETER_ITEM)} only"
        keys.wrong(message, "properties", name, "items", "type")


def _body(keys: Keys, name: str) -> nodes.Body | None:
    raw = keys.mapping(name)
    if raw is None:
        return None
    body = Keys(raw, keys.at(name), keys.report)
    encoding = body.text("encoding") if body.need("encoding", f"the {name}") else None
    # An empty encoding says that there is none; that is style, and left to the linter.
    for text in encoding.split(",") if encoding else ():
        check_mime(text.partition(";")[0].strip(), body, "encoding")
    schema = None
    if "schema" in raw:
        schema = parse_field(raw["schema"], body.at("schema"), keys.report, _BODY)
    if not isinstance(schema, (nodes.Object, nodes.Ref, nodes.Union)):
        schema = None
    return nodes.Body(encoding=encoding or "", schema=schema, **common(body))


def _message(keys: Keys) -> nodes.Message | None:
    raw = keys.mapping("message")
    if raw is None:
        return None
    message = Keys(raw, keys.at("message"), keys.report)
    schema = None
    if message.need("schema", "the message"):
        schema = parse_field(raw["schema"], message.at("schema"), keys.report, _MESSAGE)
    union = schema if isinstance(schema, nodes.Union) else None
    return nodes.Message(schema=union, **common(message))


def _errors(keys: Keys) -> tuple[nodes.ErrorDef, ...] | None:
    raw = keys.array("errors")
    if raw is None:
        return None
    found: list[nodes.ErrorDef] = []
    seen: set[str] = set()
    for index, item in enumerate(raw):
        error = _error(item, keys, index)
        if error is None:
            continue
        if error.name in seen:
            message = f"the error {shown(error.name)} stands twice"
            keys.report.add("duplicate-value", error.pointer, message)
        seen.add(error.name)
        found.append(error)
    return tuple(found)


def _error(raw: object, keys: Keys, index: int) -> nodes.ErrorDef | None:
    entry = keys.inner(raw, "errors", index)
    if entry is None or not entry.need("name", "an error"):
        return None
    name = entry.text("name")
    if name is None:
        return None
    if not name or any(character.isspace() for character in name):
        entry.wrong(f"{shown(name)} is no name of an error: one word", "name")
    return nodes.ErrorDef(name=name, **common(entry))
