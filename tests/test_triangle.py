"""The triangle: for any type, the compiled class, the `@packable` class and the live class are one.

They encode equal samples to equal bytes, decode each other's bytes, and make equal batches.
"""

from __future__ import annotations

import importlib
import itertools
import shutil
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from atdata.samples.build import sample_class
from atdata.testing.strategies import samples
from atdata_codegen.emit import compile_documents
from atdata_schema.compare import differences
from atdata_schema.errors import DataError
from atdata_schema.lexicon import Catalog
from atdata_schema.names import class_name
from atdata_schema.sample import Sample
from atdata_schema.schema import Schema
from type_strategies import KINDS, Universe, universes

_PACKAGES = itertools.count()
_RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
# A drawn universe is compiled anew at each step, so shrinking one would take minutes.
_PHASES = [Phase.explicit, Phase.generate]
_seen: set[str] = set()
# The two tests share what was drawn, so they run in one process.
pytestmark = pytest.mark.xdist_group("triangle")


@pytest.fixture(scope="module")
def source_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder on the path, into which packages are compiled."""
    root = tmp_path_factory.mktemp("triangle")
    sys.path.insert(0, str(root))
    yield root
    sys.path.remove(str(root))


@contextmanager
def _compiled(catalog: Catalog, universe: Universe, root: Path) -> Generator[type[Any]]:
    """The class of the universe's main type in a package compiled for it, which is forgotten afterwards."""
    package = f"triangle_{next(_PACKAGES)}"
    try:
        yield _imported(catalog, universe, root, package)
    finally:
        shutil.rmtree(root / package, ignore_errors=True)
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]


def _imported(catalog: Catalog, universe: Universe, root: Path, package: str) -> type[Any]:
    result = compile_documents(catalog, list(catalog), package, {})
    assert not [finding for finding in result.findings if finding.severity == "error"]
    for name, content in result.files.items():
        path = root / package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    importlib.invalidate_caches()
    index: ModuleType = importlib.import_module(package)
    module = importlib.import_module(index.LEXICONS[universe.main])
    cls: type[Any] = getattr(module, class_name(universe.main))
    return cls


def _columns(batch: Any, attribute: str) -> Any:
    return getattr(batch, attribute)


def _kind(value: object) -> type[object]:
    return type(value)


def _same(first: Any, second: Any) -> bool:
    """Whether two columns are equal: arrays by dtype, shape and bits, lists by their items' bytes."""
    kind = _kind(first)
    if issubclass(kind, np.ndarray):
        return _same_arrays(first, second)
    if issubclass(kind, list):
        return all(_same(a, b) for a, b in zip(first, second, strict=True))
    if issubclass(kind, dict):
        return first.keys() == second.keys() and all(
            _same(first[key], second[key]) for key in first
        )
    if issubclass(kind, Sample):
        names = first.FIELDS.attributes
        return all(_same(getattr(first, name), getattr(second, name)) for name in names)
    return bool(first == second) or (first != first and second != second)


def _same_arrays(first: NDArray[Any], second: NDArray[Any]) -> bool:
    alike = first.dtype == second.dtype and first.shape == second.shape
    return alike and first.tobytes() == second.tobytes()


def _check(universe: Universe, root: Path, data: st.DataObject) -> None:
    catalog = Catalog()
    for document in universe.documents:
        catalog.add(document)
    assert not [finding for finding in catalog.check() if finding.severity == "error"]
    with _compiled(catalog, universe, root) as compiled:
        _check_classes(catalog, universe, compiled, data)


def _check_classes(
    catalog: Catalog, universe: Universe, compiled: type[Any], data: st.DataObject
) -> None:
    live = sample_class(Schema.of(catalog, universe.main))
    packable = universe.classes[universe.main]
    assert compiled.SCHEMA == live.SCHEMA
    assert differences(packable.SCHEMA.model, compiled.SCHEMA.model) == []
    drawn = data.draw(st.lists(samples(live), min_size=1, max_size=4))
    batches: list[Any] = []
    for cls in (live, compiled, packable):
        rows = [sample.encode() for sample in drawn]
        own = [cls.decode(row) for row in rows]
        assert [sample.encode() for sample in own] == rows
        assert own == [cls.decode(row) for row in rows]
        batches.append(cls.collate(own))
    for name in live.FIELDS.attributes:
        columns = [_columns(batch, name) for batch in batches]
        assert _same(columns[0], columns[1]), name
        assert _same(columns[0], columns[2]), name
    for sample in drawn:
        try:
            record = sample.to_record()
        except (
            DataError
        ):  # an integer beyond 2^53, a key that starts with $: limits of records alone
            continue
        catalog.validate(universe.main, record)
        assert compiled.from_record(record).encode() == sample.encode()


@seed(20261125)
@settings(
    max_examples=30, deadline=None, suppress_health_check=_RELAXED, database=None, phases=_PHASES
)
@given(universe=universes(), data=st.data())
def test_three_ways_to_a_class_are_one(
    universe: Universe, data: st.DataObject, source_root: Path
) -> None:
    """Equal bytes, each reads the others', equal batches, and records that validate."""
    _check(universe, source_root, data)
    _seen.update(universe.kinds)


def test_every_kind_was_drawn() -> None:
    """The strategy forgets none of the kinds and constraints of the format."""
    # Run alone, or of those few some were missing: draw more, without compiling.
    for number in range(8):
        if KINDS - _seen:
            _draw_kinds(number)
    assert KINDS - _seen == set()


def _draw_kinds(number: int) -> None:
    @seed(number)
    @settings(
        max_examples=50,
        deadline=None,
        suppress_health_check=_RELAXED,
        database=None,
        phases=_PHASES,
    )
    @given(universe=universes())
    def draw(universe: Universe) -> None:
        _seen.update(universe.kinds)

    draw()


@pytest.mark.long
@settings(max_examples=1200, deadline=None, suppress_health_check=_RELAXED, phases=_PHASES)
@given(universe=universes(), data=st.data())
def test_three_ways_to_a_class_are_one_at_length(
    universe: Universe, data: st.DataObject, source_root: Path
) -> None:
    """The same over thousands of types."""
    _check(universe, source_root, data)
