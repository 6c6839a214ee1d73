"""A contender in a process of its own, which does what the command asks line by line.

A request is a line of JSON with the name of a task and its arguments; the answer is a line with `result` or
`error`. The processes of all contenders live side by side, each asleep until it is its turn.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from typing import IO, Any

from benchmarks.contenders.contender import Contender, Unavailable
from benchmarks.contenders.entries import CONTENDERS
from benchmarks.tasks import TASKS
from benchmarks.workloads import WORKLOADS

__all__ = ["main"]


def main() -> None:
    """Serve requests until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("contender")
    parser.add_argument("workload")
    parser.add_argument("folder")
    options = parser.parse_args()
    answers = _own_output()
    try:
        contender = _loaded(options.contender, options.workload, options.folder)
    except Exception as error:
        _say(answers, _failure(error))
        return
    _say(answers, {"result": sys.version.split()[0]})
    for request in _requests():
        try:
            result = TASKS[request.pop("task")](contender, **request)
        except Exception as error:
            _say(answers, _failure(error))
        else:
            _say(answers, {"result": result})


def _loaded(name: str, workload: str, folder: str) -> Contender:
    module, _, cls = CONTENDERS[name].place.partition(":")
    found = getattr(importlib.import_module(f"benchmarks.contenders.{module}"), cls)
    made: Contender = found(WORKLOADS[workload], folder)
    return made


def _own_output() -> IO[str]:
    """Standard output for the answers alone: what a library prints goes to standard error, the log."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return answers


def _requests() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        yield request


def _say(answers: IO[str], answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")


def _failure(error: Exception) -> dict[str, Any]:
    traceback.print_exc()
    known = isinstance(error, Unavailable)
    return {
        "error": str(error) if known else f"{type(error).__name__}: {error}",
        "unavailable": known,
    }


if __name__ == "__main__":
    main()
