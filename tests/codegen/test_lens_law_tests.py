"""Tests that a build writes for lenses: they pass as they are, say what was refuted, and catch code that is wrong."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_codegen.lenses.spelled import spelled
from atdata_schema.lenses.steps.equality import same
from compiled_package import imports_of
from lens_projects import LENS, array, put_lens, put_type, tree

Run = Callable[..., tuple[int, str, str]]

TESTS = "tests/lenses/test_org_example_photo_to_train.py"
MODULE = "src/acme/org/example/photo_to_train.py"

SOURCE: dict[str, Any] = {
    "crop": array("uint8", "H", "W", 3),
    "weight": {"type": "ref", "ref": "dev.atdata.types#float64"},
    "first": {"type": "string", "maxLength": 100},
    "last": {"type": "string", "maxLength": 100},
    "when": {"type": "string", "format": "datetime"},
    "x": {"type": "ref", "ref": "dev.atdata.types#float64"},
    "narrow": array("int64", "N"),
    "boxes": {"type": "array", "maxLength": 5, "items": {"type": "ref", "ref": "#box"}},
    "size": {"type": "integer", "minimum": 0, "maximum": 255},
    "note": {"type": "string", "maxLength": 20},
}
BOX: dict[str, Any] = {
    "type": "object",
    "required": ["x", "score"],
    "properties": {
        "x": {"type": "integer"},
        "score": {"type": "ref", "ref": "dev.atdata.types#float32"},
    },
}
VIEW: dict[str, Any] = {
    "crop": array("uint8", 3, "A", "B"),
    "weight": {"type": "ref", "ref": "dev.atdata.types#float64"},
    "name": {"type": "string"},
    "ms": {"type": "integer"},
    "y": {"type": "ref", "ref": "dev.atdata.types#float64"},
    "narrow": array("uint8", "M"),
    "boxes": {"type": "array", "maxLength": 5, "items": {"type": "ref", "ref": "#seen"}},
    "size": {"type": "ref", "ref": "dev.atdata.types#float32"},
    "count": {"type": "integer"},
    "licence": {"type": "string"},
}
SEEN: dict[str, Any] = {
    "type": "object",
    "required": ["left"],
    "properties": {"left": {"type": "integer"}},
}
MANY = """\
lens many_to_seen
from org.example.many
to org.example.seen
{
  crop | crop(h=3:5, w=0:4) | rearrange[h w c -> c h w] <-> crop;
  weight | unwrap(default=1.0) <-> weight;
  (first, last) | join(" ") <-> name;
  when | epoch(ms) <-> ms;
  x | affine(scale=489/1000) <-> y;
  narrow | cast(uint8, overflow=clamp) <-> narrow;
  boxes | each { x <-> left; drop score default 0.0; } <-> boxes;
  size | cast(float32) <-> size;
  boxes | length -> count;
  const "CC0" -> licence;
  drop note default "";
}
"""


@pytest.fixture
def tested(lens_project: Path, gen: Run) -> Path:
    """A project with tests of its lens."""
    assert gen("build", "--tests")[0] == 0
    return lens_project


def run_tests(project: Path, root: Path, *more: str) -> tuple[int, str]:
    """What pytest says of the tests of a project, in an environment of their own, with few random examples."""
    (project / "conftest.py").write_text(
        "from hypothesis import settings\n"
        "settings.register_profile('few', max_examples=5)\nsettings.load_profile('few')\n"
    )
    paths = [str(project / "src"), str(root / "atdata_schema")]
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # of those that are installed here, one is used
    }
    plugins = ("-p", "_hypothesis_pytestplugin", "-p", "no:cacheprovider")
    options = ("-q", *plugins, "-rfxX", "--hypothesis-seed=0", *more)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests/lenses"],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_they_are_written_compared_and_removed_as_the_package_is(tested: Path, gen: Run) -> None:
    before = tree(tested)
    assert gen("build", "--tests")[0] == 0
    assert tree(tested) == before
    second = put_lens(tested, LENS, "org.example.second")
    gen("build", "--tests", "tests/lenses")
    assert (tested / "tests/lenses/test_org_example_second.py").exists()
    second.unlink()
    gen("build", "--tests", "tests/lenses")
    assert not (tested / "tests/lenses/test_org_example_second.py").exists()
    (tested / TESTS).write_text("mine = 1\n")
    assert f"{TESTS}: error[edited-output]" in gen("build", "--tests")[1]


def test_the_folder_may_be_configured(lens_project: Path, gen: Run) -> None:
    with (lens_project / "pyproject.toml").open("a") as file:
        file.write('lens-tests = "checks"\n')
    gen("build")
    path = lens_project / "checks/test_org_example_photo_to_train.py"
    assert path.exists()
    assert gen("check")[0] == 0
    path.write_text(path.read_text() + "\n")
    status, out, _ = gen("check")
    assert status == 1
    assert "checks/test_org_example_photo_to_train.py: error[edited-output]" in out


def test_they_import_nothing_but_the_package_and_what_is_shipped(tested: Path) -> None:
    found = imports_of((tested / TESTS).read_bytes())
    assert found <= {
        *("__future__", "datetime", "typing", "numpy", "pytest"),
        *("acme.org.example.photo_to_train", "atdata.testing.lenses", "atdata_schema"),
    }


def test_each_law_is_a_test_or_a_strict_failure(tested: Path) -> None:
    text = (tested / TESTS).read_text()
    names = re.findall(r"^def test_photo_to_train_(\w+)\(", text, re.MULTILINE)
    assert names == [
        *("runs_as_interpreted", "get_of_batches", "get_put", "put_get", "puts_as_interpreted"),
        *("put_of_batches", "create_get", "get_total", "put_put_is_refuted"),
        *("put_total_is_refuted", "exact_is_refuted", "injective_is_refuted"),
    ]
    assert text.count("strict=True") == 4


def test_they_pass_and_what_was_refuted_fails(tested: Path, root: Path) -> None:
    status, out = run_tests(tested, root)
    assert status == 0, out
    assert "8 passed, 4 xfailed" in out


@pytest.mark.parametrize(
    ("old", "new", "caught"),
    [
        (
            "np.moveaxis(image, -1, -3)",
            "np.moveaxis(image, -1, -3)[..., ::-1]",
            "runs_as_interpreted",
        ),
        ('{0: "cat", 1: "dog"}', '{0: "dog", 1: "cat"}', "put_get"),
        (
            "np.moveaxis(arranged_, -3, -1)",
            "np.moveaxis(arranged_, -3, -1)[..., ::-1]",
            "puts_as_interpreted",
        ),
    ],
)
def test_they_catch_compiled_code_that_is_wrong(
    tested: Path, root: Path, old: str, new: str, caught: str
) -> None:
    module = tested / MODULE
    assert old in module.read_text()
    module.write_text(module.read_text().replace(old, new))
    status, out = run_tests(tested, root, "-x", "-k", caught)
    assert status == 1, out
    assert f"test_photo_to_train_{caught}" in out


def test_they_catch_a_law_that_is_said_to_fail_and_holds(tested: Path, root: Path) -> None:
    """A refutation that is none fails strictly."""
    path = tested / TESTS
    text = path.read_text()
    changed = re.sub(r"(PHOTO_TO_TRAIN\.view\(source, \{[^}]*)\}", r"\1, **{}}", text)
    changed = text.replace('{("target",): 1}', '{("target",): 0}').replace('{("target",): 0}', "{}")
    assert changed != text
    path.write_text(changed)
    status, out = run_tests(tested, root, "-k", "put_put_is_refuted")
    assert status == 1, out
    assert "XPASS(strict)" in out


def test_they_catch_a_lens_that_was_changed_without_a_build(tested: Path, root: Path) -> None:
    """The record in the tests and its claims are held against the classes."""
    path = tested / TESTS
    path.write_text(path.read_text().replace('"class": "approx"', '"class": "iso"'))
    status, out = run_tests(tested, root)
    assert status != 0
    assert "the claims do not hold" in out


@pytest.fixture
def many(lens_project: Path) -> Path:
    """A project whose lens has an operator of every sort."""
    (lens_project / "lexicons/org/example/photoToTrain.lens").unlink()
    path = put_type(lens_project, "org.example.many", SOURCE, box=BOX)
    path.write_text(
        path.read_text().replace('          "weight",\n', "").replace('"weight",\n', "", 1)
    )
    put_type(lens_project, "org.example.seen", VIEW, seen=SEEN)
    put_lens(lens_project, MANY, "org.example.manyToSeen")
    return lens_project


def test_operators_of_every_sort_are_tried(many: Path, gen: Run, root: Path) -> None:
    status, out, _ = gen("build", "--tests")
    assert status == 0, out
    text = (many / "tests/lenses/test_org_example_many_to_seen.py").read_text()
    for law in ("get_total", "put_put", "put_total", "exact", "injective"):
        assert f"test_many_to_seen_{law}_is_refuted" in text
    status, out = run_tests(many, root)
    assert status == 0, out
    assert "5 xfailed" in out


def test_a_getter_has_no_tests_of_putting(lens_project: Path, gen: Run) -> None:
    put_lens(
        lens_project,
        "lens photo_to_train from org.example.photo to org.example.train {\n"
        "  image | rearrange[h w c -> c h w] | cast(float32) -> pixels; const 1 -> target; drop *;\n}\n",
    )
    status, out, _ = gen("build", "--tests")
    assert status == 0, out
    assert "put" not in (lens_project / TESTS).read_text().replace("putGet", "").replace(
        "putPut", ""
    ).replace("getPut", "").replace("input", "")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.builds(complex, st.floats(allow_nan=False), st.floats(allow_nan=False))
    | st.text()
    | st.binary(max_size=20)
    | st.datetimes(
        timezones=st.integers(-1000, 1000).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_what_is_spelled_is_the_value(value: Any) -> None:
    text = spelled(value)
    ast.parse(text)
    made = eval(text, {"np": np, "datetime": datetime})
    assert same(made, value)


@given(
    st.sampled_from(["uint8", "int64", "float32", "float16", "bool", "complex64"]),
    st.lists(st.integers(0, 3), max_size=3),
    st.integers(0, 2**32 - 1),
    st.integers(1, 9),
)
def test_arrays_are_spelled_to_the_bit(
    dtype: str, shape: list[int], seed: int, period: int
) -> None:
    random = np.random.default_rng(seed)
    row = random.integers(0, 256, period * 16, np.uint8).view(np.uint8)[: period * 16]
    numbers = (row % 2).astype(np.bool_) if dtype == "bool" else row.view(dtype)
    array_ = np.resize(numbers, shape)
    made = eval(spelled(array_), {"np": np})
    assert (made.dtype, made.shape) == (array_.dtype, array_.shape)
    assert same(made, array_)


def test_files_are_spelled_as_what_they_are() -> None:
    from atdata_schema import v1

    for value in (v1.Image(b"GIF89a"), v1.Audio(b"ID3")):
        made = eval(spelled(value), {"v1": v1})
        assert (type(made), made) == (type(value), value)
