"""Commands that other packages bring: the entry point group `atdata_gen.commands`.

An entry point is named as its command is typed, with a dot for a space: `publish`, `lens.store`. It names a
function that takes the arguments and returns the exit status. A command of the compiler itself is never
replaced, and a name that two packages claim belongs to neither.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from atdata_codegen.excerpt import printable

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "names_below", "run_extra"]

GROUP = "atdata_gen.commands"

Command = Callable[[list[str]], object]


def names_below(name: str) -> list[str]:
    """The last words of all commands that are installed below a command, sorted."""
    from importlib.metadata import entry_points

    found = {point.name for point in entry_points(group=GROUP)}
    return sorted(each.removeprefix(f"{name}.") for each in found if each.startswith(f"{name}."))


def run_extra(name: str, rest: list[str]) -> int | None:
    """Run a command that another package brings.

    Args:
        name: the name of its entry point.
        rest: its arguments.

    Returns:
        Its exit status, 2 where it cannot be run, or None where no package has it.
    """
    from importlib.metadata import entry_points

    points = {point.value: point for point in entry_points(group=GROUP, name=name)}
    if not points:
        return None
    typed = printable(f"atdata-gen {name.replace('.', ' ')}")
    if len(points) > 1:
        claims = ", ".join(_claim(point) for _, point in sorted(points.items()))
        return _refuse(f"{typed} is claimed by several packages: {claims}; uninstall all but one")
    (point,) = points.values()
    command = _load(point, typed)
    return 2 if command is None else _run(command, rest, typed)


def _claim(point: EntryPoint) -> str:
    owner = point.dist.name if point.dist is not None else "an unknown package"
    return f"{owner} ({point.value})"


def _load(point: EntryPoint, typed: str) -> Command | None:
    try:
        command = point.load()
    except ImportError as error:  # a missing extra says which
        _refuse(f"{typed} cannot start: {error}")
        return None
    except Exception as error:  # whatever a foreign package does is its fault, and said so
        _refuse(f"{typed} cannot start: {_claim(point)}: {type(error).__name__}: {error}")
        return None
    if not callable(command):
        _refuse(f"{typed} cannot start: {_claim(point)} is no function")
        return None
    return cast("Command", command)


def _run(command: Command, rest: list[str], typed: str) -> int:
    from atdata_schema.errors import AtdataError, MissingExtra

    try:
        status = command(rest)
    except MissingExtra as error:
        return _refuse(f"{typed} cannot start: {error}")
    except AtdataError as error:
        sys.stderr.write(f"{typed}: {printable(str(error))}\n")
        return 1
    return status if isinstance(status, int) else 0


def _refuse(message: str) -> int:
    sys.stderr.write(f"{printable(message)}\n")
    return 2
