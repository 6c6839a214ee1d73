"""From a schema to a class, without code: the live class of a type that the program has no class for."""

from __future__ import annotations

import copyreg
import threading
import weakref
from collections.abc import Mapping
from typing import Any, cast

from atdata.samples.build_class import LiveBatch, LiveType, batch_type, live_type
from atdata_schema.errors import LexiconError
from atdata_schema.fields.of_model import fields_of
from atdata_schema.model import ObjectType
from atdata_schema.names import attribute_name, class_name
from atdata_schema.sample import Sample
from atdata_schema.schema import Schema

__all__ = ["sample_class"]

_LOCK = threading.RLock()
# By full name and type CID. Weak: a class lives as long as something uses it, and its classes of nested
# objects as long as it does.
_CLASSES: weakref.WeakValueDictionary[tuple[str, str], LiveType] = weakref.WeakValueDictionary()


def sample_class(schema: Schema) -> type[Sample[Any]]:
    """The class of a type known by its documents alone.

    It is a frozen dataclass with slots, as the compiler would write it: the same fields, the same bytes, a
    typed batch class. The same schema gives the same class. Class, samples and batches pickle by the
    documents, so that another process can read them.

    Args:
        schema: the type, of any source; nothing in it is run.

    Raises:
        LexiconError: the documents are wrong, the type is no object, or two of its properties would be one
            attribute.

    >>> lexicon = {
    ...     "lexicon": 1,
    ...     "id": "org.example.point",
    ...     "defs": {
    ...         "main": {
    ...             "type": "object",
    ...             "required": ["x"],
    ...             "properties": {"x": {"type": "integer"}, "in": {"type": "integer"}},
    ...         }
    ...     },
    ... }
    >>> Point = sample_class(Schema("org.example.point", {"org.example.point": lexicon}))
    >>> Point(x=3, in_=4)
    Point(x=3, in_=4)
    """
    with _LOCK:
        found = _CLASSES.get((schema.id, schema.cid)) or _Family(schema)(schema.id)
    return cast("type[Sample[Any]]", found)


class _Family:
    """The classes of a schema's objects, each made when it is first asked for; a `Resolve` of codecs."""

    def __init__(self, schema: Schema) -> None:
        self._documents = schema.documents
        self._objects: Mapping[str, ObjectType] = {item.ref: item for item in schema.model}
        self._classes: dict[str, LiveType] = {}

    def __call__(self, ref: str) -> LiveType:
        found = self._classes.get(ref)
        if found is None:
            with _LOCK:
                found = self._classes[ref] = self._cached(Schema(ref, self._documents))
        return found

    def _cached(self, schema: Schema) -> LiveType:
        key = (schema.id, schema.cid)
        found = _CLASSES.get(key)
        if found is None:
            found = _CLASSES[key] = self._built(schema)
        return found

    def _built(self, schema: Schema) -> LiveType:
        item = self._objects[schema.id]
        _check_attributes(item)
        cls = live_type(item)
        cls.FIELDS = fields_of(item, self)
        cls.SCHEMA = schema
        cls.TYPE = schema.id
        batch_type(cls)
        return cls


def _check_attributes(item: ObjectType) -> None:
    """Refuse properties that would be one attribute, as `a-b` and `a_b`."""
    taken: dict[str, str] = {}
    for field in item.fields:
        other = taken.setdefault(attribute_name(field.name), field.name)
        if other != field.name:
            raise LexiconError(
                f"{item.ref}: the properties {other!r} and {field.name!r} would both be the attribute "
                f"{attribute_name(field.name)!r} of {class_name(item.ref)}; read the data as DictSample"
            )


def _of_documents(id: str, cid: str, documents: Mapping[str, Mapping[str, object]]) -> LiveType:
    with _LOCK:
        return _CLASSES.get((id, cid)) or _Family(Schema(id, documents))(id)


def _reduce_class(cls: Any) -> tuple[Any, ...]:
    schema: Schema = cls.SCHEMA
    return _of_documents, (schema.id, schema.cid, schema.documents)


def _batch_of(cls: Any) -> type[Any]:
    batch: type[Any] = cls.BATCH
    return batch


def _reduce_batch_class(cls: Any) -> tuple[Any, ...]:
    return _batch_of, (cls.__of__,)


# Pickle asks for the reducer of a class's class before it takes a class by its name.
copyreg.pickle(LiveType, _reduce_class)
copyreg.pickle(LiveBatch, _reduce_batch_class)
