"""The schema side of a `@packable` class: document, schema and codecs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from atdata.samples.annotations import PackableError
from atdata.samples.reflect import Reflection
from atdata.samples.reflect_part import Convert
from atdata_schema.errors import LexiconError
from atdata_schema.fields.field import Field
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.of_model import fields_of
from atdata_schema.fields.presence import Null, Opt
from atdata_schema.model import ObjectType
from atdata_schema.schema import Schema

__all__ = ["type_of"]


def type_of(made: Any, written: type, reflection: Reflection) -> None:
    """Give a class what compiled classes have: `TYPE`, `SCHEMA` and `FIELDS`.

    Args:
        made: the sample class; it gets them.
        written: the class it was made of, which the reflection may refer to.
        reflection: what its annotations say.

    Raises:
        PackableError: the document is no legal lexicon, or another type has its name.
    """
    nsid = str(reflection.document["id"])
    classes = {ref: made if item is written else item for ref, item in reflection.classes.items()}
    schema = _schema(nsid, reflection.document, classes, made)
    made.TYPE = nsid
    made.SCHEMA = schema
    made.FIELDS = _fields(schema.model.main, classes, reflection.converts)


def _schema(nsid: str, document: dict[str, Any], classes: Mapping[str, type], made: type) -> Schema:
    documents: dict[str, Any] = {nsid: document}
    for ref, cls in classes.items():
        if cls is not made:
            _add(documents, ref, cls, made.__name__)
    # Imported when a class is declared: reading and writing shards need no lexicons.
    from atdata_schema.lexicon import Catalog

    catalog = Catalog()
    try:
        for item in documents.values():
            catalog.add(item)
        schema = Schema.of(catalog, nsid)
        _ = schema.model  # lowered here, so that what is wrong with it is an error at the decorator
        return schema
    except LexiconError as error:
        raise PackableError(f"{made.__name__}: {error}") from error


def _add(documents: dict[str, Any], ref: str, cls: Any, owner: str) -> None:
    """Add what a class reaches; two documents of one name are two types of one name."""
    schema: Schema = cls.SCHEMA
    for nsid, document in schema.documents.items():
        if documents.setdefault(nsid, document) != document:
            raise PackableError(
                f"{owner}: two different types are called {nsid}, one of them reached by {cls.__name__} "
                f"({ref}): give one of them a name of its own: packable(nsid=...)"
            )


def _fields(
    main: ObjectType, classes: Mapping[str, type[Any]], converts: Mapping[str, Convert]
) -> Fields:
    plain = fields_of(main, classes.__getitem__)
    if not converts:
        return plain
    codecs = {name: _converted(plain[name], converts.get(name)) for name in plain}
    return Fields(codecs, aliases=plain.aliases)


def _converted(codec: Field[Any], convert: Convert | None) -> Field[Any]:
    if convert is None:
        return codec
    if isinstance(codec, Opt | Null):
        return replace(codec, field=convert(codec.field))
    return convert(codec)
