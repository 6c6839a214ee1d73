"""What a build does to a tree that is hard to write: killed at any step, read-only, of strange names and line ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from atdata_codegen import swapping
from atdata_codegen.cli import main
from atdata_codegen.outputs import MANIFEST, compare, read_owned
from atdata_codegen.writing import apply
from building_projects import put, sample
from dying import status_of_child
from unprivileged import as_nobody, open_folder

Run = Callable[..., tuple[int, str]]

FIRST = {
    "__init__.py": b"",
    "org/a.py": b"a = 1\n",
    "org/deep/b.py": b"b = 1\n",
    "org/c.py": b"c\n",
}
SECOND = {
    "__init__.py": b"# 2\n",
    "org/a.py": b"a = 2\n",
    "org/c.py": b"c\n",
    "new/d.py": b"d = 1\n",
}

STEPS = ((os, "link"), (os, "rmdir"), (os, "unlink"), (Path, "write_bytes"), (swapping, "exchange"))
"""What a build does to a disk, beside renaming, removing and making folders."""


def build(folder: Path, files: dict[str, bytes]) -> None:
    """Write a package."""
    apply(compare(folder, files, read_owned(folder)), whole=True)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def gen(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; the exit status and what it printed."""

    def call(*arguments: str) -> tuple[int, str]:
        status = main(arguments)
        return status, capsys.readouterr().out

    return call


def start(folder: Path) -> Path:
    """A project of one lexicon."""
    folder.mkdir(parents=True)
    table = '[tool.atdata-gen]\nlexicons = ["lexicons"]\noutput = "src"\npackage = "mine"\n'
    (folder / "pyproject.toml").write_text(table, "utf-8")
    put(folder / "lexicons", sample("org.me.photo", width={"type": "integer"}))
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, as the current folder."""
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    made = start(tmp_path / "project")
    monkeypatch.chdir(made)
    return made


def test_killed_at_any_step_the_tree_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    build(tmp_path / "old", FIRST)
    build(tmp_path / "new", SECOND)
    mine = {"org/deep/mine.txt": b"mine"}
    old, new = tree(tmp_path / "old") | mine, tree(tmp_path / "new") | mine
    seen: list[bool] = []
    status = -1
    for steps in range(100):
        package = tmp_path / f"step{steps}" / "package"
        build(package, FIRST)
        (package / "org/deep/mine.txt").write_bytes(b"mine")
        status = status_of_child(partial(build, package, SECOND), steps, *STEPS)
        assert tree(package) in (old, new), steps
        seen.append(tree(package) == new)
        build(package, SECOND)
        assert tree(package) == new
        assert [path.name for path in package.parent.iterdir()] == ["package"]
        if status == 0:
            break
    assert status == 0
    assert seen == sorted(seen)
    assert len(seen) > 15
    assert 1 < sum(seen) < len(seen)  # killed before the step that counts, and behind it


def test_killed_at_any_step_one_changed_file_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    one = {**FIRST, "org/a.py": b"a = 2\n"}
    seen: list[bytes] = []
    status = steps = -1
    for steps in range(100):
        package = tmp_path / f"step{steps}" / "package"
        build(package, FIRST)
        status = status_of_child(partial(build, package, one), steps, *STEPS)
        there = tree(package)
        seen.append(there.pop("org/a.py"))
        assert {path: there[path] for path in FIRST if path != "org/a.py"} == {
            path: data for path, data in FIRST.items() if path != "org/a.py"
        }
        other = {
            **FIRST,
            "org/a.py": b"a = 3\n",
        }  # nothing of what was left is taken for somebody's edit
        assert compare(package, other, read_owned(package)).edited == ()
        build(package, one)
        build(tmp_path / f"new{steps}", one)
        assert tree(package).items() >= tree(tmp_path / f"new{steps}").items()
        if status == 0:
            break
    assert status == 0
    assert {*seen} == {b"a = 1\n", b"a = 2\n"}
    assert seen == sorted(seen)


def test_killed_at_any_step_a_first_tree_is_there_or_not(tmp_path: Path) -> None:
    build(tmp_path / "new", SECOND)
    status = steps = -1
    for steps in range(100):
        package = tmp_path / f"step{steps}" / "package"
        package.parent.mkdir()
        status = status_of_child(partial(build, package, SECOND), steps, *STEPS)
        assert not package.exists() or tree(package) == tree(tmp_path / "new")
        if status == 0:
            break
    assert status == 0
    assert steps > 5


@pytest.mark.long
def test_a_build_that_is_killed_at_any_time_leaves_a_whole_tree(folder: Path, gen: Run) -> None:
    """The command itself, by the clock."""
    for number in range(12):
        put(folder / "lexicons", sample(f"org.me.n{number}", width={"type": "integer"}))
    gen("build")
    command = [sys.executable, "-m", "atdata_codegen", "build"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    whole: list[dict[str, bytes]] = []
    for version in ("string", "boolean"):
        for number in range(12):
            put(folder / "lexicons", sample(f"org.me.n{number}", width={"type": version}))
        gen("build")
        whole.append(tree(folder / "src/mine"))
    for attempt in range(20):
        for number in range(12):
            wanted = ("string", "boolean")[attempt % 2]
            put(folder / "lexicons", sample(f"org.me.n{number}", width={"type": wanted}))
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env, cwd=folder)
        time.sleep(0.1 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = {p: d for p, d in tree(folder / "src/mine").items() if "__pycache__" not in p}
        assert found in whole
    assert gen("build")[0] == 0


def test_files_of_others_and_unchanged_ones_stay_the_same_files(tmp_path: Path) -> None:
    package = tmp_path / "package"
    build(package, FIRST)
    (package / "notes.txt").write_text("mine", "utf-8")
    (package / "link").symlink_to("/etc/hostname")
    (package / "empty").mkdir()
    before = {name: (package / name).stat().st_ino for name in ("org/c.py", "notes.txt")}
    build(package, SECOND)
    assert {name: (package / name).stat().st_ino for name in before} == before
    assert (package / "link").readlink() == Path("/etc/hostname")
    assert (package / "empty").is_dir()
    assert not (package / "org/deep").exists()


def cannot(one: Path, other: Path) -> bool:
    """As on a file system that cannot have two folders change places."""
    assert one.parent == other.parent
    return False


def test_without_exchange_files_are_written_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path / "new", SECOND)
    monkeypatch.setattr(swapping, "exchange", cannot)
    package = tmp_path / "package"
    build(package, FIRST)
    build(package, SECOND)
    assert tree(package) == tree(tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "package"]


def test_a_package_behind_a_link_stays_behind_it(tmp_path: Path) -> None:
    build(tmp_path / "real", FIRST)
    (tmp_path / "package").symlink_to("real")
    build(tmp_path / "package", SECOND)
    assert (tmp_path / "package").readlink() == Path("real")
    assert tree(tmp_path / "real")["org/a.py"] == b"a = 2\n"


def test_a_tree_that_is_read_only_is_checked_and_not_changed() -> None:
    with open_folder() as place:
        project = start(place / "project")
        put(project / "lexicons", sample("org.me.other", width={"type": "integer"}))

        def run(*arguments: str) -> tuple[int, dict[str, bytes]]:
            def act() -> tuple[int, dict[str, bytes]]:
                os.environ["ATDATA_CACHE"] = ""
                os.chdir(project)
                sys.stdout = (place / "said").open("w", encoding="utf-8", buffering=1)
                return main(arguments), tree(project)

            status, found = as_nobody(act)
            return int(status), dict(found)

        (place / "said").touch()
        (place / "said").chmod(0o666)
        for path in (project, *project.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)
        assert run("build")[0] == 0
        before = tree(project)
        for path in (project, *project.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        assert run("build") == (0, before)
        assert run("check") == (0, before)
        lexicon = project / "lexicons/org/me/photo.json"
        lexicon.write_text(lexicon.read_text("utf-8").replace("width", "depth"), "utf-8")
        before = tree(project)
        status, found = run("build")
        said = (place / "said").read_text("utf-8")
        for path in (project, *project.rglob("*")):
            path.chmod(0o777)
        assert (status, found) == (1, before)
        assert "error[unwritable-output]: cannot be written: Permission denied" in said


def test_line_ends_of_windows_are_no_edit(folder: Path, gen: Run) -> None:
    """git may write them into a checkout; the package is up to date all the same, and stays as it is."""
    gen("build")
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    before = tree(folder)
    assert b"\r\n" in before["src/mine/org/me/photo.py"]
    assert gen("check")[0] == 0
    assert gen("build")[0] == 0
    assert tree(folder) == before
    put(folder / "lexicons", sample("org.me.photo", depth={"type": "integer"}))
    assert gen("build")[0] == 0
    module = folder / "src/mine/org/me/photo.py"
    assert b"\r\n" not in module.read_bytes()
    module.write_bytes(module.read_bytes().replace(b"\n", b"\r\n") + b"# mine\r\n")
    assert "error[edited-output]" in gen("check")[1]


def test_lexicons_with_line_ends_of_windows_compile_to_the_same(folder: Path, gen: Run) -> None:
    gen("build")
    before = tree(folder / "src")
    lexicon = folder / "lexicons/org/me/photo.json"
    lexicon.write_bytes(lexicon.read_bytes().replace(b"\n", b"\r\n"))
    assert gen("build")[0] == 0
    assert tree(folder / "src") == before
    assert gen("fmt")[0] == 0
    assert b"\r" not in lexicon.read_bytes()


@pytest.mark.parametrize(
    "name", ["mit Leerzeichen", "größe-日本", "[x]*?", "a'b\"c", "#hash ", "-dash"]
)
def test_any_path_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gen: Run, name: str
) -> None:
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    project = start(tmp_path / name / "inner")
    text = (project / "pyproject.toml").read_text("utf-8")
    (project / "lexicons").rename(project / "my lexicons é")
    text = text.replace('"lexicons"', '"my lexicons é"').replace('"src"', '"out put"')
    (project / "pyproject.toml").write_text(text, "utf-8")
    monkeypatch.chdir(project)
    assert gen("build")[0] == 0
    assert gen("check")[0] == 0
    assert (project / "out put/mine/org/me/photo.py").exists()
    assert gen("lint", "--format", "github")[0] == 0
    assert gen("package", "my lexicons é", "--to", f"../{name} made")[0] == 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("org.me.Photo", "org.me.photo"),
        ("org.me.imageSample", "org.me.image_sample"),
        ("org.Me.one", "org.me.one"),
    ],
)
def test_names_that_one_file_would_have_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gen: Run, first: str, second: str
) -> None:
    """On every file system, so that a package that was built here can be installed elsewhere."""
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    project = start(tmp_path / "project")
    monkeypatch.chdir(project)
    put(project / "lexicons", sample(first, a={"type": "integer"}))
    put(project / "lexicons", sample(second, b={"type": "integer"}))
    status, out = gen("build")
    assert status == 1
    assert "error[" in out
    assert not (project / "src").exists()


def test_no_two_compiled_files_differ_by_case_alone(folder: Path, gen: Run) -> None:
    for nsid in ("org.me.aB", "org.me.Abc", "org.Other.x", "org.other.y", "org.me.photo.Inner"):
        put(folder / "lexicons", sample(nsid, a={"type": "integer"}))
    assert gen("build")[0] == 0
    paths = [path.relative_to(folder).as_posix() for path in (folder / "src").rglob("*")]
    assert len({path.casefold() for path in paths}) == len(paths)
    assert MANIFEST in {Path(path).name for path in paths}
