"""The page on lenses: its examples run, its lens is one, and its table has every operator."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from atdata_schema.lenses import format_text, parse
from atdata_schema.lenses.ops.hole import Hole
from atdata_schema.lenses.ops.registry import BY_NAME

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "LENSES.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """The blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_example_lens_is_one() -> None:
    (text,) = blocks("dlens")
    assert parse(text).findings == ()
    assert format_text(text)


def test_the_programs_run_in_order(tmp_path: Path, source_env: dict[str, str]) -> None:
    # As one program in a module of its own, since pickles and types find classes by their module.
    program = tmp_path / "lenses_page.py"
    program.write_text("\n".join(blocks("python")), "utf-8")
    home = {"ATDATA_HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, program],
        cwd=tmp_path,
        env=source_env | home,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "is near no uint8" in done.stdout


def test_the_table_has_every_operator() -> None:
    table = PAGE[PAGE.index("## Operators") : PAGE.index("## Sizes")]
    named = set(re.findall(r"`([a-z_]+)[`(\[{ ]", table))
    assert {name for name in BY_NAME if name != Hole.NAME} <= named
