"""Schemas of the earlier release as lexicons.

What it stored of a type is the names of the fields and a kind for each. Arrays become arrays of any element
type: it wrote the element type of the annotation, `float32` where that named none, and never held an array
against it. Tables, sparse matrices and the like, which it kept as files inside a field, become those files'
bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from atdata.errors import CatalogError
from atdata_schema import syntax
from atdata_schema.errors import AtdataError
from atdata_schema.schema import TYPES, Schema
from atdata_schema.syntax.quoting import quoted

__all__ = ["name_and_version", "nsid_of", "schema_of"]

_REFERENCE: Final = re.compile(
    r"(?:atdata://local/schema/|local://schemas/)(?:[^@/]*\.)?([^@/.]+)@(.+)"
)
_DROPPED: Final = re.compile(r"[^A-Za-z0-9]")
_DEEPEST: Final = 32

_PRIMITIVES: Final[Mapping[str, Mapping[str, Any]]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "ref", "ref": "dev.atdata.types#float64"},
    "bool": {"type": "boolean"},
    "bytes": {"type": "bytes"},
}
_ARRAY: Final = {"type": "ref", "ref": "dev.atdata.types#ndarray", "x-atdata": {"dtype": "*"}}
_FILES: Final = {
    "structured": "A structured array, as an .npy file.",
    "sparse": "A sparse matrix, as an .npz file of scipy.",
    "arrow_tensor": "A tensor, as a message of Arrow IPC.",
    "safetensors": "Tensors, as a file of safetensors.",
    "dataframe": "A table, as a Parquet file.",
}


def name_and_version(reference: str) -> tuple[str, str]:
    """The class and the version that a reference to a schema names; the module of the class is no part of it.

    Raises:
        CatalogError: it is no reference to a schema of the index.

    >>> name_and_version("local://schemas/pets.models.Cat@1.0.0")
    ('Cat', '1.0.0')
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise CatalogError(f"its schema is {quoted(reference)}, which is none of the index's own")
    return match[1], match[2]


def nsid_of(name: str) -> str:
    """The NSID of a class, as `@packable` gives it.

    >>> nsid_of("ImageSample")
    'local.packable.imageSample'
    """
    word = _DROPPED.sub("", name)
    return f"local.packable.{word[:1].lower()}{word[1:]}"


def schema_of(stored: object, nsid: str) -> Schema:
    """The schema that a stored one becomes.

    Args:
        stored: the JSON of the earlier release.
        nsid: what the lexicon is to be called.

    Raises:
        CatalogError: it holds what no lexicon can say; the message names the field.
    """
    if not isinstance(stored, dict) or not isinstance(stored.get("fields"), list):
        raise CatalogError("its schema is no JSON object with fields")
    properties: dict[str, Any] = {}
    required: list[str] = []
    for field in stored["fields"]:
        name = field.get("name") if isinstance(field, dict) else None
        if not isinstance(name, str) or name in properties:
            raise CatalogError(
                f"its schema has a field without a name of its own: {quoted(str(field))}"
            )
        properties[name] = _property(field.get("fieldType"), name, 0)
        if not field.get("optional"):
            required.append(name)
    described = {"description": stored["description"]} if stored.get("description") else {}
    main = {"type": "object", **described, "required": required, "properties": properties}
    document = {"lexicon": 1, "id": nsid, "defs": {"main": main}}
    return _checked(nsid, document)


def _checked(nsid: str, document: dict[str, Any]) -> Schema:
    try:
        syntax.check("nsid", nsid)
        schema = Schema(nsid, {nsid: document, TYPES.id: TYPES.document})
        _ = schema.model
        return Schema.from_json(schema.to_json())
    except AtdataError as error:
        raise CatalogError(f"its schema is no lexicon: {error}") from None


def _property(kind: object, field: str, depth: int) -> dict[str, Any]:
    name = kind.get("$type") if isinstance(kind, dict) else None
    if not isinstance(kind, dict) or not isinstance(name, str) or depth > _DEEPEST:
        raise CatalogError(f"the field {quoted(field)} of its schema has no type")
    word = name.rpartition("#")[2]
    primitive = kind.get("primitive")
    if word == "primitive" and isinstance(primitive, str) and primitive in _PRIMITIVES:
        return dict(_PRIMITIVES[primitive])
    if word == "ndarray":
        return dict(_ARRAY)
    if word == "array":
        return {"type": "array", "items": _property(kind.get("items"), field, depth + 1)}
    if word in _FILES:
        return {"type": "bytes", "description": _FILES[word]}
    raise CatalogError(
        f"the field {quoted(field)} of its schema is of the kind {quoted(name)}"
        f"{f' {primitive!r}' if primitive else ''}, which no lexicon can say"
    )
