"""`atdata head`: the first samples of a dataset."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from atdata.cli.output import (
    Cell,
    Row,
    Section,
    on_terminal,
    print_json,
    print_note,
    print_sections,
    print_title,
)
from atdata.cli.targets import Target, find_target
from atdata.cli.values import fields_of, json_of, line_of

if TYPE_CHECKING:
    from atdata.dataset import Dataset

__all__ = ["run", "show"]

_BATCH: Final = 64


def run(
    said: str, index: str | None, count: int, split: str | None, fields: list[str], as_json: bool
) -> int:
    """Print the first samples: a block for each on a terminal, a line for each field elsewhere."""
    return show(find_target(said, index), count, split, fields, as_json)


def show(target: Target, count: int, split: str | None, fields: list[str], as_json: bool) -> int:
    """Print the first samples of a dataset that was found."""
    name, dataset = target.read(split)
    if fields:
        dataset = dataset.select_columns(fields)
    found = _first(dataset, count)
    if as_json:
        print_json([{"key": key, "fields": json_of(fields_of(item))} for key, item in found])
        return 0
    others = [other for other in target.splits if other != name]
    if on_terminal() and others:
        print_note(f"split {name}; there is {', '.join(others)} too")
    for number, (key, sample) in enumerate(found):
        _print(key, sample, first=number == 0)
    return 0


def _first(dataset: Dataset[Any], count: int) -> Iterator[tuple[str, Any]]:
    """The first samples with their keys, read in one go."""
    for batch in dataset.take(count).ordered(batch_size=min(max(count, 1), _BATCH)):
        yield from zip(batch.keys, batch.samples(), strict=True)


def _print(key: str, sample: Any, *, first: bool) -> None:
    values = fields_of(sample)
    if not on_terminal():
        rows: list[Row] = [[name, line_of(value)] for name, value in values.items()]
        print_sections([Section(key, rows)])
        return
    if not first:
        sys.stdout.write("\n")
    print_title(key)
    lines: list[Row] = [
        [name, Cell(line_of(item), style=_style(item))] for name, item in values.items()
    ]
    print_sections([Section("", lines)])


def _style(value: object) -> str:
    return "dim" if value is None else ""
