"""A sample type as its owner published it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from atdata.atmosphere.records.checking import checked, finished, refusals
from atdata.atmosphere.records.collections import SCHEMA
from atdata.atmosphere.records.steps import at
from atdata.atmosphere.records.texts import check_line, check_name, check_version
from atdata.errors import ValidationError
from atdata_schema.data import to_json
from atdata_schema.jsonschema import DRAFT_07, from_json_schema, to_json_schema
from atdata_schema.model import ArrayType, ListType, MapType, Model
from atdata_schema.names import upper_camel
from atdata_schema.schema import Schema
from atdata_schema.syntax import is_valid, parse_at_uri, ref_parts
from atdata_schema.syntax.quoting import quoted

__all__ = ["PublishedSchema", "schema_from_record", "schema_to_record"]

_JSON_SCHEMA: Final = "science.alt.dataset.schema#jsonSchemaFormat"
_FORM: Final = 1
_LOCAL: Final = "local."
_PLAIN: Final = "sample"
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class PublishedSchema:
    """One version of a sample type.

    Attributes:
        name: its name, for people.
        version: its version.
        schema: the type.
        created: when it was published: a datetime as the record has it.
        description: what a sample is; empty where the record tells nothing.
        license: under which licence; empty where the record tells nothing.
        tags: words to find it by.
    """

    name: str
    version: str
    schema: Schema
    created: str
    description: str = ""
    license: str = ""
    tags: tuple[str, ...] = ()


def schema_from_record(value: Mapping[str, Any], where: str) -> PublishedSchema:
    """The sample type that a record of `science.alt.dataset.schema` publishes, ours or another's.

    `lexicon` is read first, and its CID computed anew. Where there is none, the JSON Schema is, in the place where its
    owners put it now or where the earlier release does; such a type is named after the record.

    Args:
        value: the record, as JSON or as values of the data model.
        where: what the record is called in messages: its AT-URI.

    Raises:
        RecordError: something in it is wrong; the message names the record and the property.
    """
    with refusals(where):
        record = checked(value, SCHEMA)
        _check_form(record)
        name = check_name(record["name"])
        metadata = record.get("metadata", {})
        return PublishedSchema(
            name=name,
            version=check_version(record["version"]),
            schema=_schema(record, name, where),
            created=record["createdAt"],
            description=record.get("description", ""),
            license=check_line(metadata.get("license", ""), "license"),
            tags=tuple(check_line(tag, "tags") for tag in metadata.get("tags", ())),
        )


def _check_form(record: Mapping[str, Any]) -> None:
    for key in ("atdataSchemaVersion", "$atdataSchemaVersion"):
        if record.get(key, _FORM) != _FORM:
            raise ValidationError(
                f"records of the form {_FORM} are read, and this is another one", [key]
            )


def _schema(record: Mapping[str, Any], name: str, where: str) -> Schema:
    if "lexicon" in record:
        with at("lexicon"):
            return _from_lexicon(record["lexicon"])
    with at("schema"):
        form = record["schema"]
        if form["$type"] != _JSON_SCHEMA:
            raise ValidationError(
                f"{quoted(form['$type'])} is not read: {_JSON_SCHEMA} is", ["$type"]
            )
        for key in ("content", "schemaBody"):
            if key in form:
                with at(key):
                    return from_json_schema(form[key], _nsid(name, where))
        if "properties" not in form:
            raise ValidationError("it has neither content nor properties")
        return from_json_schema(form, _nsid(name, where))


def _from_lexicon(stored: Mapping[str, Any]) -> Schema:
    schema = Schema.from_json(to_json(dict(stored)))
    ref_parts(schema.id)
    _ = schema.model  # what is wrong with the documents is refused here, not where samples are read
    return schema


def _nsid(name: str, where: str) -> str:
    """What a type is called whose author named no NSID: after the account and the name, so that no two accounts clash.

    >>> _nsid("ImageSample", "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/science.alt.dataset.schema/3kabc2defgh2a")
    'local.plc.ewvi7nxzyoun6zhxrhs64oiz.imageSample'
    >>> _nsid("2D image!", "at://did:web:lab.example.org/science.alt.dataset.schema/3kabc2defgh2a")
    'local.web.org.example.lab.dImage'
    """
    words = map(upper_camel, re.findall("[A-Za-z0-9]+", name))
    joined = "".join(words).lstrip("0123456789")[:_LONGEST_NAME] or _PLAIN
    word = joined[0].lower() + joined[1:]
    did = parse_at_uri(where).authority if is_valid("at-uri", where) else ""
    method, _, rest = did.removeprefix("did:").partition(":")
    account = {"plc": rest, "web": ".".join(reversed(rest.split(".")))}.get(method, "")
    nsid = f"{_LOCAL}{method}.{account}.{word}"
    return nsid if is_valid("nsid", nsid) else f"{_LOCAL}published.{word}"


def schema_to_record(schema: PublishedSchema) -> dict[str, Any]:
    """The record that publishes a sample type, as JSON: in Lexicon, and as JSON Schema in both places.

    Raises:
        RecordError: it cannot be published so: it has no NSID of its own, is too large, or breaks a limit.
    """
    where = f"the sample type {quoted(schema.name)}"
    with refusals(where):
        record = finished(_record(schema))
    schema_from_record(record, where)
    return record


def _record(schema: PublishedSchema) -> dict[str, Any]:
    if schema.schema.id.startswith(_LOCAL):
        raise ValidationError(
            f"{schema.schema.id} is a name of this machine alone: publish it under an NSID of a domain of yours, "
            "as packable(nsid=...) or a lexicon gives one"
        )
    body = to_json_schema(schema.schema.model)
    said = {"license": schema.license, "tags": list(schema.tags)}
    metadata = {key: value for key, value in said.items() if value}
    return {
        "$type": SCHEMA,
        "name": schema.name,
        "version": check_version(schema.version, ours=True),
        "schemaType": "jsonSchema",
        "schema": {
            "$type": _JSON_SCHEMA,
            "draft": DRAFT_07.name,
            "content": body,
            **{key: value for key, value in body.items() if key != "description"},
            **_array_formats(schema.schema.model),
        },
        "createdAt": schema.created,
        "atdataSchemaVersion": _FORM,
        "lexicon": schema.schema.to_json(),
        **({"metadata": metadata} if metadata else {}),
        **({"description": schema.description} if schema.description else {}),
    }


def _array_formats(model: Model) -> dict[str, Any]:
    """Which array formats samples of a type have."""
    pending = [field.type for item in model for field in item.fields]
    while pending:
        kind = pending.pop()
        if isinstance(kind, ArrayType):
            return {"arrayFormatVersions": {"ndarrayBytes": "1.0.0"}}
        if isinstance(kind, ListType):
            pending.append(kind.items)
        if isinstance(kind, MapType):
            pending.append(kind.values)
    return {}
