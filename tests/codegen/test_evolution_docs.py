"""docs/EVOLUTION.md and docs/TARGETS.md: what they show is what happens, and they name every kind of change."""

from __future__ import annotations

from pathlib import Path

import pytest

from atdata_codegen.rules.about_changes import change_rules
from doc_pages import Shell, blocks_of, run_page


def test_a_project_is_held_against_a_commit(shell: Shell, root: Path) -> None:
    page = root / "docs" / "EVOLUTION.md"
    text = page.read_text("utf-8")
    part = shell.folder.parent / "page.md"
    part.write_text(text[text.index("## A project's lexicons") :], "utf-8")
    assert len(blocks_of(part)) >= 8
    run_page(shell, part)


def test_targets_are_made(shell: Shell, root: Path) -> None:
    run_page(shell, root / "docs" / "TARGETS.md")


@pytest.mark.parametrize("rule", sorted(change_rules()))
def test_every_kind_of_change_is_named(rule: str, root: Path) -> None:
    assert f"`{rule}`" in (root / "docs" / "EVOLUTION.md").read_text("utf-8")
