"""The class of a stored schema."""

from __future__ import annotations

from typing import Any

from atdata.index.providers.provider import StoredSchema
from atdata.resolving import class_for
from atdata_schema.schema import Schema

__all__ = ["type_of"]


def type_of(stored: StoredSchema) -> type[Any]:
    """The program's own class of a type where it has one, else one that is made of its documents.

    Raises:
        LexiconError: the documents are not those of the type.
    """
    return class_for(Schema.from_json(stored.schema))
