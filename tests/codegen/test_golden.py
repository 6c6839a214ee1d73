"""Golden folders: what the compiler says of a folder of lexicons, and what it makes of it.

A case is a folder below tests/golden with `lexicons/`, `findings.txt` (what `atdata-gen build` prints, last
line left out) and, where the build succeeds, `expected/`. Accept a change with `pytest --update-golden`.
"""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path

import pytest

from atdata_codegen.cli import main

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
CASES = sorted(folder.name for folder in GOLDEN.iterdir() if (folder / "lexicons").is_dir())


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every case is compiled from nothing."""
    monkeypatch.setenv("ATDATA_CACHE", "")


def compiled(
    case: Path, output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """The exit status of a build in a project of its own, and what it printed but for the last line."""
    shutil.copytree(case / "lexicons", output / "lexicons")
    (output / "pyproject.toml").write_text(
        f'[tool.atdata-gen]\nlexicons = ["lexicons"]\noutput = "."\npackage = "{case.name}"\n'
    )
    monkeypatch.chdir(output)
    status = main(["build"])
    lines = capsys.readouterr().out.splitlines(keepends=True)
    return status, "".join(lines[:-1])


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder, as text; none if there is no folder."""
    return {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def differences(case: str, expected: dict[str, str], made: dict[str, str]) -> str:
    """How what was made differs, and how to accept it; empty if it does not."""
    lines: list[str] = []
    for path in sorted({*expected, *made}):
        old, new = expected.get(path, ""), made.get(path, "")
        lines += difflib.unified_diff(old.splitlines(), new.splitlines(), path, path, lineterm="")
    accept = f"accept with: pytest {Path(__file__).name} --update-golden -k {case}"
    return "\n".join([*lines, accept]) if lines else ""


@pytest.mark.parametrize("case", CASES)
def test_golden(
    case: str,
    tmp_path: Path,
    update_golden: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = GOLDEN / case
    status, findings = compiled(folder, tmp_path, monkeypatch, capsys)
    files = tmp_path / case
    made = {"findings.txt": findings, **{f"expected/{p}": text for p, text in tree(files).items()}}
    if update_golden:
        shutil.rmtree(folder / "expected", ignore_errors=True)
        for path, text in made.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
    expected = {f"expected/{path}": text for path, text in tree(folder / "expected").items()}
    expected["findings.txt"] = (folder / "findings.txt").read_text("utf-8")
    assert differences(case, expected, made) == ""
    assert status == (1 if case.startswith("bad_") else 0)
    assert ("error[" in findings) is case.startswith("bad_")


@pytest.mark.parametrize("case", CASES)
def test_findings_are_the_same_in_each_form(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The GitHub form has one line a finding, and its count is that of the text form."""
    _, findings = compiled(GOLDEN / case, tmp_path, monkeypatch, capsys)
    main(["build", "--format", "github"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == sum(findings.count(f": {kind}[") for kind in ("error", "warning", "note"))


def test_there_are_good_and_bad_cases() -> None:
    assert any(case.startswith("bad_") for case in CASES)
    assert any(case.startswith("good_") for case in CASES)
