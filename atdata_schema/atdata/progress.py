"""How far a long run is, on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import Final, TypeVar

__all__ = ["counted_bytes", "shown"]

T = TypeVar("T")
_STEP: Final = 64  # items between two movements of the bar


@contextmanager
def shown(items: Iterator[T], source: object, name: str, wanted: bool) -> Iterator[Iterator[T]]:
    """The same items; with `wanted`, a bar on standard error goes with them until the block is left.

    Args:
        items: what is gone through.
        source: what it comes from, which may know how many there are.
        name: what stands before the bar.
        wanted: whether there is a bar at all.
    """
    if not wanted:
        yield items
        return
    # Imported where it is needed: most runs show nothing.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=len(source) if isinstance(source, Sized) else None)

        def counted() -> Iterator[T]:
            number = 0
            for number, item in enumerate(items, start=1):
                yield item
                if number % _STEP == 0:
                    bar.update(task, completed=number)
            bar.update(task, completed=number)

        yield counted()


@contextmanager
def counted_bytes(total: int | None, name: str, wanted: bool) -> Iterator[Callable[[int], None]]:
    """A function that takes numbers of bytes; with `wanted`, a bar on standard error shows their sum.

    Threads may share the function.

    Args:
        total: how many bytes there will be, where that is known.
        name: what stands before the bar.
        wanted: whether there is a bar at all.
    """
    if not wanted:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=total)
        yield lambda count: bar.advance(task, count)
