"""Lenses as their owners published them: ours, which are data, and the peer's, which name code and are only shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from atdata.atmosphere.records.checking import checked, finished, refusals
from atdata.atmosphere.records.collections import CODE_LENS, LENS
from atdata.atmosphere.records.steps import at
from atdata.atmosphere.records.texts import check_line, check_name, check_record_uri
from atdata_schema.data import to_json
from atdata_schema.syntax.quoting import quoted

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

    Args:
        value: the record, as JSON or as values of the data model.
        where: what the record is called in messages: its AT-URI.

    Raises:
        RecordError: something in it is wrong; the message names the record and the property.
    """
    with refusals(where):
        record = checked(value, CODE_LENS)
        language = record.get("language")
        return CodeLens(
            name=check_name(record["name"]),
            source_uri=check_record_uri(record["sourceSchema"], "sourceSchema"),
            target_uri=check_record_uri(record["targetSchema"], "targetSchema"),
            getter=_code(record, "getterCode"),
            putter=_code(record, "putterCode"),
            created=record["createdAt"],
            description=record.get("description", ""),
            language=None if language is None else check_line(language, "language"),
        )


def _code(record: Mapping[str, Any], name: str) -> CodePlace:
    code = record[name]
    known = ("repository", "commit", "path", "branch", "language")
    with at(name):
        return CodePlace(**{key: check_line(code[key], key) for key in known if key in code})


def lens_from_record(value: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A record of `dev.atdata.lens`, of the form that its lexicon has; `atdata_schema.lenses` judges what it says.

    Args:
        value: the record, as JSON or as values of the data model.
        where: what the record is called in messages: its AT-URI.

    Returns:
        The record as JSON.

    Raises:
        RecordError: something in it is wrong; the message names the record and the property.
    """
    with refusals(where):
        record = checked(value, LENS)
        check_name(record["name"])
        return cast("dict[str, Any]", to_json(record))


def lens_to_record(record: Mapping[str, Any], created: str | None = None) -> dict[str, Any]:
    """A record of `dev.atdata.lens` for publishing.

    Args:
        record: the lens, as `atdata_schema.lenses.record.to_record` gives it.
        created: when it is published; what the record says, if that is not told.

    Raises:
        RecordError: it cannot be published so.
    """
    where = f"the lens {quoted(str(record.get('name')))}"
    moment = {} if created is None else {"createdAt": created}
    with refusals(where):
        made = finished({**record, "$type": LENS, **moment})
    lens_from_record(made, where)
    return made
