"""From what a user types to a schema: a lexicon file, a dataset, or a name of an Index."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from atdata.cli.catalogue import index_of
from atdata.cli.targets import find_target, is_path
from atdata.errors import EntryNotFound, LoadError, NameRefused
from atdata_schema.errors import LexiconError
from atdata_schema.schema import TYPES, Schema

__all__ = ["Source", "find_schema"]

_LARGEST = 1 << 26
"""Bytes of a lexicon file; larger ones are none."""


@dataclass(frozen=True, slots=True)
class Source:
    """A schema that was found.

    Attributes:
        said: as it was typed.
        schema: the schema.
        version: its version, where it was found in an Index.
    """

    said: str
    schema: Schema
    version: str | None = None


def find_schema(said: str, index: str | None) -> Source:
    """The schema that a text names: `nsid`, `nsid@1.0.0`, a lexicon file, or a dataset of any kind.

    Raises:
        LoadError: the file is no lexicon, or the dataset has no schema.
        LexiconError: the lexicon is wrong, or something that it refers to is not there.
        DatasetNotFound, EntryNotFound: there is nothing.
    """
    path = Path(said).expanduser()
    if said.endswith(".json") and not said.endswith(".dataset.json") and path.is_file():
        return Source(said, _of_file(path))
    if not said.startswith("@") and not is_path(said):
        found = _in_index(said, index)
        if found is not None:
            return found
    target = find_target(said, index)
    if target.schema is None:
        raise LoadError(f"{said} has no schema: its shards have no dataset.json")
    version = None if target.entry is None else target.entry.schema.version
    return Source(said, target.schema, version)


def _in_index(said: str, index: str | None) -> Source | None:
    try:
        stored = index_of(index).schema(said)
    except (EntryNotFound, NameRefused):
        if said.partition("@")[0].count(".") >= 2 and not Path(said).exists():
            raise  # it looks like an NSID, so that it is what was meant
        return None
    return Source(said, Schema.from_json(stored.schema), stored.key.version)


def _of_file(path: Path) -> Schema:
    """The schema of a lexicon file; what it refers to lies in the tree of files that it stands in."""
    document = _read(path)
    nsid = document.get("id")
    if "lexicon" not in document or not isinstance(nsid, str):
        raise LoadError(f"{path}: is no lexicon: a lexicon has `lexicon` and `id`")
    root = _root(path, nsid)

    def find(other: str) -> Mapping[str, object] | None:
        if other == TYPES.id:
            return TYPES.document
        beside = root.joinpath(*other.split(".")).with_suffix(".json")
        return _read(beside) if beside.is_file() else None

    from atdata_schema.references import closure

    documents = closure(nsid, lambda other: document if other == nsid else find(other))
    schema = Schema(nsid, documents)
    try:
        _ = schema.model
    except LexiconError as error:
        raise LexiconError(f"{path}: {error}", error.findings) from None
    return schema


def _root(path: Path, nsid: str) -> Path:
    """The folder that the path of a file is counted from: `lexicons` of `lexicons/org/example/cat.json`."""
    parts = nsid.split(".")
    own = path.absolute().with_suffix("").parts
    fits = list(own[-len(parts) :]) == parts
    return Path(*own[: -len(parts)]) if fits else path.absolute().parent


def _read(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _LARGEST:
        raise LoadError(f"{path}: has more than {_LARGEST} bytes, and so is no lexicon")
    try:
        found: object = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{path}: is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise LoadError(f"{path}: is no lexicon: a lexicon is a JSON object")
    return cast("dict[str, Any]", found)
