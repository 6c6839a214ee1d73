"""Types for tests of lenses, written in one line a field."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from atdata_schema.schema import TYPES, Schema

_SHARED: Final = "dev.atdata.types#"
_ARRAY: Final = re.compile(r"(\*|\w+)\[(.*)\]")


def node(kind: str, **more: Any) -> dict[str, Any]:
    """The lexicon node of a type: `string`, `float32`, `uint8[H, W, 3]`, `list[#box]`, `org.example.x`."""
    if kind.startswith("list["):
        return {"type": "array", "items": node(kind[5:-1]), **more}
    if kind in ("float32", "float64", "image", "audio"):
        made: dict[str, Any] = {"type": "ref", "ref": _SHARED + kind}
        return {**made, "x-atdata": more} if more else made
    found = _ARRAY.fullmatch(kind)
    if found:
        extension: dict[str, Any] = {"dtype": found[1], **more}
        if found[2] != "...":
            sizes = [size.strip() for size in found[2].split(",") if size.strip()]
            extension["shape"] = [int(size) if size.isdigit() else size for size in sizes]
        return {"type": "ref", "ref": f"{_SHARED}ndarray", "x-atdata": extension}
    if kind == "datetime":
        return {"type": "string", "format": "datetime", **more}
    if "." in kind or kind.startswith("#"):
        return {"type": "ref", "ref": kind}
    return {"type": kind, **more}


def schema(nsid: str, fields: str, **objects: str) -> Schema:
    """A type with fields, one a line: `name: type`, `name?: type`, `name: type {"minimum": 0}`.

    Args:
        nsid: its name.
        fields: its fields.
        objects: further objects of its document.
    """
    defs = {"main": _object(fields)} | {name: _object(lines) for name, lines in objects.items()}
    document = {"lexicon": 1, "id": nsid, "defs": defs}
    return Schema(nsid, {nsid: document, "dev.atdata.types": TYPES.document})


def _object(lines: str) -> dict[str, Any]:
    required: list[str] = []
    properties: dict[str, Any] = {}
    for line in filter(None, map(str.strip, lines.splitlines())):
        name, _, rest = line.partition(":")
        kind, _, more = rest.strip().partition(" {")
        if not name.endswith("?"):
            required.append(name)
        properties[name.removesuffix("?")] = node(
            kind.strip(), **(json.loads("{" + more) if more else {})
        )
    return {"type": "object", "required": required, "properties": properties}
