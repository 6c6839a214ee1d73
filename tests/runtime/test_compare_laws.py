"""A verdict of `compare` is kept by the readers: whatever is said to be read is read, with equal values.

Pairs of models are drawn: a random type, and the same after a few random edits. Samples of one are encoded and
read as the other, both ways, one by one and in batches.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import atdata
from atdata.testing.strategies import samples
from atdata_schema.compare import Comparison, Direction, compare
from atdata_schema.errors import DataError, DecodeError, ValidationError
from atdata_schema.lexicon import Catalog
from atdata_schema.model import Model
from model_edits import classes_of, edited
from reading_across import difference
from type_strategies import Universe, universes

_RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
_PHASES = [Phase.explicit, Phase.generate]


@st.composite
def _models(draw: st.DrawFn) -> tuple[Model, Model]:
    universe: Universe = draw(universes())
    catalog = Catalog()
    for document in universe.documents:
        catalog.add(document)
    model = catalog.model(universe.main)
    other = draw(edited(model))
    return (model, other) if draw(st.booleans()) else (other, model)


def _drawn(data: st.DataObject, cls: Any) -> list[Any]:
    """Samples that the class itself allows; an edit may have left it none."""
    try:
        found = data.draw(st.lists(samples(cls), min_size=1, max_size=4))
        for sample in found:
            sample.encode()
    except (ValueError, TypeError):
        return []
    return found


def _broken(found: Comparison, direction: Direction, *categories: str) -> bool:
    return any(item.category in categories for item in found.against(direction))


def _check(found: Comparison, direction: Direction, written: list[Any], reader: Any) -> None:
    if _broken(found, direction, "wire"):
        return
    strict = not _broken(found, direction, "strict")
    for sample in written:
        read = reader.decode(sample.encode())
        missed = difference(sample, read)
        assert missed is None, f"{direction}{missed}\n{found}"
        if strict:
            read.encode()
            _check_record(sample, reader)


def _check_record(sample: Any, reader: Any) -> None:
    try:
        record = sample.to_record()
    except (DataError, ValidationError):  # limits of records alone
        return
    assert difference(sample, reader.from_record(record)) is None


def _check_pair(pair: tuple[Model, Model], data: st.DataObject, path: Path) -> None:
    old, new = pair
    found, back = compare(old, new), compare(new, old)
    # One comparison is the other in a mirror.
    assert (found.new_reads_old, found.old_reads_new) == (back.old_reads_new, back.new_reads_old)
    classes = [classes_of(model)[model.id] for model in pair]
    written = [_drawn(data, cls) for cls in classes]
    assume(all(written))
    _check(found, "new-reads-old", written[0], classes[1])
    _check(found, "old-reads-new", written[1], classes[0])
    _check_batches(written[0], classes[1], path)
    _check_batches(written[1], classes[0], path)


def _check_batches(written: list[Any], reader: Any, path: Path) -> None:
    """Batches are what single samples are, whatever the verdict; and so are errors."""
    payloads = [sample.encode() for sample in written]
    try:
        own = [reader.decode(payload) for payload in payloads]
    except DecodeError:
        own = None
    dataset = atdata.load_dataset(_shard(path, payloads), reader)
    try:
        (batch,) = dataset.ordered(batch_size=len(payloads))
    except (DecodeError, ValueError):
        assert own is None
        return
    assert own is not None
    expected = reader.collate(own, batch.keys)
    for name in reader.FIELDS:
        assert difference(expected.column(name), batch.column(name)) is None, name
        assert expected.valid(name).tolist() == batch.valid(name).tolist(), name


def _shard(path: Path, payloads: list[bytes]) -> Path:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for number, payload in enumerate(payloads):
            member = tarfile.TarInfo(f"{number:09d}.msgpack")
            member.size = len(payload)
            tar.addfile(member, io.BytesIO(payload))
    return path


def _drawing(count: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=count, deadline=None, suppress_health_check=_RELAXED, phases=_PHASES
    )


@_drawing(25)
@given(_models(), st.data())
def test_what_is_said_to_be_read_is_read(
    tmp_path_factory: pytest.TempPathFactory, pair: tuple[Model, Model], data: st.DataObject
) -> None:
    _check_pair(pair, data, tmp_path_factory.getbasetemp() / "pair.tar")


@pytest.mark.long
@_drawing(2500)
@given(_models(), st.data())
def test_what_is_said_to_be_read_is_read_in_thousands_of_pairs(
    tmp_path_factory: pytest.TempPathFactory, pair: tuple[Model, Model], data: st.DataObject
) -> None:
    _check_pair(pair, data, tmp_path_factory.getbasetemp() / "pair.tar")
