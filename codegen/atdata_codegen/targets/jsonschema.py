"""JSON Schema 2020-12: a schema for each object, record, and what endpoints take and answer.

They describe samples as JSON has them: numbers are numbers, arrays are `.npy` files in base64. Each file is whole: what
it refers to stands under its `$defs`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from atdata_codegen.source.discover import path_of
from atdata_codegen.targets.target import TargetError, TargetInput, own_objects
from atdata_schema.jsonschema import DRAFT_2020_12, to_json_schema
from atdata_schema.model import ObjectType

__all__ = ["json_schemas"]

_ENDING = ".schema.json"


def json_schemas(given: TargetInput) -> Mapping[str, str]:
    """A file for each type: `org/example/photo.schema.json`, `org/example/photo.box.schema.json`.

    With the option `base`, a URL that ends in `/`, each has an `$id` below it.
    """
    given.only("base")
    base = given.text("base")
    if base is not None and not base.endswith("/"):
        raise TargetError(f"the option 'base' is {base!r}: a URL that ends in '/'")
    files: dict[str, str] = {}
    for nsid in given.nsids:
        for item in filter(_has_file, own_objects(given, nsid)):
            path = _path(item.ref)
            schema = to_json_schema(given.model(item.ref), DRAFT_2020_12)
            dialect = {"$schema": schema.pop("$schema")}
            named = {} if base is None else {"$id": base + path}
            whole = {**dialect, **named, "title": item.ref, **schema}
            files[path] = json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
    return files


def _has_file(item: ObjectType) -> bool:
    """Whether an object is a type by itself; an inline one stands in the schema that holds it."""
    owner, _, part = item.ref.partition("#")[2].partition(".")
    return not part or (owner == "main" and part in ("parameters", "input", "output"))


def _path(ref: str) -> str:
    """The file of a type; names of definitions hold no dot, so no two are one."""
    nsid, _, name = ref.partition("#")
    return path_of(nsid, f".{name}{_ENDING}" if name else _ENDING)
