"""What the commands about lexicons have in common: the project, the account, and questions."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atdata.atmosphere.lexicons.fetching import Network
from atdata.atmosphere.lexicons.project import Lexicons, read_lexicons
from atdata.cli.misuse import Misuse
from atdata.cli.output import say
from atdata_codegen.project import Options, ProjectError, load_project
from atdata_codegen.source.installed import Installed
from atdata_schema.schema import TYPES

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere

__all__ = [
    "account",
    "agreed",
    "command",
    "installed",
    "lexicons_of",
    "network",
    "parser",
]

_MISUSE: Final = 2

Command = Callable[[list[str]], int]


def command(run: Command) -> Command:
    """A command whose wrong configuration and unanswered questions end with 2."""

    @wraps(run)
    def wrapped(argv: list[str]) -> int:
        try:
            return run(argv)
        except (ProjectError, Misuse) as error:
            say(str(error))
            return _MISUSE

    return wrapped


def parser(name: str, description: str, *, acts: bool = False) -> argparse.ArgumentParser:
    """A parser with the options that all have.

    Args:
        name: of the command.
        description: one sentence.
        acts: whether it changes what is published.
    """
    made = argparse.ArgumentParser(
        f"atdata-gen {name}", description=description, allow_abbrev=False
    )
    made.add_argument("--json", action="store_true", help="print one JSON object")
    what = "a folder of lexicons, instead of [tool.atdata-gen] in pyproject.toml; repeatable"
    made.add_argument("--lexicons", action="append", metavar="DIR", help=what)
    if acts:
        made.add_argument("--yes", action="store_true", help="do not ask")
        made.add_argument("--dry-run", action="store_true", help="show what would be done")
        made.add_argument(
            "--handle", help="which of the accounts that are logged in; the last one without it"
        )
    return made


def lexicons_of(arguments: argparse.Namespace) -> Lexicons:
    """The lexicons of the project of the current folder, options first.

    Raises:
        ProjectError: nothing says where they are.
        LoadError: they cannot be read.
    """
    here = Path.cwd()
    try:
        project = load_project(here, Options(tuple(arguments.lexicons or ())))
    except ProjectError:
        if arguments.lexicons or not (here / "lexicons").is_dir():
            raise
        return read_lexicons([here / "lexicons"], here)
    return read_lexicons(project.lexicons, project.root)


def installed(nsid: str) -> Mapping[str, Any] | None:
    """The lexicon that an installed package has compiled; the kernel has the field types."""
    if nsid == TYPES.id:
        return TYPES.document
    found = _installed().find(nsid)
    return None if found is None else found.document


@cache
def _installed() -> Installed:
    return Installed(None)


def network() -> Network:
    """The network, for a reader."""
    from atdata.atmosphere.atmosphere import Atmosphere

    return Network(Atmosphere())


def account(arguments: argparse.Namespace) -> Atmosphere:
    """The account that is logged in.

    Raises:
        AuthenticationError: nobody is.
    """
    from atdata.atmosphere.atmosphere import Atmosphere

    return Atmosphere.kept(arguments.handle)


def agreed(lines: Sequence[str], question: str, *, yes: bool) -> bool:
    """Whether the user agrees to what is shown.

    Raises:
        Misuse: nobody is there to be asked.
    """
    say("\n".join(lines))
    if yes:
        return True
    if not sys.stdin.isatty():
        raise Misuse("nobody can be asked here: give --yes to do it, --dry-run to look")
    import typer

    return typer.confirm(question, err=True)
