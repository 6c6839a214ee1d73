"""Processes that end themselves at a step that the disk sees, so that each such step can be tried."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

__all__ = ["die_after", "status_of_child"]


def status_of_child(act: Callable[[], object], steps: int, *more: tuple[object, str]) -> int:
    """The exit status of a process that does something and has so many steps to live.

    Args:
        act: what it does.
        steps: how many.
        more: further calls that are steps, each by what has it and its name.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        with pytest.MonkeyPatch.context() as patch:
            die_after(steps, patch, *more)
            act()
        os._exit(0)
    finally:
        os._exit(1)


def die_after(steps: int, patch: pytest.MonkeyPatch, *more: tuple[object, str]) -> None:
    """Kill this process before a sync, a rename, a removal or the making of a folder."""
    left = itertools.count(steps, -1)

    def dying(call: Callable[..., object]) -> Callable[..., object]:
        def counted(*args: object, **options: object) -> object:
            if next(left) == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **options)

        return counted

    patch.setattr(os, "fsync", dying(os.fsync))
    for name in ("replace", "unlink", "mkdir"):
        patch.setattr(Path, name, dying(getattr(Path, name)))
    for owner, name in more:
        patch.setattr(owner, name, dying(getattr(owner, name)))
