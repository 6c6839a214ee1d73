"""The strategies that users draw samples with: all that they draw is legal, in both forms."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, find, given, settings
from hypothesis import strategies as st

from atdata.samples.build import sample_class
from atdata.testing.strategies import samples
from atdata_schema import shared_types
from atdata_schema.errors import DataError
from atdata_schema.lexicon import Catalog
from atdata_schema.schema import Schema
from type_strategies import Universe, universes

SHARED = "dev.atdata.types#"
_RELAXED = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def catalog_of(*documents: dict[str, Any]) -> Catalog:
    catalog = Catalog()
    for document in (shared_types.TYPES, *documents):
        catalog.add(document)
    return catalog


def class_of(*fields: dict[str, Any], required: bool = True) -> Any:
    """A live class with these fields, called f0, f1, ..."""
    properties = {f"f{index}": field for index, field in enumerate(fields)}
    main: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        main["required"] = list(properties)
    document = {"lexicon": 1, "id": "org.example.drawn", "defs": {"main": main}}
    return sample_class(Schema.of(catalog_of(document), "org.example.drawn"))


@_RELAXED
@given(universes(), st.data())
def test_any_sample_of_any_type_is_legal_in_both_forms(
    universe: Universe, data: st.DataObject
) -> None:
    """Bytes and records survive bit for bit, and a lexicon validator passes the record."""
    catalog = catalog_of(*universe.documents)
    cls = sample_class(Schema.of(catalog, universe.main))
    sample = data.draw(samples(cls))
    encoded = sample.encode()
    decoded = cls.decode(encoded)
    assert decoded.encode() == encoded
    assert decoded == sample
    try:
        record = sample.to_record()
    except DataError:  # integers beyond 2^53
        assume(False)
        return
    assert cls.from_record(record).encode() == encoded
    catalog.validate(universe.main, record)


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string", "format": "did", "maxLength": 20},
        {"type": "string", "format": "datetime", "maxLength": 20},
        {"type": "string", "enum": ["a", "bbb"], "maxLength": 3},
        {"type": "string", "minLength": 30, "maxGraphemes": 40},
        {"type": "string", "maxLength": 0},
        {"type": "integer", "minimum": 3, "maximum": 3},
        {"type": "integer", "enum": [7]},
        {"type": "bytes", "minLength": 50},
        {"type": "blob", "accept": ["*/*"], "maxSize": 1},
        {"type": "ref", "ref": f"{SHARED}image", "x-atdata": {"accept": ["image/tiff"]}},
        {"type": "ref", "ref": f"{SHARED}image", "x-atdata": {"accept": ["image/svg+xml"]}},
        {"type": "ref", "ref": f"{SHARED}audio", "x-atdata": {"accept": ["audio/mp4"]}},
        {"type": "array", "items": {"type": "boolean"}, "minLength": 5},
    ],
    ids=str,
)
def test_every_constraint_is_kept(field: dict[str, Any]) -> None:
    cls = class_of(field)

    @settings(max_examples=20)
    @given(samples(cls))
    def check(sample: Any) -> None:
        assert cls.decode(sample.encode()) == sample

    check()


def test_files_of_a_kind_that_is_not_known_are_refused_plainly() -> None:
    accept = {"x-atdata": {"accept": ["image/x-own"]}}
    cls = class_of({"type": "ref", "ref": f"{SHARED}image", **accept})
    with pytest.raises(
        ValueError, match="no file is known whose first bytes tell one of image/x-own"
    ):
        find(samples(cls), lambda sample: True)


def test_named_dimensions_are_drawn_alike() -> None:
    def node(*shape: str) -> dict[str, Any]:
        extension = {"dtype": "int8", "shape": list(shape)}
        return {"type": "ref", "ref": f"{SHARED}ndarray", "x-atdata": extension}

    cls = class_of(node("H", "W"), node("W", "H"))
    found = find(samples(cls), lambda sample: sample.f0.shape[0] > sample.f0.shape[1] > 0)
    assert found.f1.shape == found.f0.shape[::-1]


def test_optional_values_are_drawn_and_left_out() -> None:
    cls = class_of({"type": "boolean"}, required=False)
    assert find(samples(cls), lambda sample: sample.f0 is None).f0 is None
    assert find(samples(cls), lambda sample: sample.f0 is True).f0 is True
