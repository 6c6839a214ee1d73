"""docs/LENS-FILES.md: its files are written, its commands run in order, and they print what the page shows."""

from __future__ import annotations

from pathlib import Path

from doc_pages import Shell, blocks_of, run_page


def test_the_page_is_what_happens(shell: Shell, root: Path) -> None:
    page = root / "docs" / "LENS-FILES.md"
    assert len(blocks_of(page)) > 15

    def pinned() -> None:
        command = "atdata-gen lens path org.example.photo org.example.train"
        assert "error" not in shell.run(command)

    run_page(shell, page, pinned)
    assert shell.run("atdata-gen fmt --check").count("photoToTrain.lens") == 0
