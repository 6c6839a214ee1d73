"""What replacing published lexicons would break for those who have the earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from atdata_schema.compare import compare
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Catalog
from atdata_schema.model import Model
from atdata_schema.references import closure

__all__ = ["breaks"]

Documents: TypeAlias = Mapping[str, Mapping[str, Any]]
Find: TypeAlias = Callable[[str], Mapping[str, Any] | None]


def breaks(before: Documents, after: Documents, elsewhere: Find) -> list[str]:
    """What breaks, one sentence each, in order of the lexicons.

    Objects and records are compared. A lexicon that was no legal one before breaks nothing.

    Args:
        before: the lexicons that are replaced, as they are published.
        after: those that replace them, by the same NSIDs, and others of the project.
        elsewhere: gives other lexicons that they refer to, as installed packages have them.
    """
    found: list[str] = []
    for nsid, document in sorted(before.items()):
        for name in _objects(document):
            ref = nsid if name == "main" else f"{nsid}#{name}"
            old = _model(ref, {**after, **before}, elsewhere)
            if old is None:
                continue
            if name not in _objects(after[nsid]):
                found.append(f"{ref}: it is gone, or something else than an object")
                continue
            new = _model(ref, after, elsewhere)
            changes = () if new is None else compare(old, new).findings
            found += [f"{ref}: {change}" for change in changes if change.is_breaking]
    return found


def _objects(document: Mapping[str, Any]) -> list[str]:
    defs = document.get("defs")
    return [
        name
        for name, item in (defs.items() if isinstance(defs, Mapping) else ())
        if isinstance(item, Mapping) and item.get("type") in ("object", "record")
    ]


def _model(ref: str, documents: Documents, elsewhere: Find) -> Model | None:
    """The model of a type; `None` where it is no sample type, or refers to what is nowhere."""

    def find(nsid: str) -> Mapping[str, Any] | None:
        return documents.get(nsid) or elsewhere(nsid)

    catalog = Catalog()
    try:
        for document in closure(ref.partition("#")[0], find).values():
            catalog.add(document)
        return catalog.model(ref)
    except LexiconError:
        return None
