"""Print a lexicon, each line behind a margin."""

from __future__ import annotations

import sys
from pathlib import Path

for line in Path(sys.argv[1]).read_text("utf-8").splitlines():
    print(f"   | {line}")
