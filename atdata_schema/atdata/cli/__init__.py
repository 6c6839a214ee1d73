"""The `atdata` command: datasets, their types and the Index, from a terminal.

main       the entry point
app        the commands and their options
ending     exit statuses and messages
output     tables for people, lines and JSON for programs
targets    a path, a name of the Index or a URL becomes a dataset
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the `atdata` command.

    Args:
        argv: the arguments; those of the process if not given.

    Returns:
        The exit status.
    """
    try:
        # Imported here, so that Ctrl-C while modules load is quiet too.
        from atdata.cli.app import command
        from atdata.cli.ending import run

        return run(command(), sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return 130
