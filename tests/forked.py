"""Processes of their own that start at once: forked off one that has loaded our modules, and nothing of this test run.

A new interpreter takes half a second of the processor to import them.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.pool import Pool
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["forked_command", "forked_pool"]

_ROOT = Path(__file__).resolve().parent.parent
_PATHS = [str(_ROOT / name) for name in ("atdata_schema", "codegen", "generated", "tests")]


def forked_pool(count: int) -> Pool:
    """A pool of processes with the environment that this one has now."""
    return _context().Pool(count, _take_environment, (dict(os.environ),))


def forked_command(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    streams: tuple[int, int, int],
    *,
    in_terminal: bool = False,
) -> ForkServerProcess:
    """The `atdata` command, as it would be started anew; it has begun.

    Args:
        arguments: its arguments.
        folder: where it works.
        environment: all of its environment.
        streams: the descriptors that it reads from, answers to, and says everything else to.
        in_terminal: they are a terminal, and it becomes the command's own.
    """
    given = (list(arguments), str(folder), dict(environment), [_Stream(each) for each in streams])
    process = _context().Process(target=_command, args=(*given, in_terminal))
    process.start()
    return process


def _context() -> ForkServerContext:
    """The server that forks runs, and finds our modules where this process has them."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["warm_modules"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(_PATHS)
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
    return context


class _Stream:
    """A descriptor that is sent to a process that starts."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (DupFd(self._descriptor),)


def _received(sent: Any) -> int:
    descriptor: int = sent.detach()
    return descriptor


def _take_environment(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


def _command(
    arguments: list[str],
    folder: str,
    environment: Mapping[str, str],
    streams: list[int],
    in_terminal: bool,
) -> NoReturn:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    if in_terminal:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _take_environment(environment)
    os.chdir(folder)
    sys.argv = ["atdata", *arguments]
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = _writing(1, "strict", at_once=in_terminal)
    sys.stderr = _writing(2, "backslashreplace", at_once=True)
    import atdata.cli

    assert atdata.cli.__file__.startswith(str(_ROOT)), "another atdata is installed, and was loaded"
    sys.exit(atdata.cli.main(arguments))


def _writing(descriptor: int, errors: str, *, at_once: bool) -> Any:
    buffering = 1 if at_once else -1
    return os.fdopen(descriptor, "w", buffering, "utf-8", errors, closefd=False)
