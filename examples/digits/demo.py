"""The whole road on real data, step by step: lexicon, compiled type, shards, batches, a trained classifier.

    python examples/digits/demo.py

Each step is a command that is printed before it runs, so that it can be repeated by hand.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUT = "demo-output"
STEPS = (
    (
        "A sample type is declared in lexicon JSON",
        [sys.executable, "examples/digits/show.py", "examples/lexicons/org/example/digit.json"],
    ),
    (
        "atdata-gen compiles it to a typed package",
        [
            *(sys.executable, "-m", "atdata_codegen", "build", "--lexicons", "examples/lexicons"),
            *("--output", OUT, "--package", "digit_types"),
        ],
    ),
    (
        "The digits and photographs of scikit-learn become shards",
        [sys.executable, "examples/digits/write.py", OUT],
    ),
    (
        "A small classifier learns from shuffled, typed batches",
        [sys.executable, "examples/digits/train.py", OUT],
    ),
    (
        "A contact sheet of the held-out digits, and the photographs, read back",
        [sys.executable, "examples/digits/sheet.py", OUT],
    ),
)


def main() -> None:
    """Run every step; the first that fails ends the demo with its exit code."""
    os.chdir(ROOT)
    paths = [str(ROOT / OUT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    for number, (title, command) in enumerate(STEPS, start=1):
        shown = ["python" if word == sys.executable else word for word in command]
        print(f"\n{number}. {title}\n   $ PYTHONPATH={OUT} {shlex.join(shown)}\n", flush=True)
        result = subprocess.run(command, env=environment, check=False)
        if result.returncode:
            sys.exit(result.returncode)


if __name__ == "__main__":
    main()
