"""Every golden package is code that users can live with: imported, formatted, type-checked, round-tripped."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atdata.testing.strategies import samples
from atdata_codegen.emit.formatting import format_text
from atdata_schema.errors import IntegerTooLarge, RecordTooLarge
from compiled_package import ALLOWED_MODULES, imports_of

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
CASES = sorted(folder.name for folder in GOLDEN.glob("good_*") if (folder / "expected").is_dir())
FILES = sorted(GOLDEN.glob("good_*/expected/**/*.py"))


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder on the path with every golden package under the name it was compiled for."""
    folder = tmp_path_factory.mktemp("golden")
    for case in CASES:
        shutil.copytree(GOLDEN / case / "expected", folder / case)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] in CASES]:
        del sys.modules[name]


def classes(case: str) -> Iterator[Any]:
    """Every sample and record class of a golden package."""
    for module in importlib.import_module(case).LEXICONS.values():
        for value in vars(importlib.import_module(module)).values():
            if isinstance(value, type) and value.__module__ == module and hasattr(value, "SCHEMA"):
                yield value


def is_object(cls: Any) -> bool:
    """Whether a class stands for a definition: what an endpoint takes and gives has no schema of its own."""
    return ".parameters" not in cls.TYPE and ".input" not in cls.TYPE and ".output" not in cls.TYPE


@pytest.mark.parametrize("case", CASES)
def test_modules_hold_their_documents(packages: Path, case: str) -> None:
    index = importlib.import_module(case).LEXICONS
    for nsid, name in index.items():
        module = importlib.import_module(name)
        source = GOLDEN / case / "lexicons" / Path(*nsid.split(".")).with_suffix(".json")
        assert module.LEXICON.document == json.loads(source.read_text("utf-8"))
        assert all(hasattr(module, exported) for exported in module.__all__)


@pytest.mark.parametrize("case", CASES)
def test_classes_are_what_their_schemas_say(packages: Path, case: str) -> None:
    for cls in filter(is_object, classes(case)):
        model = cls.SCHEMA.model.object(cls.TYPE)
        assert [field.name for field in model.fields] == list(cls.FIELDS)
        assert cls.SCHEMA.cid.startswith("bafyrei")
        assert cls.BATCH.FIELDS is cls.FIELDS


@pytest.mark.parametrize("case", CASES)
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_samples_survive_bytes_records_and_batches(
    packages: Path, case: str, data: st.DataObject
) -> None:
    for cls in classes(case):
        sample = data.draw(samples(cls))
        assert cls.decode(sample.encode()) == sample
        batch = cls.collate([sample, sample])
        assert len(batch) == 2
        for attribute in cls.FIELDS.attributes:
            assert len(getattr(batch, attribute)) == 2
        try:
            record = sample.to_record()
        except (IntegerTooLarge, RecordTooLarge):
            continue
        assert cls.from_record(record) == sample


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.relative_to(GOLDEN).parts))
def test_files_are_as_black_has_them(path: Path) -> None:
    assert format_text(path.read_text("utf-8")) == path.read_text("utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.relative_to(GOLDEN).parts))
def test_files_import_what_is_allowed_and_ask_checkers_for_nothing(path: Path) -> None:
    foreign = imports_of(path.read_bytes()) - ALLOWED_MODULES
    assert all(name.split(".")[0] in CASES for name in foreign)
    code = path.read_text("utf-8").partition("LEXICON: Final")[0]
    assert "noqa" not in code
    assert not [line for line in code.splitlines() if line.startswith("# type:") or "  # " in line]


def test_mypy_strict_accepts_every_package(packages: Path, root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.11"]
    command += ["--config-file", os.devnull, "--explicit-package-bases", str(packages)]
    env = {**os.environ, "MYPYPATH": os.pathsep.join([str(packages), str(root / "atdata_schema")])}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_strict_accepts_every_package(packages: Path, root: Path, tmp_path: Path) -> None:
    config: dict[str, object] = {
        "include": ["."],
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
    }
    config["extraPaths"] = [str(packages), str(root / "atdata_schema")]
    place = packages / "pyrightconfig.json"
    place.write_text(json.dumps(config), "utf-8")
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=packages, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] >= len(FILES)
    assert [item for item in report["generalDiagnostics"] if item["severity"] == "error"] == []
