"""The processes of the contenders, seen from the command."""

from __future__ import annotations

import json
import os
import select
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from benchmarks.contenders.entries import CONTENDERS
from benchmarks.environments import HOME, ROOT, python_of

__all__ = ["Failed", "Process"]

# None reaches out, none shows bars, and what they keep between runs is kept under .bench/ too.
_SETTINGS = {
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_OFFLINE": "1",
    "LITDATA_DISABLE_VERSION_CHECK": "1",
    "PYTHONWARNINGS": "ignore",
    "TOKENIZERS_PARALLELISM": "false",
}


class Failed(Exception):
    """A contender that could not do what it was asked; `unavailable` when it never said that it could."""

    def __init__(self, message: str, *, unavailable: bool = False) -> None:
        super().__init__(message)
        self.unavailable = unavailable


class Process:
    """One contender at work; what it prints goes to a log under `.bench/log/`."""

    def __init__(self, contender: str, workload: str, data: Path) -> None:
        self.contender = contender
        self.folder = data / workload / contender
        python = python_of(CONTENDERS[contender].environment)
        log = HOME / "log" / f"{workload}-{contender}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        self._stderr: IO[bytes] = log.open("wb")
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", contender, workload, self.folder],
            cwd=ROOT,
            env=_environment(data),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ready(self) -> str:
        """Wait until it has imported its library; its version of Python."""
        version: str = self._answer(300)
        return version

    def ask(self, task: str, *, timeout: float = 1800, **arguments: Any) -> Any:
        """Have a task done.

        Raises:
            Failed: it could not, died, or took longer than `timeout` seconds.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"task": task, **arguments}).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"died before {task}; see {self.log}") from None
        return self._answer(timeout)

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):  # it died, and what it was asked last was not read
                self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stderr.close()

    def _answer(self, timeout: float) -> Any:
        output = self._process.stdout
        assert output is not None
        if not select.select([output], [], [], timeout)[0]:
            self._process.kill()
            raise Failed(f"no answer in {timeout:.0f} s; see {self.log}")
        line = output.readline()
        if not line:
            raise Failed(f"died; see {self.log}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"][:300], unavailable=answer["unavailable"])
        return answer["result"]


def _environment(data: Path) -> dict[str, str]:
    scratch = data / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    folders = ("HF_HOME", "TMPDIR", "XDG_CACHE_HOME", "DATA_OPTIMIZER_CACHE_FOLDER")
    return {**os.environ, **_SETTINGS, **{name: str(scratch) for name in folders}}
