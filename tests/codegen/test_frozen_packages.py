"""What earlier releases compiled and encoded works with this one: the promise of `atdata_schema.v1`.

`tests/data/frozen` holds a folder for each release, written by `tests/freezing.py` and never changed.
"""

from __future__ import annotations

import base64
import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from freezing import CASES, FROZEN, classes, contract, name_of, package_of

VERSIONS = sorted(folder.name for folder in FROZEN.iterdir())
PACKAGES = [(version, case) for version in VERSIONS for case in CASES]


@pytest.fixture(scope="module", autouse=True)
def importable() -> Iterator[None]:
    """The frozen packages of every version on the path."""
    before = list(sys.path)
    sys.path[:0] = [str(FROZEN / version) for version in VERSIONS]
    importlib.invalidate_caches()
    yield
    sys.path[:] = before
    for name in [name for name in sys.modules if name.startswith("frozen_")]:
        del sys.modules[name]


def kept(version: str, cls: Any) -> list[dict[str, Any]]:
    """The samples of a class that a release encoded."""
    samples: dict[str, list[dict[str, Any]]] = json.loads(
        (FROZEN / version / "samples.json").read_text("utf-8")
    )
    return samples[name_of(cls)]


def test_there_is_something_frozen() -> None:
    assert "1.0.0a1" in VERSIONS


@pytest.mark.parametrize(("version", "case"), PACKAGES)
def test_every_module_imports_and_has_its_names(version: str, case: str) -> None:
    package = importlib.import_module(package_of(version, case))
    for name in (*package.LEXICONS.values(), *getattr(package, "LENSES", {}).values()):
        module = importlib.import_module(name)
        assert all(hasattr(module, exported) for exported in module.__all__)


@pytest.mark.parametrize(("version", "case"), PACKAGES)
def test_samples_are_the_same_bytes_and_records_as_then(version: str, case: str) -> None:
    for cls in classes(package_of(version, case)):
        held = kept(version, cls)
        assert held
        for one in held:
            data = base64.b64decode(one["bytes"])
            sample = cls.decode(data)
            assert sample.encode() == data
            if one["record"] is not None:
                assert sample.to_record() == one["record"]
                assert cls.from_record(one["record"]) == sample


@pytest.mark.parametrize(("version", "case"), PACKAGES)
def test_batches_are_made_of_them(version: str, case: str) -> None:
    for cls in classes(package_of(version, case)):
        sample = cls.decode(base64.b64decode(kept(version, cls)[-1]["bytes"]))
        batch = cls.collate([sample, sample, sample])
        assert len(batch) == 3
        for attribute in cls.FIELDS.attributes:
            assert len(getattr(batch, attribute)) == 3


@pytest.mark.parametrize(("version", "case"), PACKAGES)
def test_types_are_known_by_the_same_cid(version: str, case: str) -> None:
    """Over the documents, which the modules hold."""
    then = json.loads((FROZEN / version / "cids.json").read_text("utf-8"))
    found = {name_of(cls): cls.SCHEMA.cid for cls in classes(package_of(version, case))}
    assert found
    assert found == {name: then[name] for name in found}


@pytest.mark.parametrize("version", VERSIONS)
def test_lenses_compute(version: str) -> None:
    package = package_of(version, "lenses")
    photo_to_train = importlib.import_module(f"{package}.org.example.photo_to_train").photo_to_train
    photo = importlib.import_module(f"{package}.org.example.photo").Photo
    seen = 0
    for one in kept(version, photo):
        source = photo.decode(base64.b64decode(one["bytes"]))
        view = photo_to_train.get(source)
        assert photo_to_train.put(view, source) == source
        seen += view.pixels.size > 0
    assert seen


@pytest.mark.parametrize("version", VERSIONS)
def test_no_name_of_the_contract_is_gone_or_called_otherwise(version: str) -> None:
    """Parameters stay, with their place and kind; those that were added may be left out."""
    then = json.loads((FROZEN / version / "contract.json").read_text("utf-8"))
    now = contract()
    for name, was in then.items():
        assert name in now, f"{name} is gone"
        assert calls(was["parameters"], now[name]["parameters"]), name
        for member, called in was.get("members", {}).items():
            assert member in now[name]["members"], f"{name}.{member} is gone"
            assert calls(called, now[name]["members"][member]), f"{name}.{member}"


def calls(then: list[str] | None, now: list[str] | None) -> bool:
    """Whether every call that was right then is right now."""
    if then is None or now is None:
        return then == now
    kept = [each for each in now if each.rstrip("=") in {old.rstrip("=") for old in then}]
    added = [each for each in now if each not in kept]
    same = [each.rstrip("=") for each in kept] == [each.rstrip("=") for each in then]
    optional = all(each.endswith("=") or each.startswith("*") for each in added)
    looser = all(
        new.endswith("=") or not old.endswith("=") for old, new in zip(then, kept, strict=False)
    )
    return same and optional and looser and _at_the_end(then, now)


def _at_the_end(then: list[str], now: list[str]) -> bool:
    """Whether what can be given by position still stands where it stood."""
    placed = [each.rstrip("=") for each in then if not each.startswith(("~", "*"))]
    return [each.rstrip("=") for each in now][: len(placed)] == placed


@pytest.mark.parametrize(
    ("then", "now", "good"),
    [
        ("a", "a b=", True),
        ("a", "a ~b=", True),
        ("a", "a=", True),
        ("a", "a **more", True),
        ("a", "a b", False),
        ("a=", "a", False),
        ("a b=", "a c= b=", False),
        ("a", "b", False),
        ("a", "/a", False),
        ("~a", "a", False),
    ],
)
def test_a_changed_call_is_noticed(then: str, now: str, good: bool) -> None:
    assert calls(then.split(), now.split()) is good
