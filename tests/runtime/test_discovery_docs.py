"""The page on discovery: its examples run, in order, for a user who has a catalogue."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.records.collections import ENTRY
from conftest import program_of
from discovery_data import ALICE, entry_record, put, tid

PAGE = Path(__file__).resolve().parents[2] / "docs" / "DISCOVERY.md"


def test_the_examples_run_in_order(
    tmp_path: Path, user_folders: Path, source_env: dict[str, str]
) -> None:
    record = entry_record("brain scans", tags=["mri"], license="CC-BY-4.0")
    put(Catalogue(), ALICE, ENTRY, tid(1), record, handle="alice.example.org")
    (tmp_path / "page.py").write_text(program_of(PAGE.read_text("utf-8")), "utf-8")
    ours = {key: value for key, value in os.environ.items() if key.startswith("ATDATA_")}
    done = subprocess.run(
        [sys.executable, "page.py"],
        cwd=tmp_path,
        env={**source_env, **ours},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "[<'brain scans'@1.0.0, by @alice.example.org, 100 samples>]"
    assert lines[1:3] == ["[]", "[]"]
    assert "is no record of science.alt.dataset.entry" in lines[3]
    assert lines[4:] == ["(0,)"]
