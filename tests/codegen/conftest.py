"""What tests of projects with lenses share."""

from __future__ import annotations

from pathlib import Path

import pytest

from lens_projects import start


@pytest.fixture
def lens_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two types and a lens between them; it is the current folder."""
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    folder = start(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder
