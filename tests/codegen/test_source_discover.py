"""Discovery: which files are lexicons, whatever the folder holds."""

from __future__ import annotations

import os
from pathlib import Path

from atdata_codegen.source.discover import discover, nsid_of, path_of


def put(folder: Path, path: str, text: str = "{}") -> Path:
    """A file below a folder."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_files_come_sorted_with_the_nsid_of_their_path(tmp_path: Path) -> None:
    for path in ("org/b/x.json", "org/a/y.json", "org/a/note.txt", "org/a/z.lens", ".git/c.json"):
        put(tmp_path, path)
    put(tmp_path, "org/a/.hidden.json")
    found = discover([tmp_path])
    assert [file.nsid for file in found.files] == ["org.a.y", "org.b.x"]
    assert found.diagnostics == ()


def test_circles_of_links_end(tmp_path: Path) -> None:
    put(tmp_path, "org/a/x.json")
    (tmp_path / "org/a/loop").symlink_to(tmp_path)
    (tmp_path / "org/a/self.json").symlink_to("self.json")
    found = discover([tmp_path])
    assert [file.nsid for file in found.files] == ["org.a.x"]
    assert [(d.rule, Path(d.path).name) for d in found.diagnostics] == [
        ("unreadable-file", "self.json")
    ]


def test_a_file_that_two_folders_reach_is_taken_once(tmp_path: Path) -> None:
    put(tmp_path, "org/a/x.json")
    found = discover([tmp_path, tmp_path / "org"])
    assert [file.nsid for file in found.files] == ["org.a.x"]


def test_a_missing_folder_is_a_finding(tmp_path: Path) -> None:
    found = discover([tmp_path / "nowhere"])
    assert [d.message for d in found.diagnostics] == ["cannot be read: there is no such folder"]


def test_a_name_that_is_no_utf8_is_a_finding(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.json")).touch()
    (problem,) = discover([tmp_path]).diagnostics
    assert problem.message == "cannot be read: the name is not UTF-8"


def test_a_pipe_is_a_finding_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (problem,) = discover([tmp_path]).diagnostics
    assert problem.message == "cannot be read: it is no regular file"


def test_paths_and_nsids_are_inverse() -> None:
    assert nsid_of(path_of("org.example.image")) == "org.example.image"
