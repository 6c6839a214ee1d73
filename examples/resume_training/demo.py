"""Training that is killed twice and taken up again ends with the same weights as one that is not.

python examples/resume_training/demo.py [folder]
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

HERE = Path(__file__).resolve().parent
KILLED_AT = (30, 60)


def run(folder: Path, kill_at: int | None = None) -> str:
    """Train, and kill all of its processes at a step; gives the last line of what it said."""
    command = [sys.executable, str(HERE / "train.py"), str(folder)]
    said = ""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if not line.startswith("step"):
                print(f"   {line.rstrip()}")
            said = line
            if kill_at is not None and line == f"step {kill_at}\n":
                os.killpg(run.pid, signal.SIGKILL)
                print(f"   killed at step {kill_at}")
                break
    if run.returncode and kill_at is None:
        sys.exit("training failed")
    return said


def main(folder: Path) -> None:
    """Train twice, and compare."""
    print("1. without a break")
    run(folder / "whole")
    print("2. killed and taken up again")
    for step in KILLED_AT:
        run(folder / "broken", step)
    run(folder / "broken")
    one, other = (torch.load(folder / name / "network.pt") for name in ("whole", "broken"))
    if not all(torch.equal(one[name], other[name]) for name in one):
        sys.exit("the weights differ")
    print("the weights are the same, bit by bit")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as found:
            main(Path(found))
