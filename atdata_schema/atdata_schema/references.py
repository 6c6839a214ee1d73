"""Which documents a document refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from atdata_schema.errors import LexiconError
from atdata_schema.portable import MARK, extension_of

__all__ = ["closure", "references"]


def references(document: Mapping[str, object]) -> set[str]:
    """The NSIDs of other documents that a document refers to by ref or union, extensions among them.

    >>> references({"id": "a.b.c", "defs": {"main": {"type": "ref", "ref": "a.b.d#x"}}})
    {'a.b.d'}
    """
    own = document.get("id")
    found = {ref.partition("#")[0] for ref in _refs(document)}
    return {nsid for nsid in found if nsid and nsid != own}


def closure(
    nsid: str, find: Callable[[str], Mapping[str, object] | None]
) -> dict[str, Mapping[str, object]]:
    """A document and every document that it reaches, by NSID in sorted order.

    Args:
        nsid: where to start.
        find: gives the document of an NSID, or `None`.

    Raises:
        LexiconError: a document that is referred to is not there.
    """
    found: dict[str, Mapping[str, object]] = {}
    pending = [(nsid, nsid)]
    while pending:
        name, by = pending.pop()
        if name in found:
            continue
        document = find(name)
        if document is None:
            raise LexiconError(f"the lexicon {name!r}, which {by!r} refers to, is not there")
        found[name] = document
        pending.extend((target, name) for target in references(document))
    return dict(sorted(found.items()))


def _portable(description: object) -> Mapping[str, object] | None:
    """The extension in a description; one that cannot be read refers to nothing."""
    if not isinstance(description, str) or MARK not in description:
        return None
    try:
        return extension_of(None, description)
    except ValueError:
        return None


def _refs(document: Mapping[str, object]) -> Iterator[str]:
    pending: list[object] = [document.get("defs")]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            ref, refs = value.get("ref"), value.get("refs")
            if value.get("type") == "ref" and isinstance(ref, str):
                yield ref
            if value.get("type") == "union" and isinstance(refs, list):
                yield from (item for item in refs if isinstance(item, str))
            pending.extend(value.values())
            pending.append(_portable(value.get("description")))
        elif isinstance(value, list):
            pending.extend(value)
