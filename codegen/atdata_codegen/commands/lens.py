"""`atdata-gen lens`: commands about lenses."""

from __future__ import annotations

import importlib
import sys

__all__ = ["SUBCOMMANDS", "run"]

SUBCOMMANDS = {
    "check": "say what is wrong or doubtful in lenses, and what holds for them",
    "fmt": "write lenses in one form",
    "show": "print a lens with the types along its pipes and its laws",
    "derive": "write a lens between two types, to be reviewed",
    "path": "find the best way between two types",
    "stubs": "print what is missing of the code of externs",
}
"""Its commands; others come from the entry point group `atdata_gen.commands`, as `lens.NAME`."""


def run(argv: list[str]) -> int:
    """Run the command."""
    if not argv:
        sys.stderr.write(_help())
        return 2
    name, *rest = argv
    if name in ("-h", "--help", "help"):
        sys.stdout.write(_help())
        return 0
    if name in SUBCOMMANDS:
        module = importlib.import_module(f"atdata_codegen.commands.lens_{name}")
        return int(module.run(rest))
    from atdata_codegen.commands.extra import run_extra

    status = run_extra(f"lens.{name}", rest)
    if status is None:
        sys.stderr.write(_unknown(name))
        return 2
    return status


def _unknown(name: str) -> str:
    import difflib

    from atdata_codegen.excerpt import printable

    near = difflib.get_close_matches(name, SUBCOMMANDS, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(SUBCOMMANDS)}"
    return f"atdata-gen lens has no command '{printable(name)}': {hint}\n"


def _help() -> str:
    from atdata_codegen.commands.extra import names_below

    width = max(map(len, SUBCOMMANDS)) + 2
    lines = ["usage: atdata-gen lens COMMAND [options]", "", "commands:"]
    lines += [f"  {name:<{width}}{text}" for name, text in SUBCOMMANDS.items()]
    installed = [name for name in names_below("lens") if name not in SUBCOMMANDS]
    if installed:
        lines += ["", "of installed packages:", *(f"  {name}" for name in installed)]
    lines += ["", "`atdata-gen lens COMMAND --help` tells the options of a command.", ""]
    return "\n".join(lines)
