"""Mappings made into objects of classes: what a lens makes is a mapping until somebody names a class."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from atdata_schema.fields.containers import Many, Table
from atdata_schema.fields.field import Field
from atdata_schema.fields.objects import OneOf, Ref
from atdata_schema.fields.presence import bare
from atdata_schema.lenses.steps.equality import attribute_of, is_object

__all__ = ["made_as", "objects_in", "value_as"]


def made_as(cls: type[Any] | None, value: Any) -> Any:
    """An object of a class with the fields of another object; as it is without a class."""
    if cls is None or isinstance(value, cls):
        return value
    fields: Any = cls.FIELDS
    given = {
        attribute: value_as(fields[name], attribute_of(value, name))
        for name, attribute in zip(fields.names, fields.attributes, strict=True)
    }
    return cls(**given)


def value_as(field: Field[Any], value: Any) -> Any:
    """A value as a field has it: objects in it are of the field's classes."""
    codec = bare(field)
    if value is None:
        return None
    match codec:
        case Ref():
            return made_as(codec.target(), value)
        case Many() if isinstance(codec.items, Ref | OneOf | Many | Table):
            return [value_as(codec.items, item) for item in value]
        case Table() if isinstance(codec.values, Ref | OneOf | Many | Table):
            return {key: value_as(codec.values, item) for key, item in value.items()}
        case OneOf() if is_object(value):
            return _member(codec, value)
        case _:
            return value


@lru_cache(maxsize=512)
def objects_in(cls: Any) -> frozenset[str]:
    """The properties of a class whose values are objects or hold some."""
    fields: Mapping[str, Field[Any]] = getattr(cls, "FIELDS", {})
    return frozenset(name for name, field in fields.items() if _holds_objects(field))


def _holds_objects(field: Field[Any]) -> bool:
    """Whether values of a field are objects or hold some; all others are the same in every class."""
    codec = bare(field)
    while isinstance(codec, Many | Table):
        codec = bare(codec.items if isinstance(codec, Many) else codec.values)
    return isinstance(codec, Ref | OneOf)


def _member(codec: OneOf[Any], value: Any) -> Any:
    """A member of a union: by its `$type` where it is a mapping, else by the name of its class."""
    name = value.get("$type") if isinstance(value, Mapping) else type(value).TYPE
    cls = codec.targets().get(str(name).removesuffix("#main"))
    return value if cls is None else made_as(cls, value)
