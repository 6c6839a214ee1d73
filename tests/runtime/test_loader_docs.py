"""docs/LOADERS.md promises that its examples run as they stand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import program_of


def test_the_examples_run_in_order_in_one_fresh_program(
    root: Path, source_env: dict[str, str], tmp_path: Path
) -> None:
    text = program_of((root / "docs" / "LOADERS.md").read_text("utf-8"))
    program = tmp_path / "LOADERS.md.py"
    program.write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, program.name],
        cwd=tmp_path,
        env=source_env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "168\n"
