"""What a comparison of catalogs leaves out, no type has: for random lexicons, after random edits of their JSON."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from atdata_schema.compare import CatalogComparison, Direction, compare, compare_catalogs
from atdata_schema.errors import AtdataError
from atdata_schema.lexicon import Catalog
from type_strategies import Universe, universes

Json = dict[str, Any]
_RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
_DIRECTIONS: tuple[Direction, ...] = ("new-reads-old", "old-reads-new")


def catalog_of(documents: list[Json]) -> Catalog:
    catalog = Catalog()
    for document in documents:
        catalog.add(document)
    return catalog


def objects(value: Any) -> Iterator[Json]:
    """Every definition of an object in some documents."""
    pending = [value]
    while pending:
        item = pending.pop()
        if issubclass(type(item), dict):
            if item.get("type") == "object" and item.get("properties"):
                yield item
            pending += item.values()
        elif issubclass(type(item), list):
            pending += item


@st.composite
def edited(draw: st.DrawFn, documents: list[Json]) -> list[Json]:
    """The documents after a few edits of their JSON."""
    made = copy.deepcopy(documents)
    for _ in range(draw(st.integers(1, 3))):
        found = [item for item in objects(made) if item["properties"]]
        if not found:
            break
        item = found[draw(st.integers(0, len(found) - 1))]
        name = draw(st.sampled_from(sorted(item["properties"])))
        required = [other for other in item.get("required", []) if other != name]
        match draw(st.sampled_from(("drop", "require", "let go", "add", "limit", "text"))):
            case "drop":
                del item["properties"][name]
                item["required"] = required
                item["nullable"] = [each for each in item.get("nullable", []) if each != name]
            case "require":
                item["required"] = [*required, name]
            case "let go":
                item["required"] = required
            case "add":
                item["properties"][f"{name}More"] = {"type": "integer"}
            case "limit":
                item["properties"][f"{name}Text"] = {"type": "string", "maxLength": 3}
            case _:
                item["properties"][name] = {"type": "string"}
    return made


def broken(found: CatalogComparison, direction: Direction) -> set[str]:
    """The places that break a direction; a field that may have another name is told of at the new one."""
    items = found.against(direction)
    return {item.place for item in items if item.finding.rule != "field-renamed"}


@settings(max_examples=80, deadline=None, suppress_health_check=_RELAXED)
@given(universes(), st.data())
def test_what_is_left_out_no_type_has(universe: Universe, data: st.DataObject) -> None:
    documents: list[Json] = [dict(document) for document in universe.documents]
    changed = data.draw(edited(documents))
    old = catalog_of(documents)
    try:
        new = catalog_of(changed)
        assume(not [found for found in new.check() if found.severity == "error"])
        pair = old.model(universe.main), new.model(universe.main)
    except AtdataError:
        assume(False)
        raise
    found, back = compare_catalogs(old, new), compare_catalogs(new, old)
    assert compare_catalogs(old, old).findings == ()
    # One comparison is the other in a mirror.
    assert broken(found, "new-reads-old") == broken(back, "old-reads-new")
    assert broken(found, "old-reads-new") == broken(back, "new-reads-old")
    alone = compare(*pair)
    for direction in _DIRECTIONS:
        categories = {item.category for item in alone.against(direction)}
        assert categories <= {item.finding.category for item in found.against(direction)}, direction
    rules = {item.rule for item in alone.findings if item.is_breaking}
    assert rules <= {item.finding.rule for item in found.findings}
