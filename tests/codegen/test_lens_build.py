"""Lenses in the compiled package: where their modules lie, and when they are made, found stale, and removed."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lens_projects import LENS, array, put_lens, put_type, tree
from waiting import wait_until

Run = Callable[..., tuple[int, str, str]]

MODULE = "src/acme/org/example/photo_to_train.py"


def owned(project: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((project / "src/acme/.atdata-gen.json").read_bytes())[
        "files"
    ]
    return found


@pytest.fixture
def imported(lens_project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Imports modules of the compiled package; they are forgotten afterwards."""
    monkeypatch.setattr(sys, "path", [str(lens_project / "src"), *sys.path])

    def call(name: str) -> Any:
        for known in [known for known in sys.modules if known.partition(".")[0] == "acme"]:
            del sys.modules[known]
        importlib.invalidate_caches()
        return importlib.import_module(name)

    return call


def test_a_file_of_lenses_is_a_module_beside_those_of_lexicons(
    lens_project: Path, gen: Run, imported: Callable[[str], Any]
) -> None:
    assert gen("build")[0] == 0
    assert "org/example/photo_to_train.py" in owned(lens_project)
    package = imported("acme")
    assert dict(package.LENSES) == {"org.example.photoToTrain": "acme.org.example.photo_to_train"}
    assert set(package.LEXICONS) == {"org.example.photo", "org.example.train"}
    module = imported(package.LENSES["org.example.photoToTrain"])
    lens = module.photo_to_train
    photo = lens.source_class
    image = np.full((2, 2, 3), 51, np.uint8)
    view = lens.get(photo(image=image, kind="puppy", note="n"))
    assert type(view) is lens.view_class
    assert (view.pixels.shape, view.target) == ((3, 2, 2), 1)
    assert view.pixels[0, 0, 0] == np.float32(51) * np.float32(1 / 255)


def test_without_lenses_the_package_says_nothing_of_them(lens_project: Path, gen: Run) -> None:
    (lens_project / "lexicons/org/example/photoToTrain.lens").unlink()
    assert gen("build")[0] == 0
    assert "LENSES" not in (lens_project / "src/acme/__init__.py").read_text()
    assert not (lens_project / "lenses.lock").exists()


def test_build_then_check_then_build_again(lens_project: Path, gen: Run) -> None:
    assert gen("check")[0] == 1
    count = len(gen("build")[1]) and len(owned(lens_project)) + 1  # and the lock
    before = tree(lens_project)
    assert gen("build")[1].endswith(f"{count} files: {count} up to date\n")
    assert gen("check")[1].endswith(f"{count} files up to date\n")
    assert tree(lens_project) == before


def test_a_build_is_the_same_with_and_without_the_cache(
    lens_project: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_lens(lens_project, LENS.replace('"cat" <-> 0', '"cat" <-> 0, "cow" -> 0'))
    gen("build")
    for command in ("build", "check", "lint"):
        gen(command)
        cached = gen(command)
        monkeypatch.setenv("ATDATA_CACHE", "")
        assert gen(command) == cached
        monkeypatch.setenv("ATDATA_CACHE", str(lens_project.parent / "cache"))
        assert "warning[LN225]" in cached[1]


def test_an_unchanged_build_looks_into_no_lens(
    lens_project: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    gen("build")
    import atdata_codegen.compilation as compilation

    monkeypatch.delattr(compilation, "compile_project")
    assert gen("build")[0] == 0
    assert gen("check")[0] == 0


def test_a_module_is_stale_where_its_lens_or_itself_has_changed(
    lens_project: Path, gen: Run
) -> None:
    gen("build")
    put_lens(lens_project, LENS.replace("photographs ->", "pictures ->"))
    status, out, _ = gen("check")
    assert status == 1
    assert f"{MODULE}: error[stale-output]: this file is not what the lexicons compile to" in out
    assert '+    """pictures -> training samples."""' in out
    gen("build")
    (lens_project / MODULE).write_text("mine = 1\n")
    assert f"{MODULE}: error[edited-output]" in gen("build")[1]
    assert (lens_project / MODULE).read_text() == "mine = 1\n"
    assert gen("build", "--force")[0] == 0
    assert gen("check")[0] == 0


def test_only_what_has_changed_is_written(lens_project: Path, gen: Run) -> None:
    put_lens(lens_project, LENS, "org.example.second")
    gen("build")
    before = tree(lens_project / "src")
    put_lens(lens_project, LENS.replace("photographs", "pictures"), "org.example.second")
    assert ": 1 written," in gen("build")[1]
    after = tree(lens_project / "src")
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {"acme/org/example/second.py", "acme/.atdata-gen.json"}


def test_a_lens_that_goes_takes_its_module_with_it(lens_project: Path, gen: Run) -> None:
    other = put_lens(lens_project, LENS, "org.other.thing")
    gen("build")
    assert (lens_project / "src/acme/org/other/thing.py").exists()
    other.unlink()
    assert " removed, " in gen("build")[1]
    assert not (lens_project / "src/acme/org/other").exists()


def test_a_lens_below_which_lexicons_lie(
    lens_project: Path, gen: Run, imported: Callable[[str], Any]
) -> None:
    """Its module is a package then, as that of a lexicon would be."""
    put_type(lens_project, "org.example.photoToTrain.inner", {"x": {"type": "integer"}})
    assert gen("build")[0] == 0
    assert "org/example/photo_to_train/__init__.py" in owned(lens_project)
    assert imported("acme.org.example.photo_to_train").photo_to_train.kind == "approx"
    assert imported("acme.org.example.photo_to_train.inner")


def test_several_lenses_of_a_file_are_in_one_module(
    lens_project: Path, gen: Run, imported: Callable[[str], Any]
) -> None:
    put_lens(lens_project, LENS + LENS.replace("photo_to_train", "other"))
    assert gen("build")[0] == 0
    module = imported("acme.org.example.photo_to_train")
    assert {module.photo_to_train.name, module.other.name} == {"photo_to_train", "other"}


def test_a_foreign_file_is_left(lens_project: Path, gen: Run) -> None:
    mine = lens_project / MODULE
    mine.parent.mkdir(parents=True)
    mine.write_text("mine = 1\n")
    status, out, _ = gen("build", "--force")
    assert (status, "error[foreign-file]" in out) == (1, True)
    assert mine.read_text() == "mine = 1\n"
    assert not (lens_project / "lenses.lock").exists()


def test_a_disk_that_refuses_leaves_the_lock_as_it_was(lens_project: Path, gen: Run) -> None:
    gen("build")
    before = (lens_project / "lenses.lock").read_bytes()
    put_lens(lens_project, LENS.replace('default ""', 'default "x"'))
    folder = lens_project / "src/acme/org/example"
    (lens_project / MODULE).unlink()
    (lens_project / MODULE).mkdir()
    (lens_project / MODULE / "x").touch()
    status, out, _ = gen("build")
    assert status == 1, out
    assert (lens_project / "lenses.lock").read_bytes() == before
    assert not list(folder.glob(".*.part"))


def test_types_of_installed_packages(
    lens_project: Path, gen: Run, monkeypatch: pytest.MonkeyPatch, imported: Callable[[str], Any]
) -> None:
    """A lens may lead from a type that only an installed package has compiled."""
    (lens_project / "site").mkdir()
    text = (lens_project / "pyproject.toml").read_text()
    (lens_project / "pyproject.toml").write_text(
        text.replace('"src"', '"site"').replace("acme", "theirs")
    )
    (lens_project / "lexicons/org/example/photoToTrain.lens").unlink()
    put_type(lens_project, "org.example.more", {"x": array("uint8", "H")})
    assert gen("build")[0] == 0
    about = lens_project / "site/theirs-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: theirs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[atdata.lexicons]\ntheirs = theirs\n")
    (lens_project / "pyproject.toml").write_text(text)
    for name in ("photo", "train", "more"):  # a lexicon belongs to one package
        (lens_project / f"lexicons/org/example/{name}.json").unlink()
    put_lens(lens_project, LENS)
    assert "there is no lexicon org.example.photo" in gen("lint")[1]
    monkeypatch.setattr(sys, "path", [str(lens_project / "site"), *sys.path])
    importlib.invalidate_caches()
    status, out, _ = gen("build")
    assert status == 0, out
    assert "from theirs.org.example.photo import Photo" in (lens_project / MODULE).read_text()
    assert not (lens_project / "src/acme/org/example/photo.py").exists()
    assert imported("acme.org.example.photo_to_train").photo_to_train.creates
    assert gen("check")[0] == 0


def test_watch_looks_at_lenses_and_the_code_of_externs(lens_project: Path) -> None:
    from atdata_codegen.watch import snapshot

    found = {Path(path).name for path, _, _ in snapshot([lens_project / "lexicons"])}
    assert found == {"photo.json", "train.json", "photoToTrain.lens"}


def test_watch_builds_again_after_a_lens_has_changed(lens_project: Path, root: Path) -> None:
    paths = os.pathsep.join(str(root / name) for name in ("atdata_schema", "codegen"))
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "atdata_codegen", "build", "--watch"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        cwd=lens_project,
    )
    module = lens_project / MODULE
    try:
        wait_until((lens_project / "lenses.lock").exists)
        put_lens(lens_project, LENS.replace("photographs ->", "pictures ->"))
        wait_until(lambda: "pictures ->" in module.read_text())
        put_lens(lens_project, "lens x")
        assert process.stdout is not None
        while "error[LN001]" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
