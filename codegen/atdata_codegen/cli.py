"""`atdata-gen`: which command is asked for, and how it ends.

Errors end with 1, warnings with 0 unless `--strict` is given, and wrong usage with 2. A command's module is
imported when the command runs, so that `--help` and an unchanged build start fast.
"""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "build": "compile the lexicons and lenses into the package",
    "check": "say whether the package is up to date, and how it differs",
    "lint": "say what is wrong or doubtful in the lexicons and lenses",
    "breaking": "say what a change of the lexicons breaks, and what would mend it",
    "explain": "say what a rule is about",
    "new": "begin a lexicon",
    "install": "bring lexicons of others into the project, pinned in lexicons.json",
    "package": "make an installable project of a folder of lexicons",
    "fmt": "write lexicons and lenses in one form",
    "from-python": "make a lexicon from a @packable class",
    "lens": "check, show, derive and connect lenses",
}
"""The commands of the compiler itself."""

_REMOTE = {
    "pull": "fetch lexicons of others",
    "publish": "publish lexicons under your own name",
    "unpublish": "take lexicons away that you published",
    "status": "compare lexicons with what is published",
    "diff": "show how lexicons differ from what is published",
    "check-dns": "check that the domains of lexicons name your account",
}
"""Commands that the runtime brings, where it is installed with `atmosphere`."""


_COLLECT = (100_000, 20, 100)
"""When Python looks for circles of garbage: a command makes many objects that stay, and few circles (black's trees)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments; those of the process if not given.

    Returns:
        The exit status.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    _tolerate(sys.stdout)
    _tolerate(sys.stderr)
    thresholds = gc.get_threshold()
    gc.set_threshold(*_COLLECT)
    try:
        return _dispatch(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        gc.set_threshold(*thresholds)


def _tolerate(stream: object) -> None:
    """Escape what the terminal's encoding does not have, instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def _dispatch(arguments: list[str]) -> int:
    if not arguments:
        sys.stderr.write(_help())
        return 2
    name, *rest = arguments
    if name in ("-h", "--help", "help"):
        sys.stdout.write(_help())
        return 0
    if name == "--version":
        from importlib.metadata import version

        sys.stdout.write(f"atdata-gen {version('atdata')}\n")
        return 0
    if name in COMMANDS:
        module = importlib.import_module(f"atdata_codegen.commands.{name.replace('-', '_')}")
        return int(module.run(rest))
    from atdata_codegen.commands.extra import run_extra

    status = run_extra(name, rest)
    if status is None:
        sys.stderr.write(_unknown(name))
        return 2
    return status


def _unknown(name: str) -> str:
    from atdata_codegen.excerpt import printable

    if name in _REMOTE:
        extra = "pip install 'atdata[atmosphere]'"
        return f"atdata-gen {name} needs an optional part of atdata: {extra}\n"
    import difflib

    near = difflib.get_close_matches(name, [*COMMANDS, *_REMOTE], 1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(COMMANDS)}"
    return f"atdata-gen has no command '{printable(name)}': {hint}\n"


def _help() -> str:
    width = max(map(len, COMMANDS)) + 2
    lines = ["usage: atdata-gen COMMAND [options]", "", "commands:"]
    lines += [f"  {name:<{width}}{text}" for name, text in COMMANDS.items()]
    lines += ["", "with atdata[atmosphere]:"]
    lines += [f"  {name:<{width}}{text}" for name, text in _REMOTE.items()]
    lines += ["", "options:", f"  {'--version':<{width}}print the version", ""]
    lines += ["`atdata-gen COMMAND --help` tells the options of a command.", ""]
    return "\n".join(lines)
