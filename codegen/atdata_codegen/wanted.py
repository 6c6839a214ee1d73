"""`[[tool.atdata-gen.targets]]`: what is made besides the Python package, and where it goes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

__all__ = ["Wanted", "wanted_mistake", "wanted_of"]

_SHAPE: Final = 'targets = [{ target = "markdown", output = "docs/lexicons" }]'


@dataclass(frozen=True, slots=True)
class Wanted:
    """One target that a project wants.

    Attributes:
        target: its name.
        output: the folder that its files go into, absolute.
        options: what else the table says; it is the target's to read.
    """

    target: str
    output: Path
    options: Mapping[str, object] = field(default_factory=dict[str, object])


def wanted_of(value: object, root: Path) -> tuple[Wanted, ...]:
    """The targets of a list without mistakes; `None` is an empty one.

    Args:
        value: what the configuration says.
        root: what folders are relative to.
    """
    tables = cast("list[dict[str, object]]", value or [])
    return tuple(
        Wanted(
            str(table["target"]),
            Path(os.path.normpath(root / str(table["output"]))),
            {key: item for key, item in table.items() if key not in ("target", "output")},
        )
        for table in tables
    )


def wanted_mistake(value: object) -> tuple[str, str | None] | None:
    """What is wrong with the list, and the remedy; `None` where nothing is.

    >>> wanted_mistake([{"target": "markdown"}])[0]
    'a target needs `output`, the folder that its files go into'
    """
    if not isinstance(value, list):
        return "`targets` is a list of tables", _SHAPE
    folders: list[str] = []
    for table in cast("list[object]", value):
        if not isinstance(table, dict):
            return "`targets` is a list of tables", _SHAPE
        item = cast("dict[str, object]", table)
        if not isinstance(item.get("target"), str):
            return "a target needs `target`, its name", _SHAPE
        output = item.get("output")
        if not isinstance(output, str) or not output:
            return "a target needs `output`, the folder that its files go into", _SHAPE
        folder = os.path.normpath(output)
        if folder in folders:
            return f"two targets go into {output!r}", "give each a folder of its own"
        folders.append(folder)
    return None
