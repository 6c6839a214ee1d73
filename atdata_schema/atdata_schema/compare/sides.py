"""One of two catalogs that are compared: its documents, and their objects when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.lower import lower_definition, lower_type
from atdata_schema.lexicon.properties import properties_of
from atdata_schema.model import ObjectType, Type

if TYPE_CHECKING:
    from atdata_schema.lexicon import Catalog
    from atdata_schema.lexicon.nodes import Pointer

__all__ = ["Side"]


class Side(Mapping[str, ObjectType]):
    """The objects of a catalog by their full names, lowered when they are first asked for.

    Attributes:
        catalog: the documents.
        own: those that are compared; the others are there for references.
    """

    def __init__(self, catalog: Catalog, own: frozenset[str]) -> None:
        self.catalog = catalog
        self.own = own
        self._objects: dict[str, ObjectType] = {}
        self._types: dict[str, Type | None] = {}

    def objects(self, nsid: str, name: str) -> tuple[ObjectType, ...]:
        """The objects of one definition, its own first."""
        found = lower_definition(self.catalog, nsid, name)
        self._objects.update((item.ref, item) for item in found)
        return found

    def type_of(self, ref: str) -> Type | None:
        """The type of a definition that is no object; `None` for an object, and for what holds no data."""
        if "." in ref.partition("#")[2]:  # an inline object
            return None
        if ref not in self._types:
            self._types[ref] = lower_type(self.catalog, ref)
        return self._types[ref]

    def document(self, nsid: str) -> nodes.Document:
        """The document of an NSID that is there."""
        document = self.catalog.get(nsid)
        if document is None:
            raise KeyError(nsid)
        return document

    def pointer(self, ref: str, field: str = "") -> Pointer | None:
        """Where an object, or a field of it, stands in its document; `None` where it does not.

        Args:
            ref: the full name of a definition, or of an inline object.
            field: a property of it.
        """
        nsid, _, rest = ref.partition("#")
        document = self.catalog.get(nsid)
        name, _, inside = (rest or "main").partition(".")
        if document is None or name not in document.defs:
            return None
        if field:
            node = properties_of(document, ref).get(field)
            return None if node is None else node.pointer
        if not inside:
            return ("defs", name)
        owner, _, step = ref.rpartition(".")
        node = properties_of(document, owner).get(step)
        return ("defs", name, *inside.split(".")) if node is None else node.pointer

    def __getitem__(self, ref: str) -> ObjectType:
        if ref not in self._objects:
            nsid, _, rest = ref.partition("#")
            self.objects(nsid, rest.partition(".")[0] or "main")
        return self._objects[ref]

    def __iter__(self) -> Iterator[str]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)
