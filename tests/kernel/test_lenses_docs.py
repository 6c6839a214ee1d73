"""The page on lenses: its examples run, its lens is one, and its table has every operator."""

from __future__ import annotations

import re
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


def test_the_program_runs() -> None:
    (program,) = blocks("python")
    exec(compile(program, "LENSES.md", "exec"), {})


def test_the_table_has_every_operator() -> None:
    table = PAGE[PAGE.index("## Operators") : PAGE.index("## Sizes")]
    named = set(re.findall(r"`([a-z_]+)[`(\[{ ]", table))
    assert {name for name in BY_NAME if name != Hole.NAME} <= named
