"""The second process of a big build: texts as a JSON list on standard input, formatted ones on standard output."""

from __future__ import annotations

import json
import sys

from atdata_codegen.emit.formatting import format_text

__all__ = ["main"]


def main() -> None:
    """Format every text that standard input holds."""
    texts: list[str] = json.load(sys.stdin.buffer)
    sys.stdout.write(json.dumps([format_text(text) for text in texts]))


if __name__ == "__main__":
    main()
