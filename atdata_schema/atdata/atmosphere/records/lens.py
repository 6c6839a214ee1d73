"""Lenses as their owners published them: ours, which are data, and the peer's, which name code and are only shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["CodeLens", "CodePlace", "code_lens_from_record", "lens_from_record", "lens_to_record"]


@dataclass(frozen=True, slots=True)
class CodePlace:
    """A function in somebody's code repository; it is shown and never fetched."""

    repository: str
    commit: str
    path: str
    branch: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class CodeLens:
    """A lens of `science.alt.dataset.lens`, which is never run."""

    name: str
    source_uri: str
    target_uri: str
    getter: CodePlace
    putter: CodePlace
    created: str
    description: str = ""
    language: str | None = None


def code_lens_from_record(value: Mapping[str, Any], where: str) -> CodeLens:
    """The lens that a record of `science.alt.dataset.lens` tells of.

    Raises:
        RecordError: something in it is wrong; the message names the record and the property.
    """
    raise NotImplementedError


def lens_from_record(value: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A record of `dev.atdata.lens`, checked, in the form that `atdata_schema.lenses.record` reads.

    Raises:
        RecordError: something in it is wrong; the message names the record and the property.
    """
    raise NotImplementedError


def lens_to_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of `dev.atdata.lens` for publishing: checked, with its `$type`.

    Raises:
        RecordError: it cannot be published so.
    """
    raise NotImplementedError
