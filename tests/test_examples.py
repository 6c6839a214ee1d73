"""The examples that are one program run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


def test_photographs_are_seen_changed_written_back_and_learnt_from(
    root: Path, source_env: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, root / "examples/photographs/training_view.py", tmp_path],
        env=source_env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "the border untouched" in done.stdout
    assert "refused: pixels: " in done.stdout
    share = float(done.stdout.rpartition("learnt: ")[2].partition("%")[0])
    assert share > 75, "fewer pieces are told apart than their colours allow"
    assert {path.name for path in tmp_path.glob("*.tar")} == {"pieces.tar", "softer.tar"}


KILLED_ONCE = """\
import sys
from pathlib import Path

import demo

demo.KILLED_AT = (30,)
demo.main(Path(sys.argv[1]))
"""
"""The example, with one kill instead of its two: each run of it starts five processes that import torch."""


@pytest.mark.parametrize(
    ("program", "kills"),
    [
        pytest.param(("-c", KILLED_ONCE), 1, id="once"),
        pytest.param(("demo.py",), 2, id="as it stands", marks=pytest.mark.long),
    ],
)
def test_training_that_is_killed_is_resumed_to_the_same_weights(
    root: Path, source_env: dict[str, str], tmp_path: Path, program: tuple[str, ...], kills: int
) -> None:
    done = subprocess.run(
        [sys.executable, *program, tmp_path],
        cwd=root / "examples/resume_training",
        env=source_env,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "killed at step 30" in done.stdout
    # Every seventh step is kept, and training runs on until the kill arrives.
    steps = [int(step) for step in re.findall(r"going on behind step (\d+)", done.stdout)]
    assert len(steps) == kills
    assert all(step >= least for step, least in zip(steps, (28, 56), strict=False))
    assert all(step % 7 == 0 for step in steps)
    assert done.stdout.endswith("the weights are the same, bit by bit\n")
