"""The schema of a sample type: its name, its documents, and the CIDs that identify them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from atdata_schema import data, shared_types
from atdata_schema.errors import DataError, LexiconError
from atdata_schema.references import closure

if TYPE_CHECKING:
    from atdata_schema.lexicon.catalog import Catalog
    from atdata_schema.model import Model

__all__ = ["TYPES", "Lexicon", "Schema", "document_cid"]

_TYPE: Final = "com.atproto.lexicon.schema"


class Lexicon:
    """One lexicon document, read when it is first asked for.

    Args:
        document: the document, or its JSON text.
        needs: gives the lexicons that it refers to.

    >>> lexicon = Lexicon('{"lexicon": 1, "id": "org.example.empty", "defs": {}}')
    >>> lexicon.id
    'org.example.empty'
    """

    def __init__(
        self,
        document: str | Mapping[str, object],
        needs: Callable[[], tuple[Lexicon, ...]] = tuple,
    ) -> None:
        self._source = document
        self._needs = needs

    @cached_property
    def document(self) -> dict[str, Any]:
        """The document as JSON objects."""
        source = self._source
        return (
            cast("dict[str, Any]", json.loads(source)) if isinstance(source, str) else dict(source)
        )

    @property
    def id(self) -> str:
        """Its NSID."""
        return str(self.document["id"])

    @cached_property
    def cid(self) -> str:
        """The document CID (FORMATS, section 4): over the document with its `$type`.

        Raises:
            DataError: the document holds what the ATProto data model does not.
        """
        return document_cid(self.document)

    def reached(self) -> dict[str, Mapping[str, object]]:
        """This document and all that it reaches, by NSID."""
        found: dict[str, Mapping[str, object]] = {}
        pending: list[Lexicon] = [self]
        while pending:
            lexicon = pending.pop()
            if lexicon.id not in found:
                found[lexicon.id] = lexicon.document
                pending.extend(lexicon._needs())
        return closure(self.id, found.get)

    def __repr__(self) -> str:
        return f"Lexicon({self.id!r})"


TYPES: Final = Lexicon(shared_types.TYPES)
"""The lexicon `dev.atdata.types`, which every sample type may refer to."""


class Schema:
    """A sample type by its documents.

    Args:
        id: the full name of the type: `nsid`, or `nsid#name`.
        source: the document that holds it, or all documents by NSID, or a function that gives either.

    Two schemas are equal where their `id` and their `cid` are.
    """

    def __init__(
        self,
        id: str,
        source: Lexicon | Mapping[str, Mapping[str, object]] | Callable[[], Lexicon],
    ) -> None:
        self.id = id.removesuffix("#main")
        self._source = source

    @classmethod
    def of(cls, catalog: Catalog, ref: str) -> Schema:
        """The schema of a type in a catalog.

        Raises:
            LexiconError: the type, or something that it refers to, is not there.
        """

        def find(nsid: str) -> Mapping[str, object] | None:
            document = catalog.get(nsid)
            return None if document is None else document.raw

        return cls(ref, closure(ref.partition("#")[0], find))

    @classmethod
    def from_json(cls, obj: object) -> Schema:
        """The schema in its stored form, `{"id", "cid", "documents"}`.

        Raises:
            LexiconError: it is not of that form, or its CID is not the one of its documents.
        """
        if not isinstance(obj, Mapping) or not {"id", "cid", "documents"} <= set(obj):
            raise LexiconError(
                f"a stored schema has id, cid and documents; got {type(obj).__name__}"
            )
        name, documents = obj["id"], obj["documents"]
        if not isinstance(name, str) or not isinstance(documents, Mapping):
            raise LexiconError("a stored schema has a text for id and a map for documents")
        for nsid, document in documents.items():
            if not isinstance(document, Mapping) or document.get("id") != nsid:
                raise LexiconError(f"the stored schema {name!r} has no document under {nsid!r}")
        schema = cls(name, documents)
        try:
            actual = schema.cid
        except DataError as error:
            raise LexiconError(f"the stored schema {name!r} holds no lexicons: {error}") from None
        if actual != obj["cid"]:
            raise LexiconError(
                f"the stored schema {name!r} says its CID is {obj['cid']!r}; its documents give {actual!r}"
            )
        return schema

    @cached_property
    def documents(self) -> dict[str, dict[str, Any]]:
        """The document of the type and all that it reaches, by NSID in sorted order."""
        source = self._source() if callable(self._source) else self._source
        found = source.reached() if isinstance(source, Lexicon) else source
        reached = closure(self.id.partition("#")[0], found.get)
        return {nsid: dict(cast("Mapping[str, Any]", item)) for nsid, item in reached.items()}

    @cached_property
    def cid(self) -> str:
        """The type CID (FORMATS, section 4): over the CIDs of all documents by NSID."""
        links: data.Value = {
            nsid: data.Link(document_cid(document)) for nsid, document in self.documents.items()
        }
        return data.cid(links)

    @cached_property
    def model(self) -> Model:
        """The schema model.

        Raises:
            LexiconError: the documents are wrong, or the type is no object.
        """
        from atdata_schema.lexicon.catalog import Catalog

        catalog = Catalog()
        for document in self.documents.values():
            catalog.add(document)
        return catalog.model(self.id)

    def to_json(self) -> dict[str, Any]:
        """The stored form: everything that is needed to read the data again."""
        return {"id": self.id, "cid": self.cid, "documents": self.documents}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schema):
            return NotImplemented
        return self.id == other.id and self.cid == other.cid

    def __hash__(self) -> int:
        return hash((self.id, self.cid))

    def __repr__(self) -> str:
        return f"Schema({self.id!r}, cid={self.cid!r})"

    def __reduce__(self) -> tuple[type[Schema], tuple[str, dict[str, dict[str, Any]]]]:
        return type(self), (self.id, self.documents)


def document_cid(document: Mapping[str, object]) -> str:
    """The CID of a document as it is published: with `$type`."""
    return data.cid(data.from_json({**document, "$type": _TYPE}))
