"""Addresses of lexicons in git repositories: what is read from them, and what is no address."""

from __future__ import annotations

from pathlib import Path

import pytest

from atdata_codegen.installing.gits import parse_git
from atdata_codegen.installing.locking import install
from atdata_codegen.project import Project
from atdata_schema.errors import ManifestError
from building_projects import put, sample


def test_addresses_of_git() -> None:
    for text in (
        "git+https://example.org/lab/types",
        "git+https://example.org/lab/types@v1.2#lexicons",
        "git+https://example.org/lab/types@feature/x",
        "git+ssh://git@example.org/types@main",
        "git+file:../lab@main#a/b",
        "git+file:///srv/lab.git",
    ):
        assert str(parse_git(text)) == text
    assert parse_git("git+https://example.org/t@feature/x").revision == "feature/x"
    for text in ("git+https://example.org", "git+https://", "git+x", "git+https://example.org/x@"):
        with pytest.raises(ManifestError):
            parse_git(text)


def test_names_that_one_file_would_have_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Box", "box"):
        put(tmp_path / f"of_{name}", sample(f"org.lab.{name}", x={"type": "integer"}))
    project = Project(tmp_path, (tmp_path / "lexicons",))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ManifestError, match=r"org\.lab\.Box and org\.lab\.box would be one file"):
        install(project, ["./of_Box", "./of_box"])
