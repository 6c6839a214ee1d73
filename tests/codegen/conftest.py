"""What tests of projects with lenses share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lens_projects import run_in, start

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lens_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two types and a lens between them; it is the current folder."""
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    folder = start(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def gen(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; the exit status and what it printed."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run_in(*arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call
