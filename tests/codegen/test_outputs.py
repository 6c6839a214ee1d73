"""Outputs: what is owned is written, replaced and removed; nothing else is touched."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from atdata_codegen.outputs import (
    MANIFEST,
    Changes,
    compare,
    digest,
    edited_of,
    problems_of,
    read_owned,
    render_owned,
)
from atdata_codegen.writing import apply, diff

FIRST = {"__init__.py": b"", "org/a.py": b"a = 1\n", "org/deep/b.py": b"b = 1\n"}


def plan(folder: Path, files: dict[str, bytes]) -> Changes:
    """What writing those files would do."""
    return compare(folder, files, read_owned(folder))


def build(folder: Path, files: dict[str, bytes]) -> Changes:
    """Write them."""
    changes = plan(folder, files)
    assert problems_of(changes, read_owned(folder)) == []
    apply(changes)
    return changes


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_files_and_the_list_of_them_are_written(tmp_path: Path) -> None:
    build(tmp_path, FIRST)
    listed = json.loads((tmp_path / MANIFEST).read_bytes())
    assert listed == {"files": {path: digest(data) for path, data in FIRST.items()}}
    assert tree(tmp_path) == {**FIRST, MANIFEST: render_owned(listed["files"])}
    assert not plan(tmp_path, FIRST).stale


def test_unchanged_files_keep_their_time(tmp_path: Path) -> None:
    build(tmp_path, FIRST)
    for path in tree(tmp_path):
        os.utime(tmp_path / path, (1, 1))
    changes = build(tmp_path, {**FIRST, "org/a.py": b"a = 2\n"})
    assert changes.write == ("org/a.py",)
    times = {path: (tmp_path / path).stat().st_mtime for path in FIRST}
    assert times["org/deep/b.py"] == times["__init__.py"] == 1
    assert times["org/a.py"] > 1
    os.utime(tmp_path / MANIFEST, (1, 1))
    build(tmp_path, {**FIRST, "org/a.py": b"a = 2\n"})
    assert (tmp_path / MANIFEST).stat().st_mtime == 1


def test_what_is_no_longer_made_is_removed_with_empty_folders(tmp_path: Path) -> None:
    build(tmp_path, FIRST)
    cache = tmp_path / "org/deep/__pycache__"
    cache.mkdir()
    (cache / "b.cpython-311.pyc").touch()
    build(tmp_path, {"__init__.py": b""})
    assert set(tree(tmp_path)) == {"__init__.py", MANIFEST}
    assert not (tmp_path / "org").exists()


def test_files_of_others_stay_and_keep_their_folder(tmp_path: Path) -> None:
    build(tmp_path, FIRST)
    (tmp_path / "org/deep/mine.txt").write_text("mine")
    build(tmp_path, {"__init__.py": b""})
    assert (tmp_path / "org/deep/mine.txt").read_text() == "mine"


def test_a_foreign_file_in_the_way_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "org").mkdir()
    (tmp_path / "org/a.py").write_text("mine = 1\n")
    changes = plan(tmp_path, FIRST)
    assert changes.foreign == ("org/a.py",)
    assert [found.rule for found in problems_of(changes, read_owned(tmp_path))] == ["foreign-file"]


def test_a_file_that_is_as_it_should_be_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "org").mkdir()
    (tmp_path / "org/a.py").write_bytes(FIRST["org/a.py"])
    build(tmp_path, FIRST)
    assert "org/a.py" in read_owned(tmp_path).files


@pytest.mark.parametrize("after", [FIRST, {"__init__.py": b""}])
def test_an_edit_is_told_apart_from_staleness(tmp_path: Path, after: dict[str, bytes]) -> None:
    build(tmp_path, FIRST)
    (tmp_path / "org/a.py").write_text("a = 'edited'\n")
    changes = plan(tmp_path, after)
    assert changes.edited == ("org/a.py",)
    assert [found.rule for found in edited_of(changes)] == ["edited-output"]
    assert plan(tmp_path, {**FIRST, "org/a.py": b"a = 'edited'\n"}).edited == ()


def test_a_broken_off_build_goes_on(tmp_path: Path) -> None:
    """Killed after any step, the next build finds nothing foreign and nothing edited."""
    build(tmp_path, FIRST)
    second = {"__init__.py": b"# 2\n", "org/a.py": b"a = 2\n", "new.py": b"n = 1\n"}
    for steps in range(4):
        build(tmp_path, FIRST)
        changes = plan(tmp_path, second)
        owned = read_owned(tmp_path)
        (tmp_path / MANIFEST).write_bytes(
            render_owned({**owned.files}, (*changes.write, *changes.remove))
        )
        for path in changes.write[:steps]:
            (tmp_path / path).write_bytes(second[path])
        for wanted in ({"__init__.py": b"# 3\n", "new.py": b"n = 3\n"}, second):
            again = plan(tmp_path, wanted)
            assert again.foreign == again.edited == ()
        build(tmp_path, second)
        assert set(tree(tmp_path)) == {*second, MANIFEST}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"files": []}',
        '{"files": {"a.py": 1}}',
        '{"files": {"../a.py": "0"}}',
        '{"files": {"/etc/passwd": "0"}}',
        '{"files": {"a//b": "0"}}',
        '{"files": {}, "pending": 3}',
        "[" * 100_000,
    ],
)
def test_a_list_that_is_none_is_a_finding_and_leads_nowhere(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    owned = read_owned(tmp_path)
    assert owned.files == {}
    found = problems_of(compare(tmp_path, FIRST, owned), owned)
    assert [problem.rule for problem in found] == ["bad-manifest"]


def test_the_diff_shows_what_would_change_and_escapes_the_rest(tmp_path: Path) -> None:
    build(tmp_path, FIRST)
    (tmp_path / "org/a.py").write_bytes(b"a = '\x1b[2J'\n")
    shown = list(diff(plan(tmp_path, {"org/a.py": b"a = 2\n", "c.py": b"c\n"}), "pkg"))
    assert "--- /dev/null" in shown
    assert "+++ pkg/c.py" in shown
    assert "-a = '\\x1b[2J'" in shown
    assert "+a = 2" in shown
    assert "+++ /dev/null" in shown
    assert all(line.isprintable() for line in shown)
