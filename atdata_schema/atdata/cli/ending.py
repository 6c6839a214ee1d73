"""How a command ends: with an answer, with one line about what is wrong, or quietly.

0: done. 1: something is wrong, or the answer is no (a shard differs, a change breaks). 2: the command was not
understood. 130: Ctrl-C.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any, Final

from atdata.cli.misuse import Misuse
from atdata.cli.output import say
from atdata.errors import AtdataError

__all__ = ["run"]

_DONE: Final = 0
_WRONG: Final = 1
_MISUSED: Final = 2
_INTERRUPTED: Final = 130
_PROGRAM: Final = "atdata"


def run(command: Any, arguments: Sequence[str]) -> int:
    """Run a command.

    Args:
        command: the command, as typer makes it.
        arguments: what stands behind the program's name.

    Returns:
        The exit status.
    """
    for stream in (sys.stdout, sys.stderr):
        _tolerate(stream)
    warnings.showwarning = _warned
    try:
        status = _called(command, arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader has seen enough
        _silence(sys.stdout)
        return _WRONG
    except KeyboardInterrupt:
        _silence(sys.stdout)
        return _INTERRUPTED
    except Misuse as error:
        return _told(str(error), error, _MISUSED)
    except AtdataError as error:
        return _told(str(error), error)
    except OSError as error:
        return _told(_os_text(error), error)
    except (Exception, RecursionError) as error:
        message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        hint = "this is a fault of atdata's; ATDATA_DEBUG=1 shows where it lies"
        return _told(f"{message}\n({hint})", error)


def _called(command: Any, arguments: Sequence[str]) -> int:
    import typer

    # Typer once took these from click, and has some of its own now.
    wrong: tuple[Any, ...] = typer.BadParameter.__mro__[1:3]
    try:
        status: object = command.main(list(arguments), _PROGRAM, standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.Exit as ended:
        return ended.exit_code
    except wrong[1] as error:
        if not isinstance(error, wrong[0]):
            return _told(error.format_message(), error)
        return _not_understood(error)
    return status if isinstance(status, int) else _DONE


def _not_understood(error: Any) -> int:
    context, message = getattr(error, "ctx", None), error.format_message()
    if context is None:
        return _told(message, error, _MISUSED)
    usage = context.get_usage()
    if message.startswith(usage):  # nothing was typed behind the name: the message is the help
        say(message)
        return _MISUSED
    say(usage)
    hint = f"`{context.command_path} --help` says what there is"
    return _told(f"{message}\n({hint})", error, _MISUSED)


def _told(message: str, error: BaseException, status: int = _WRONG) -> int:
    """Say what is wrong, in one line where it is one; with `ATDATA_DEBUG`, where it came from."""
    if os.environ.get("ATDATA_DEBUG"):
        import traceback

        traceback.print_exception(error)
    say(f"{_PROGRAM}: {message}")
    try:
        sys.stdout.flush()
    except OSError:  # a full disk, which Python would meet again when it exits
        _silence(sys.stdout)
    return status


def _os_text(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    return reason if error.filename is None else f"{error.filename}: {reason}"


def _warned(message: Warning | str, *_: object, **__: object) -> None:
    say(f"{_PROGRAM}: warning: {message}")


def _tolerate(stream: object) -> None:
    """Escape what the terminal's encoding does not have, instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def _silence(stream: Any) -> None:
    """Keep Python from writing what is left when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
