"""Doing something as a user whom file permissions bind, which root is not."""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NOBODY = 65534


def as_nobody(work: Callable[[], Any]) -> Any:
    """What a function returns, or raises, in a process of a user without rights."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(_NOBODY)
                os.setuid(_NOBODY)
            answer = (True, work())
        except BaseException as error:
            answer = (False, error)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(pickle.dumps(answer))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        succeeded, answer = pickle.loads(pipe.read())
    os.waitpid(pid, 0)
    if not succeeded:
        raise answer
    return answer


@contextmanager
def open_folder() -> Generator[Path]:
    """A folder that every user may look into and write; pytest's own belong to one user."""
    folder = Path(tempfile.mkdtemp(prefix="atdata-open-"))
    folder.chmod(0o777)
    try:
        yield folder
    finally:
        folder.chmod(0o777)
        shutil.rmtree(folder)
