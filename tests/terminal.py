"""Runs the `atdata` command as people and as programs do: in a terminal, and through pipes."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryFile

from atdata.cli import main
from conftest import ROOT, SOURCE_ROOTS
from forked import forked_command

__all__ = ["Done", "Shop", "answer", "settled"]

_TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?Z)?)?")
_PATIENCE = 120  # seconds
_PAUSE = 5  # seconds
_OF_THE_INTERPRETER = {"PYTHONUTF8", "PYTHONIOENCODING"}
"""Variables that are read when an interpreter starts, and never again."""


@dataclass(frozen=True)
class Done:
    """What a command printed, and how it ended."""

    out: str
    err: str
    status: int


@dataclass(frozen=True)
class Shop:
    """A folder to work in, with a home of its own: no setting of whoever runs the tests has a say.

    Attributes:
        folder: the folder.
        is_new: every command is run by a new interpreter, which takes most of a second.
    """

    folder: Path
    is_new: bool = False

    def environment(self, **more: str) -> dict[str, str]:
        ours = ("ATDATA", "PYTHON", "PYTEST", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM")
        plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {
            **plain,
            "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in SOURCE_ROOTS),
            "PYTHONUTF8": "1",
            "ATDATA_HOME": str(self.folder / "home"),
            "ATDATA_CACHE": str(self.folder / "cache"),
            "ATDATA_NO_PROGRESS": "1",
            "TERM": "xterm-256color",
            **more,
        }

    def run(self, *arguments: str, given: str = "", **more: str) -> Done:
        """The command without a terminal, in a new interpreter where it makes a difference."""
        environment = self.environment(**more)
        if self.is_new or more.keys() & _OF_THE_INTERPRETER:
            return self._run_anew(arguments, given, environment)
        return answer(arguments, self.folder, environment, given)

    def _run_anew(self, arguments: Sequence[str], given: str, environment: dict[str, str]) -> Done:
        """In a new interpreter, and in pipes."""
        done = subprocess.run(
            _command(arguments),
            cwd=self.folder,
            env=environment,
            input=given.encode(),
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        )
        # Bytes, so that no line end is changed on the way.
        return Done(done.stdout.decode(), done.stderr.decode(), done.returncode)

    def call(self, *arguments: str) -> Done:
        """The command as `run`, but in this process, which takes a twentieth of the time."""
        out, err = io.StringIO(), io.StringIO()
        kept = dict(os.environ), Path.cwd()
        os.environ.clear()
        os.environ.update(self.environment())
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = main(arguments)
        finally:
            os.environ.clear()
            os.environ.update(kept[0])
            os.chdir(kept[1])
        return Done(out.getvalue(), err.getvalue(), status)

    def show(
        self,
        *arguments: str,
        columns: int = 100,
        given: str = "",
        question: str = "[y/N]",
        **more: str,
    ) -> Done:
        """The command in a terminal; what it says and what it answers come in one stream.

        `given` is typed when the question is seen.
        """
        main, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        environment = self.environment(**more)
        process = self._started(arguments, environment, terminal)
        os.close(terminal)
        try:
            found = _conversation(main, given.encode(), question.encode())
        except BaseException:
            process.kill()
            raise
        finally:
            os.close(main)
        status = _ended(process)
        return Done(found.decode().replace("\r\n", "\n"), "", status)

    def _started(
        self, arguments: Sequence[str], environment: dict[str, str], terminal: int
    ) -> subprocess.Popen[bytes] | ForkServerProcess:
        if not self.is_new:
            streams = terminal, terminal, terminal
            return forked_command(arguments, self.folder, environment, streams, in_terminal=True)
        return subprocess.Popen(
            _command(arguments),
            cwd=self.folder,
            env=environment,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            preexec_fn=_own_terminal,  # so that Ctrl-C is what it is
        )


def answer(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], given: str = ""
) -> Done:
    """The command in a forked process that has no terminal."""
    with TemporaryFile() as typed, TemporaryFile() as out, TemporaryFile() as err:
        typed.write(given.encode())
        typed.seek(0)
        streams = typed.fileno(), out.fileno(), err.fileno()
        status = _ended(forked_command(arguments, folder, environment, streams))
        out.seek(0)
        err.seek(0)
        return Done(out.read().decode(), err.read().decode(), status)


def _ended(process: subprocess.Popen[bytes] | ForkServerProcess) -> int:
    """The status with which a process ends.

    Raises:
        TimeoutError: it does not.
    """
    if isinstance(process, subprocess.Popen):
        return process.wait(_PATIENCE)
    process.join(_PATIENCE)
    status = process.exitcode
    if status is None:
        process.kill()
        raise TimeoutError(f"{process.name} runs on after {_PATIENCE} s")
    process.close()
    return status


def _conversation(terminal: int, given: bytes, question: bytes) -> bytearray:
    """What is seen in a terminal to the end, where a question is answered.

    Raises:
        TimeoutError: nobody says anything, nor ends.
    """
    found, silent = bytearray(), 0
    while silent < _PATIENCE:
        asked = bool(given) and question in found
        if not select.select([terminal], [], [], _PAUSE)[0]:
            silent += _PAUSE
            if asked:  # what was typed while the terminal was set up for the answer may be lost
                os.write(terminal, given)
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody writes any more
            return found
        if not piece:
            return found
        found, silent = found + piece, 0
        if not asked and given and question in found:
            os.write(terminal, given)
    raise TimeoutError(f"nothing more in {_PATIENCE} s after {bytes(found[-200:])!r}")


def _own_terminal() -> None:
    signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # a shell ignores it for what it runs in the background
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "atdata.cli", *arguments]


def settled(text: str, places: Mapping[str, str]) -> str:
    """A text without what differs from run to run, each thing as long as it was; escapes can be read.

    Args:
        text: what was printed.
        places: what stands for some paths.
    """
    for path, name in places.items():
        text = text.replace(path, name.ljust(len(path), "-"))
    text = _TIME.sub(lambda found: "T" * len(found[0]), text)
    return text.replace("\x1b", "\\e")
