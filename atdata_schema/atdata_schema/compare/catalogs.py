"""Two catalogs at once: documents and definitions that come and go, and every definition that stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from atdata_schema.compare.catalog_comparison import CatalogComparison, CatalogFinding
from atdata_schema.compare.change import Change
from atdata_schema.compare.endpoints import endpoint_changes, is_endpoint, permission_changes
from atdata_schema.compare.places import Place
from atdata_schema.compare.sides import Side
from atdata_schema.compare.walk import Found, Walk
from atdata_schema.lexicon import nodes

if TYPE_CHECKING:
    from atdata_schema.lexicon import Catalog
    from atdata_schema.lexicon.nodes import Pointer

__all__ = ["compare_catalogs"]

_OBJECTS: Final = (nodes.Object, nodes.Record)


def compare_catalogs(
    old: Catalog,
    new: Catalog,
    *,
    old_nsids: Iterable[str] | None = None,
    new_nsids: Iterable[str] | None = None,
) -> CatalogComparison:
    """What a change of a set of lexicons means for data and code that are there already.

    Each definition is compared with the one of the same name, and told of once, wherever it is referred to. The
    lexicons are to be without errors: what they refer to is in their catalog.

    Args:
        old: the lexicons as they were.
        new: the lexicons as they are.
        old_nsids: those that are compared; the others are there for references. Without them, all.
        new_nsids: the same of the new ones.

    Raises:
        LexiconError: a definition cannot be held against another one.

    >>> from atdata_schema.lexicon import Catalog
    >>> def catalog(**properties):
    ...     found, main = Catalog(), {"type": "object", "properties": properties}
    ...     _ = found.add({"lexicon": 1, "id": "org.example.cat", "defs": {"main": main}})
    ...     return found
    >>> before, after = catalog(lives={"type": "integer"}), catalog(lives={"type": "string"})
    >>> for found in compare_catalogs(before, after).findings:
    ...     print(found.place, found.severity, sorted(found.categories))
    org.example.cat#main.lives error ['strict', 'wire']
    """
    before = Side(old, frozenset(old if old_nsids is None else old_nsids))
    after = Side(new, frozenset(new if new_nsids is None else new_nsids))
    return _Comparing(before, after).run()


class _Comparing:
    def __init__(self, old: Side, new: Side) -> None:
        self._old, self._new = old, new
        self._both = old.own & new.own

    def run(self) -> CatalogComparison:
        added, removed = self._new.own - self._old.own, self._old.own - self._new.own
        found = [
            self._whole(Change("document-added", "the lexicon is new"), nsid) for nsid in added
        ]
        found += [self._gone(nsid) for nsid in removed]
        changed = [nsid for nsid in self._both if self._differs(nsid)]
        for nsid in changed:  # what another one refers to is told of where it stands
            found += self._document(nsid)
        return CatalogComparison(
            tuple(sorted(found, key=_order)),
            tuple(sorted(added)),
            tuple(sorted(removed)),
            tuple(sorted(changed)),
        )

    def _differs(self, nsid: str) -> bool:
        old, new = (_content(side.document(nsid)) for side in (self._old, self._new))
        return old != new

    def _gone(self, nsid: str) -> CatalogFinding:
        """A document that is gone: what it was the type of, or what others may refer to."""
        defs = self._old.document(nsid).defs
        named = [f"#{name}" for name, node in defs.items() if isinstance(node, _OBJECTS)]
        change = Change("document-removed", "the lexicon is gone", old="strict")
        if named:
            change = Change(
                "document-removed", f"the lexicon is gone, and {_listed(named)} with it", "wire"
            )
        return self._whole(change, nsid)

    def _document(self, nsid: str) -> Iterator[CatalogFinding]:
        old, new = self._old.document(nsid), self._new.document(nsid)
        if old.description != new.description:
            yield self._whole(Change("description-changed", "its description was changed"), nsid)
        for name in new.defs:
            if name not in old.defs:
                yield self._whole(Change("definition-added", f"#{name} is new"), _ref(nsid, name))
        for name, node in old.defs.items():
            if name not in new.defs:
                yield self._whole(self._removed(node, nsid, name), _ref(nsid, name))
            else:
                yield from self._definition(nsid, name)

    def _removed(self, node: nodes.Node, nsid: str, name: str) -> Change:
        if isinstance(node, nodes.Token):
            named = self._is_named(_ref(nsid, name))
            text = f"the token #{name} is gone" + (", and is named still" if named else "")
            return Change("token-removed", text, old="strict" if named else None)
        if isinstance(node, _OBJECTS):
            return Change("definition-removed", f"#{name} is gone", new="wire")
        return Change("definition-removed", f"#{name} is gone", old="strict")

    def _is_named(self, ref: str) -> bool:
        """Whether a text of a new document may be the name of a token."""
        return any(ref in _texts(self._new.document(nsid).raw, nsid) for nsid in self._new.own)

    def _definition(self, nsid: str, name: str) -> Iterator[CatalogFinding]:
        ref = _ref(nsid, name)
        old, new = (side.document(nsid).defs[name] for side in (self._old, self._new))
        place = Place("", (ref, ""), (ref, ""))
        walk = Walk(self._old, self._new, self._is_apart, self._old.type_of, self._new.type_of)
        if isinstance(old, _OBJECTS) and isinstance(new, _OBJECTS):
            walk.types_of(*(side.objects(nsid, name)[0] for side in (self._old, self._new)))
        elif type(old) is not type(new):
            kinds = " is now ".join(_kind(node) for node in (old, new))
            walk.note(Change("definition-kind-changed", kinds, "wire", "wire"), place)
        elif is_endpoint(old):
            endpoint_changes(walk, (self._old, self._new), nsid)
        elif isinstance(old, nodes.PermissionSet) and isinstance(new, nodes.PermissionSet):
            for change in permission_changes(old, new):
                walk.note(change, place)
        else:
            types = [side.type_of(ref) for side in (self._old, self._new)]
            if types[0] is not None and types[1] is not None:
                walk.types(types[0], types[1], place)
        if not isinstance(old, _OBJECTS) and old.description != new.description:
            walk.note(Change("description-changed", "its description was changed"), place)
        yield from {self._placed(found): None for found in walk.run()}

    def _is_apart(self, old: str, new: str) -> bool:
        """Whether two definitions are held against each other under their own name."""
        return old == new and "." not in old.partition("#")[2]

    def _whole(self, change: Change, ref: str) -> CatalogFinding:
        """A finding about a definition, or a document, as a whole."""
        walk = Walk(self._old, self._new)
        walk.note(change, Place("", (ref, ""), (ref, "")))
        (found,) = walk.run()
        return self._placed(found)

    def _placed(self, found: Found) -> CatalogFinding:
        place = found.place
        gone, came = place.old[1] and not place.new[1], place.new[1] and not place.old[1]
        old = None if came else self._pointer(self._old, place.old)
        new = None if gone else self._pointer(self._new, place.new)
        ref = place.new[0] if new is not None else place.old[0]
        permitted = (
            place.free and found.finding.category == "strict" and found.finding.breaks == _FORWARD
        )
        return CatalogFinding(_owner(ref), found.finding, old, new, permitted)

    def _pointer(self, side: Side, place: tuple[str, str]) -> Pointer | None:
        ref, field = place
        if ref in side.own and not field and "#" not in ref:
            document = side.document(ref)
            return ("defs", "main") if "main" in document.defs else ("id",)
        return side.pointer(ref, field)


_FORWARD: Final = frozenset({"new-reads-old"})


def _order(found: CatalogFinding) -> tuple[str, str, str, str]:
    return found.ref, found.finding.path, found.finding.rule, found.finding.message


def _ref(nsid: str, name: str) -> str:
    return nodes.absolutise(f"#{name}", nsid)


def _owner(ref: str) -> str:
    """The definition that an object belongs to, which may be inline."""
    nsid, _, name = ref.partition("#")
    return _ref(nsid, name.partition(".")[0] or "main")


def _kind(node: nodes.Node) -> str:
    return type(node).__name__.lower()


def _content(document: nodes.Document) -> dict[str, object]:
    return {key: value for key, value in document.raw.items() if key != "$type"}


def _listed(names: list[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _texts(value: object, nsid: str) -> set[str]:
    """Every text of a document, as the full name that it may be."""
    found: set[str] = set()
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            found.add(nodes.absolutise(item, nsid) if "#" in item or "." in item else item)
        elif isinstance(item, dict):
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return found
