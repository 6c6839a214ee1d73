"""How far a long run is, on standard error."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sized
from typing import TypeVar

__all__ = ["shown"]

T = TypeVar("T")


def shown(items: Iterator[T], source: object, name: str, wanted: bool) -> Generator[T, None, None]:
    """The same items; with `wanted`, a bar on standard error goes with them.

    Args:
        items: what is gone through.
        source: what it comes from, which may know how many there are.
        name: what stands before the bar.
        wanted: whether there is a bar at all.
    """
    if not wanted:
        yield from items
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
        for item in items:
            yield item
            bar.advance(task)
