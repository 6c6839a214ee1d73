"""A sample type as its owner published it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atdata_schema.schema import Schema

__all__ = ["PublishedSchema", "schema_from_record", "schema_to_record"]


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
    """The sample type that a record of `science.alt.dataset.schema` publishes, ours or the peer's.

    `lexicon` is read first, and its CID computed anew; where there is none, the JSON Schema in either place.

    Args:
        value: the record, as JSON or as values of the data model.
        where: what the record is called in messages: its AT-URI.

    Raises:
        RecordError: something in it is wrong; the message names the record and the property.
    """
    raise NotImplementedError


def schema_to_record(schema: PublishedSchema) -> dict[str, Any]:
    """The record that publishes a sample type, as JSON: in Lexicon, and as JSON Schema in both places.

    Raises:
        RecordError: it cannot be published so.
    """
    raise NotImplementedError
