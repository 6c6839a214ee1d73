"""Compiled lenses as they are read: golden modules, formatted, imported, and checked by both type checkers.

Accept a change with `pytest --update-golden`.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from atdata_codegen.emit.formatting import format_text
from atdata_codegen.lenses.render import render_lens_module
from atdata_codegen.lenses.unit import LensUnit, SampleClass
from atdata_codegen.plan.outline import outline
from atdata_schema.lenses import compile_text
from atdata_schema.names import module_path
from atdata_schema.schema import Schema
from compiled_package import ALLOWED_MODULES, catalog_of, compile_all, imports_of
from lens_goldens import CASES, Golden

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "lenses"
PACKAGE = "lens_golden"


@dataclass(frozen=True)
class Made:
    """The modules of all cases in one package.

    Attributes:
        folder: the folder that the package lies in.
        sources: the source of the module of each case.
    """

    folder: Path
    sources: dict[str, str]


def unit_of(case: Golden, schemas: dict[str, Schema]) -> LensUnit:
    lenses = compile_text(case.text, schemas)
    catalog = catalog_of(*(schema.documents[schema.id] for schema in schemas.values()))
    classes: dict[str, SampleClass] = {}
    for schema in schemas.values():
        for item in schema.model.objects:
            nsid = item.ref.partition("#")[0]
            names = outline(catalog, nsid)
            module = ".".join((PACKAGE, *module_path(nsid)))
            cls, batch = names.names[item.ref], names.batches[item.ref]
            classes[item.ref] = SampleClass(module, cls, schemas[nsid], batch)
    externs = f"{PACKAGE}_externs" if case.externs else None
    return LensUnit(case.nsid, case.description, lenses, classes, externs)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("lenses")
    documents = [schema.documents[schema.id] for case in CASES for schema in case.schemas]
    compiled = compile_all(*documents, package=PACKAGE)
    assert compiled.findings == []
    files = {f"{PACKAGE}/{path}": data for path, data in compiled.files.items()}
    sources: dict[str, str] = {}
    for case in CASES:
        unit = unit_of(case, {schema.id: schema for schema in case.schemas})
        sources[case.name] = format_text(render_lens_module(unit))
        files[f"{PACKAGE}/{case.name}.py"] = sources[case.name].encode()
    files[f"{PACKAGE}_externs.py"] = "\n\n".join(case.externs for case in CASES).encode()
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield Made(folder, sources)
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_modules_are_the_golden_ones(case: Golden, made: Made, update_golden: bool) -> None:
    path = GOLDEN / f"{case.name}.py"
    if update_golden:
        path.parent.mkdir(exist_ok=True)
        path.write_text(made.sources[case.name], "utf-8")
    accept = f"accept with: pytest {Path(__file__).name} --update-golden"
    assert made.sources[case.name] == path.read_text("utf-8"), accept


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_modules_import_what_is_allowed_and_offer_their_lenses(case: Golden, made: Made) -> None:
    source = made.sources[case.name]
    foreign = imports_of(source.encode()) - ALLOWED_MODULES
    assert all(name.startswith(PACKAGE) for name in foreign)
    assert "noqa" not in source
    assert "# type:" not in source
    module: Any = importlib.import_module(f"{PACKAGE}.{case.name}")
    lenses = compile_text(case.text, {schema.id: schema for schema in case.schemas})
    found = [
        value
        for name, value in vars(module).items()
        if hasattr(value, "get_batch") and not isinstance(value, type) and name in module.__all__
    ]
    assert [item.name for item in found] == [lens.name for lens in lenses]
    for item, lens in zip(found, lenses, strict=True):
        assert (item.cid, item.kind, item.renames) == (lens.cid, lens.kind, lens.renames)
        assert (item.two_way, item.creates) == (lens.two_way, lens.creates)
        assert item.source_class.SCHEMA.cid == item.source_cid
        assert item.view_class.SCHEMA.cid == item.view_cid


def test_importing_them_needs_no_grammar(made: Made, source_env: dict[str, str]) -> None:
    code = f"import {PACKAGE}.frame, sys; print('lark' in sys.modules, 'jinja2' in sys.modules)"
    env = source_env | {"PYTHONPATH": os.pathsep.join([str(made.folder), source_env["PYTHONPATH"]])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["False", "False"], done.stderr


USE = f"""
from {PACKAGE}.frame import FrameToTrain, frame_to_train
from {PACKAGE}.shown import same, to_stats
from {PACKAGE}.org.example.frame import Frame, FrameBatch
from {PACKAGE}.org.example.train import Train, TrainBatch
from {PACKAGE}.org.example.stats import Stats
from atdata_schema.lens import SampleLens


def use(frame: Frame, batch: FrameBatch) -> None:
    lens: SampleLens[Frame, Train] = frame_to_train
    view: Train = frame_to_train.get(frame)
    back: Frame = frame_to_train.put(view, frame)
    made: Frame = FrameToTrain().create(view, readonly="ignore")
    views: TrainBatch = frame_to_train.get_batch(batch)
    batches: FrameBatch = frame_to_train.put_batch(views, batch)
    stats: Stats = to_stats.get(frame)
    through: Train = (same | frame_to_train).get(frame)
    print(lens, back, made, batches, stats, through)


def misuse(frame: Frame) -> None:
    frame_to_train.get(3)
    wrong: Frame = frame_to_train.get(frame)
"""


def test_mypy_strict_accepts_them_and_finds_misuse(made: Made, root: Path, tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(USE, "utf-8")
    # `regex`, which the kernel imports, ships no types.
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\n[mypy-regex.*]\nignore_missing_imports = True\n", "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.11"]
    command += ["--config-file", str(config), "--explicit-package-bases"]
    command += [str(made.folder / PACKAGE), str(made.folder / f"{PACKAGE}_externs.py"), "use.py"]
    paths = [str(made.folder), str(root / "atdata_schema")]
    env = {**os.environ, "MYPYPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert [line.partition(":")[0] for line in errors] == ["use.py", "use.py"], done.stdout


def test_pyright_strict_accepts_them(made: Made, root: Path) -> None:
    config = {
        "include": [PACKAGE],
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "extraPaths": [str(made.folder), str(root / "atdata_schema")],
    }
    (made.folder / "pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=made.folder, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] >= len(CASES)
    assert [item for item in report["generalDiagnostics"] if item["severity"] == "error"] == []
