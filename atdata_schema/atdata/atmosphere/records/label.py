"""A name that stands for a published dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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

    Raises:
        RecordError: something in it is wrong; the message names the record and the property.
    """
    raise NotImplementedError


def label_to_record(label: PublishedLabel) -> dict[str, Any]:
    """The record of a label, as JSON.

    Raises:
        RecordError: it cannot be published so.
    """
    raise NotImplementedError
