"""Every definition of a document, named or not, with what surrounds it.

Rules look at the JSON itself, so that they can judge what the kernel could not read. Access is by type: a
key whose value has another type than asked for reads as absent, because the kernel has said so already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from atdata_schema.lexicon.nodes import Pointer, absolutise
from atdata_schema.lexicon.parse_keys import EXTENSION

__all__ = ["Lexicons", "Role", "Site", "View", "document_site", "sites"]

Role: TypeAlias = Literal[
    "document", "definition", "property", "item", "value", "record", "params", "body", "permission"
]
"""What a definition is to the one around it."""

Json: TypeAlias = Mapping[str, object]

_OBJECTS = ("object", "params")
_MOST = 96


class Lexicons:
    """All documents that references may lead to. Rules know them by these methods alone: what is asked can be noted."""

    def __init__(
        self, documents: Mapping[str, Json], linted: Set[str], groups: Mapping[str, str]
    ) -> None:
        self._documents = documents
        self._linted = linted
        self._groups = groups

    @classmethod
    def of(cls, documents: Mapping[str, Json], linted: Iterable[str]) -> Lexicons:
        """The documents of a project and those around it.

        Args:
            documents: NSID to document, as decoded from JSON.
            linted: the NSIDs of the project's own.
        """
        own = frozenset(linted)
        groups: dict[str, str] = {}
        for nsid in sorted(own, reverse=True):
            group = nsid.rpartition(".")[0]
            while group:
                groups[group] = nsid
                group = group.rpartition(".")[0]
        return cls(documents, own, groups)

    def get(self, nsid: str) -> Json | None:
        """A document, None where there is none."""
        return self._documents.get(nsid)

    def is_linted(self, nsid: str) -> bool:
        """Whether a document is one of the project's own."""
        return nsid in self._linted

    def inside(self, group: str) -> str | None:
        """The first of the project's documents whose name begins with a group; None where none does."""
        return self._groups.get(group)

    def resolve(self, ref: str, base: str) -> Json | None:
        """The definition that a reference of the document `base` leads to."""
        nsid, _, name = absolutise(ref, base).partition("#")
        definitions = _mapping((self.get(nsid) or {}).get("defs"))
        found = definitions.get(name or "main")
        return cast("Json", found) if isinstance(found, dict) else None


@dataclass(frozen=True, slots=True)
class View:
    """One document and its surroundings."""

    nsid: str
    raw: Json
    lexicons: Lexicons = field(repr=False)

    @property
    def main(self) -> str | None:
        """The type of its `main`."""
        kind = _mapping(_mapping(self.raw.get("defs")).get("main")).get("type")
        return kind if isinstance(kind, str) else None


@dataclass(frozen=True, slots=True)
class Site:
    """One definition where it stands.

    Attributes:
        view: the document.
        pointer: where it stands.
        node: its JSON.
        kind: its `type`; empty where the language gives it none.
        role: what it is to `owner`.
        name: of the definition or property; empty where it has none.
        owner: the definition around it.
        required: whether it is a property that its object requires.
        nullable: whether it is a property that may be null.
    """

    view: View
    pointer: Pointer
    node: Json
    kind: str
    role: Role
    name: str = ""
    owner: Site | None = None
    required: bool = False
    nullable: bool = False

    def text(self, key: str) -> str | None:
        """A string."""
        value = self.node.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> int | None:
        """An integer."""
        value = self.node.get(key)
        return value if type(value) is int else None

    def texts(self, key: str) -> dict[int, str]:
        """The strings of a list, by index."""
        value = self.node.get(key)
        items = cast("list[object]", value) if isinstance(value, list) else []
        return {index: item for index, item in enumerate(items) if isinstance(item, str)}

    def mapping(self, key: str) -> Json:
        """An object; empty where there is none."""
        return _mapping(self.node.get(key))

    @property
    def described(self) -> bool:
        """Whether there is a description with a word in it."""
        return bool((self.text("description") or "").strip())

    @property
    def target(self) -> str:
        """The full form of what a `ref` refers to; empty for anything else."""
        ref = self.text("ref") if self.kind == "ref" else None
        return absolutise(ref, self.view.nsid) if ref else ""

    def properties(self) -> list[Site]:
        """The properties of an object, in field order."""
        required, nullable = set(self.texts("required").values()), set(
            self.texts("nullable").values()
        )
        return [
            _child(self, "property", ("properties", name), name, name in required, name in nullable)
            for name in field_order(self.node)
        ]


def field_order(node: Json) -> list[str]:
    """The names of an object's properties in the order in which a sample holds them.

    >>> field_order({"required": ["z", "b"], "properties": {"aa": {}, "b": {}, "c": {}, "z": {}}})
    ['z', 'b', 'c', 'aa']
    """
    properties = _mapping(node.get("properties"))
    required = node.get("required")
    names = cast("list[object]", required) if isinstance(required, list) else []
    texts = dict.fromkeys(name for name in names if isinstance(name, str))
    first = {name: None for name in texts if name in properties}
    rest = [name for name in properties if name not in first]
    rest.sort(key=lambda name: (len(_bytes(name)), _bytes(name)))
    return [*first, *rest]


def document_site(view: View) -> Site:
    """The document as a whole, as rules about documents see it."""
    return Site(view, (), view.raw, "document", "document")


def sites(view: View) -> Iterator[Site]:
    """Every definition of a document, outer before inner."""
    top = document_site(view)
    waiting = [
        _child(top, "definition", ("defs", name), name) for name in _mapping(view.raw.get("defs"))
    ]
    waiting.reverse()
    while waiting:
        site = waiting.pop()
        if len(site.pointer) > _MOST:  # the kernel reports that it is too deep
            continue
        yield site
        waiting += reversed(list(_children(site)))


def _children(site: Site) -> Iterator[Site]:
    if site.kind in _OBJECTS:
        yield from site.properties()
    elif site.kind == "array":
        yield _child(site, "item", ("items",))
    elif site.kind == "record":
        yield _child(site, "record", ("record",))
    elif site.kind == "permission-set":
        permissions = site.node.get("permissions")
        count = len(permissions) if isinstance(permissions, list) else 0
        yield from (_child(site, "permission", ("permissions", index)) for index in range(count))
    yield from _bodies(site)
    if site.kind == "ref" and "values" in site.mapping(EXTENSION):
        yield _child(site, "value", (EXTENSION, "values"))


def _bodies(site: Site) -> Iterator[Site]:
    if site.role != "definition":
        return
    if site.mapping("parameters"):
        yield _child(site, "params", ("parameters",))
    for key in ("input", "output", "message"):
        if "schema" in site.mapping(key):
            yield _child(site, "body", (key, "schema"))


def _child(
    owner: Site,
    role: Role,
    steps: Pointer,
    name: str = "",
    required: bool = False,
    nullable: bool = False,
) -> Site:
    node: object = owner.node
    for step in steps:
        node = _step(node, step)
    mapping = _mapping(node)
    kind = mapping.get("type")
    around = None if role == "definition" else owner
    known = kind if isinstance(kind, str) else ""
    at = (*owner.pointer, *steps)
    return Site(owner.view, at, mapping, known, role, name, around, required, nullable)


def _step(value: object, step: str | int) -> object:
    """What a key or index leads to; None where there is nothing."""
    if isinstance(step, str):
        return _mapping(value).get(step)
    items = cast("list[object]", value) if isinstance(value, list) else []
    return items[step] if step < len(items) else None


def _mapping(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")
