"""The parts of a live class: a frozen dataclass for an object, and its batch class."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, cast

from atdata.samples.build_text import annotation_text, type_doc
from atdata_schema.batch import Batch, Column
from atdata_schema.fields.fieldset import Fields
from atdata_schema.model import FieldModel, ObjectType
from atdata_schema.names import attribute_name, class_name
from atdata_schema.sample import CompiledSample, Record
from atdata_schema.schema import Schema

__all__ = ["LiveBatch", "LiveType", "batch_type", "live_type"]


class LiveType(type):
    """The class of classes built at run time: they pickle by their documents."""

    FIELDS: Fields
    SCHEMA: Schema
    TYPE: str

    def __repr__(cls) -> str:
        return f"<class {cls.__name__} of {cls.TYPE}>"


class LiveBatch(type):
    """The class of their batch classes.

    Attributes:
        __of__: the sample class; no field can have such a name.
    """

    __of__: LiveType


def live_type(item: ObjectType) -> LiveType:
    """The dataclass of an object; it lacks what comes from the schema: `FIELDS`, `SCHEMA`, `TYPE`."""
    record = item.record_key is not None
    names = [attribute_name(field.name) for field in item.fields]
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": type_doc(item),
        # Not yet the annotations that people read: as texts, `dataclass` would interpret some of them.
        "__annotations__": dict.fromkeys(names, Any),
    }
    namespace |= {
        name: None for name, field in zip(names, item.fields, strict=True) if not field.required
    }
    if record:
        namespace["KEY"] = item.record_key
    plain = LiveType(class_name(item.ref), (Record if record else CompiledSample,), namespace)
    plain.TYPE = item.ref
    made: Any = dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)(plain)
    _annotate(made, dict(zip(names, item.fields, strict=True)))
    return cast("LiveType", made)


def _annotate(cls: Any, fields: dict[str, FieldModel]) -> None:
    texts = {name: annotation_text(field) for name, field in fields.items()}
    cls.__annotations__ = texts
    for item in dataclasses.fields(cls):
        item.type = texts[item.name]
    cls.__signature__ = inspect.Signature(
        [
            inspect.Parameter(
                name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=inspect.Parameter.empty if field.required else None,
                annotation=texts[name],
            )
            for name, field in fields.items()
        ]
    )


def batch_type(cls: Any) -> None:
    """Give a sample class, which has its codecs, its batch class: one column a field."""
    fields: Fields = cls.FIELDS
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__slots__": (),
        "__doc__": f"Many `{cls.__name__}` samples, one column a field.",
    }
    for name, attribute in zip(fields.names, fields.attributes, strict=True):
        namespace[attribute] = Column[Any](name)
    batch = LiveBatch(f"{cls.__name__}Batch", (Batch,), namespace, of=cls)
    batch.__of__ = cls
