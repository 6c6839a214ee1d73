"""Lenses in an Index: stored as records, read strictly, never run as code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from atdata.errors import EntryNotFound, NameRefused
from atdata.index.labels import now
from atdata.index.names import check_name
from atdata.index.providers.provider import Provider, StoredLens
from atdata.resolving import class_for
from atdata.sample_type import schema_of
from atdata_schema.errors import LensError, LexiconError
from atdata_schema.lenses import Graph, Lens, check, check_record, parse, to_record
from atdata_schema.lenses.findings import errors_of
from atdata_schema.lenses.limits import MAX_HOPS
from atdata_schema.lenses.routes.graph import Pins, Trust
from atdata_schema.schema import Schema
from atdata_schema.syntax.quoting import quoted

__all__ = ["cid_or_name", "find_lens", "graph_from", "lens_of", "store_lens", "stored_lenses"]

_LONGEST: Final = 1 << 20


def store_lens(
    provider: Provider, given: object, name: str | None, types: Iterable[Any]
) -> StoredLens:
    """Check a lens and store it; see `Index.store_lens`."""
    lens = _checked(provider, given, [_schema(item) for item in types])
    assert lens.schemas is not None  # as `check` gives it
    record = to_record(lens.program, claims=lens.claims, created_at=now())
    source, view = (schema.to_json() for schema in lens.schemas)
    made = StoredLens(
        check_name(lens.name if name is None else name), lens.cid, record, source, view, now()
    )
    provider.add_lens(made)
    return provider.lens(made.name) or made


def stored_lenses(provider: Provider, source: object, view: object) -> list[StoredLens]:
    """The lenses between types; see `Index.lenses`."""
    ends = [None if end is None else cid_or_name(end) for end in (source, view)]
    cids = [end if end is not None and end.startswith("baf") else None for end in ends]
    found = provider.lenses(source=cids[0], view=cids[1])
    return [
        lens
        for lens in found
        if all(
            end is None or end in (type["cid"], str(type["id"]).removesuffix("#main"))
            for end, type in zip(ends, (lens.source, lens.view), strict=True)
        )
    ]


def cid_or_name(given: object) -> str:
    """What a type is looked for by: its CID, or the NSID that was given.

    Raises:
        NameRefused: it is no type.
    """
    if isinstance(given, str):
        return given.removesuffix("#main")
    return _schema(given).cid


def find_lens(provider: Provider, reference: str) -> StoredLens:
    """The lens that a name or a CID names.

    Raises:
        EntryNotFound: there is none.
    """
    if not isinstance(reference, str):
        raise NameRefused(f"a lens is named by a text, not by a {type(reference).__name__}")
    found = provider.lens(reference)
    if found is None and reference.startswith("baf"):
        found = next(provider.lenses(cid=reference), None)
    if found is None:
        names = [lens.name for lens in provider.lenses()]
        shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        raise EntryNotFound(
            f"there is no lens {quoted(reference)} in {provider.url}"
            + (f"; it has {shown}" if names else ", which has none")
        )
    return found


def lens_of(
    stored: StoredLens,
    source: type[Any] | None = None,
    view: type[Any] | None = None,
    externs: Mapping[str, Any] | None = None,
) -> Lens[Any, Any]:
    """A stored lens, checked as if nobody had checked it before.

    Args:
        stored: the lens.
        source: the class of the samples that it reads; without it this program's of the type, or one that is made.
        view: the class of those that it gives; likewise.
        externs: the code of its externs.

    Raises:
        LensError: it is wrong, or is not what the Index says it is.
    """
    what = f"the stored lens {quoted(stored.name)}"
    try:
        ends = Schema.from_json(stored.source), Schema.from_json(stored.view)
    except LexiconError as error:
        raise LensError(f"{what}: {error}") from None
    checked = check_record(stored.record, *ends, externs=externs)
    if checked.result is None or errors_of(checked.findings):
        raise LensError.of(checked.findings)
    if checked.result.cid != stored.cid:
        raise LensError(f"{what} is {checked.result.cid}, and the Index says {stored.cid}")
    classes = [
        class_for(schema) if cls is None else cls
        for schema, cls in zip(ends, (source, view), strict=True)
    ]
    for cls, schema in zip(classes, ends, strict=True):
        own = schema_of(cls)
        if own is None or (own.id, own.cid) != (schema.id, schema.cid):
            raise LensError(f"{what} is of {schema.id} ({schema.cid}), which {cls.__name__} is not")
    return checked.result.typed(*classes)


def graph_from(
    provider: Provider, source: str | None, trust: Trust | None, pins: Pins | None
) -> Graph:
    """The stored lenses as ways between types: all of them, or those that can be reached from one.

    Args:
        provider: the tables.
        source: the CID of the type to begin at.
        trust: how far each is trusted.
        pins: ways that were chosen for good.

    Raises:
        LensError: one of them is wrong.
    """
    stored = provider.lenses() if source is None else _reached(provider, source)
    lenses = (lens_of(item) for item in stored)
    # Where code of an extern would be needed, there is no way; a record never brings any.
    return Graph((lens for lens in lenses if not lens.missing), trust=trust, pins=pins)


def _reached(provider: Provider, source: str) -> Iterator[StoredLens]:
    seen: set[str] = set()
    types, known = {source}, {source}
    for _ in range(MAX_HOPS):
        following: set[str] = set()
        for cid in sorted(types):
            for lens in (*provider.lenses(source=cid), *provider.lenses(view=cid)):
                following |= {str(lens.source["cid"]), str(lens.view["cid"])}
                if lens.cid not in seen:
                    seen.add(lens.cid)
                    yield lens
        types = following - known
        known |= types


def _checked(provider: Provider, given: object, types: list[Schema]) -> Lens[Any, Any]:
    """The lens that is to be stored, held against its types.

    Raises:
        LensError: it is wrong, or code.
    """
    if isinstance(given, Lens):
        if given.schemas is None:
            raise LensError(f"{given.name} has no types with it: give its record, and types=...")
        return given
    if isinstance(given, Mapping):
        ends = [_pinned(provider, given.get(end), types, end) for end in ("source", "view")]
        checked = check_record(given, *ends)
        if errors_of(checked.findings):
            raise LensError.of(checked.findings)
        return checked.lens
    if isinstance(given, str):
        return _written(provider, given, types)
    raise LensError(
        f"{getattr(given, 'name', type(given).__name__)} is no lens of the language, which is all that an Index "
        "stores: code is never taken from a record. Give a lens, a text or a record of the language"
    )


def _written(provider: Provider, text: str, types: list[Schema]) -> Lens[Any, Any]:
    if len(text) > _LONGEST:
        raise LensError("the text has more than 1 MiB: no lens has")
    read = parse(text)
    if errors_of(read.findings):
        raise LensError.of(read.findings)
    if len(read.lenses) != 1:
        raise LensError(f"the text holds {len(read.lenses)} lenses: store one after the other")
    (item,) = read.lenses
    program = item.program
    ends = [
        _pinned(provider, {"id": ref.id, "cid": ref.cid}, types, end)
        for end, ref in (("source", program.source), ("view", program.view))
    ]
    return check(program, *ends, places=item.places).lens


def _pinned(provider: Provider, ref: object, types: list[Schema], end: str) -> Schema:
    """The type that a lens names, among those that are given and those that are stored.

    Raises:
        LensError: there is none of that name, or with that CID.
    """
    fields = cast("Mapping[str, Any]", ref) if isinstance(ref, Mapping) else {}
    id, cid = fields.get("id"), fields.get("cid")
    if not isinstance(id, str) or not isinstance(cid, str | None):
        raise LensError(f"the {end} of the lens names no type by its NSID")
    stored = (
        Schema.from_json(item.schema)
        for item in reversed(list(provider.schemas()))
        if item.key.id == id.removesuffix("#main")
    )
    for schema in (*types, *stored):
        if schema.id == id and cid in (None, schema.cid):
            return schema
    pinned = "" if cid is None else f" with the CID {cid}"
    raise LensError(
        f"the type {quoted(id)}{pinned} of the lens is neither given nor in {provider.url}: give its class, "
        "types=[Source, View]"
    )


def _schema(given: object) -> Schema:
    found = given if isinstance(given, Schema) else schema_of(given)
    if found is None:
        shown = getattr(given, "__name__", None) or f"a {type(given).__name__}"
        raise NameRefused(f"{shown} is no type: give a sample class with a schema, or its schema")
    return found
