"""From the schema model to JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from atdata_schema.jsonschema.dialects import DRAFT_07, NDARRAY, Dialect
from atdata_schema.jsonschema.emitting_scalars import annotated, scalar
from atdata_schema.jsonschema.naming import definition_names
from atdata_schema.model import (
    ArrayType,
    BlobType,
    FieldModel,
    ListType,
    MapType,
    Model,
    ObjectType,
    RefType,
    Type,
    UnionType,
    UnknownType,
)

__all__ = ["to_json_schema"]

_ARRAY: Final = "ndarray"
_FILE: Final = {
    "type": "string",
    "contentEncoding": "base64",
    "description": "An array as an .npy file of NumPy.",
}
_BLOB: Final = {
    "properties": {
        "$type": {"const": "blob"},
        "ref": {
            "type": "object",
            "properties": {"$link": {"type": "string"}},
            "required": ["$link"],
        },
        "mimeType": {"type": "string"},
        "size": {"type": "integer", "minimum": 0},
    },
    "required": ["$type", "ref", "mimeType", "size"],
}


def to_json_schema(model: Model, dialect: Dialect = DRAFT_07) -> dict[str, Any]:
    """The JSON Schema of a sample type; `atdata_schema.jsonschema` tells what it cannot say.

    Args:
        model: the type.
        dialect: `DRAFT_07`, or `DRAFT_2020_12`.

    >>> from atdata_schema.model import TextType
    >>> cat = ObjectType("org.example.cat", (FieldModel("name", TextType(), required=True),))
    >>> to_json_schema(Model("org.example.cat", (cat,)))["properties"]
    {'name': {'type': 'string'}}
    """
    emitting = _Emitting(model, dialect)
    body = {"$schema": dialect.uri, **emitting.object(model.main)}
    definitions = {
        name: emitting.object(model.object(ref)) for ref, name in sorted(emitting.names.items())
    }
    if emitting.arrays and not dialect.for_records:
        definitions[_ARRAY] = dict(_FILE)
    return {**body, dialect.definitions: definitions} if definitions else body


class _Emitting:
    def __init__(self, model: Model, dialect: Dialect) -> None:
        self.dialect = dialect
        self.names = definition_names(model)
        self.arrays = False

    def object(self, item: ObjectType) -> dict[str, Any]:
        described = {} if item.description is None else {"description": item.description}
        required = [field.name for field in item.fields if field.required]
        return {
            "type": "object",
            **described,
            "properties": {field.name: self.property(field) for field in item.fields},
            **({"required": required} if required else {}),
        }

    def property(self, field: FieldModel) -> dict[str, Any]:
        node = self.type(field.type)
        if field.nullable:
            node = {"anyOf": [node, {"type": "null"}]}
        if field.aliases:
            node = annotated(node, aliases=list(field.aliases))
        return node if field.description is None else {**node, "description": field.description}

    def type(self, kind: Type) -> dict[str, Any]:
        match kind:
            case ArrayType():
                return self.array(kind)
            case ListType():
                items: dict[str, Any] = {"type": "array", "items": self.type(kind.items)}
                bounds = {"minItems": kind.min_length, "maxItems": kind.max_length}
                return {**items, **_given(bounds)}
            case MapType():
                return {"type": "object", "additionalProperties": self.type(kind.values)}
            case RefType():
                return {"$ref": self.pointer(kind.target)}
            case UnionType():
                return self.union(kind)
            case UnknownType():
                return {"type": "object"}
            case BlobType():
                shape = {} if self.dialect.for_records else _BLOB
                accept = None if kind.accept is None else list(kind.accept)
                return annotated(
                    {"type": "object", **shape}, type="blob", accept=accept, maxSize=kind.max_size
                )
            case _:
                return scalar(kind)

    def pointer(self, ref: str) -> str:
        name = self.names.get(ref)
        return "#" if name is None else f"#/{self.dialect.definitions}/{name}"

    def array(self, kind: ArrayType) -> dict[str, Any]:
        """A reference, and beside it what the federation's readers know of element type and shape."""
        self.arrays = True
        target = NDARRAY if self.dialect.for_records else f"#/{self.dialect.definitions}/{_ARRAY}"
        node: dict[str, Any] = {"$ref": target}
        if kind.dtype != "*":
            node["dtype"] = kind.dtype
        shape = kind.shape
        if shape is not None and "..." not in shape:
            node["shape"] = [dim if isinstance(dim, int) else None for dim in shape]
        # Names of dimensions say less for others than for us, where one name is one size.
        named = shape is not None and any(isinstance(dim, str) and dim != "*" for dim in shape)
        exact = list(shape) if shape is not None and named else None
        return annotated(node, shape=exact, finite=kind.finite or None)

    def union(self, kind: UnionType) -> dict[str, Any]:
        if self.dialect.for_records:
            return {"type": "object"}
        members: list[dict[str, Any]] = [
            {
                "allOf": [{"$ref": self.pointer(target)}],
                "properties": {"$type": {"const": target}},
                "required": ["$type"],
            }
            for target in kind.targets
        ]
        if kind.closed:
            return {"oneOf": members}
        return {"anyOf": [*members, {"type": "object", "required": ["$type"]}]}


def _given(bounds: Mapping[str, int | None]) -> dict[str, int]:
    return {key: value for key, value in bounds.items() if value is not None}
