"""A name that stands for a published dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atdata.atmosphere.records.checking import checked, finished, refusals
from atdata.atmosphere.records.collections import ENTRY, LABEL
from atdata.atmosphere.records.texts import check_name, check_record_uri, check_version
from atdata_schema.syntax.quoting import quoted

__all__ = ["PublishedLabel", "label_from_record", "label_to_record"]


@dataclass(frozen=True, slots=True)
class PublishedLabel:
    """A name, and perhaps a version, that stands for one entry.

    Attributes:
        name: the name.
        dataset_uri: the record of the dataset.
        created: when it was written: a datetime as the record has it.
        version: the version, where it is the label of one.
        description: what is particular about it; empty where the record tells nothing.
    """

    name: str
    dataset_uri: str
    created: str
    version: str | None = None
    description: str = ""


def label_from_record(value: Mapping[str, Any], where: str) -> PublishedLabel:
    """The label that a record of `science.alt.dataset.label` is.

    Args:
        value: the record, as JSON or as values of the data model.
        where: what the record is called in messages: its AT-URI.

    Raises:
        RecordError: something in it is wrong; the message names the record and the property.
    """
    with refusals(where):
        record = checked(value, LABEL)
        version = record.get("version")
        return PublishedLabel(
            name=check_name(record["name"]),
            dataset_uri=check_record_uri(record["datasetUri"], "datasetUri", ENTRY),
            created=record["createdAt"],
            version=None if version is None else check_version(version),
            description=record.get("description", ""),
        )


def label_to_record(label: PublishedLabel) -> dict[str, Any]:
    """The record of a label, as JSON.

    Raises:
        RecordError: it cannot be published so.
    """
    where = f"the label {quoted(label.name)}"
    with refusals(where):
        said = {"version": label.version, "description": label.description}
        record = finished(
            {
                "$type": LABEL,
                "name": check_name(label.name),
                "datasetUri": check_record_uri(label.dataset_uri, "datasetUri", ENTRY, pinned=True),
                "createdAt": label.created,
                **{key: value for key, value in said.items() if value},
            }
        )
    label_from_record(record, where)
    return record
