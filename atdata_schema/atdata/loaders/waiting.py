"""Workers of an epoch that came to its end, which wait for the next one."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Generic, Protocol, TypeVar

__all__ = ["Ending", "Waiting"]


class Ending(Protocol):
    """Workers, which are to be ended."""

    def end(self) -> None:
        """End them."""
        ...


C = TypeVar("C", bound=Ending)


class Waiting(Generic[C]):
    """The workers that a loader has between epochs; they end with it.

    Whoever begins an epoch takes them, so that no two loops share any.

    Args:
        owner: the loader.
    """

    def __init__(self, owner: object) -> None:
        self._crews: list[tuple[int, C]] = []  # with the process that started them
        # The program ends them itself where it ends.
        weakref.finalize(owner, self.end).atexit = False

    def take(self) -> C | None:
        """Those that wait, if any of this process do."""
        while self._crews:
            process, crew = self._crews.pop()
            if process == os.getpid():
                return crew
            _parents.append(crew)
        return None

    @contextmanager
    def after(self, crew: C, *, stays: bool) -> Iterator[None]:
        """Have workers wait behind an epoch, which is the block; one that is left ends them.

        Args:
            crew: the workers.
            stays: whether another epoch may have them.
        """
        try:
            yield
        except BaseException:
            crew.end()
            raise
        if stays:
            self._keep(crew)
        else:
            crew.end()

    def _keep(self, crew: C) -> None:
        """Have some wait; one crew does at most."""
        before = self.take()
        self._crews.append((os.getpid(), crew))
        if before is not None:
            before.end()

    def end(self) -> None:
        """End those that wait."""
        found = self.take()
        if found is not None:
            found.end()


_parents: Final[list[Ending]] = []
"""Workers of a process that this one was forked off: to let go of them here might end them there."""
