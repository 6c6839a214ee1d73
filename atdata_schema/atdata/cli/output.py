"""The answer of a command, on standard output: for people where that is a terminal, for programs where not.

On a terminal there are columns, a few colours, and numbers with units. Otherwise there are lines of texts with a
tab between them, whole numbers, and no headings, so that `grep`, `cut` and `awk` find the same thing in the same
place. `--json` is for programs that want more.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata.cli.visible import lines_of, visible

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = [
    "Cell",
    "Column",
    "Row",
    "Section",
    "json_text",
    "on_terminal",
    "print_json",
    "print_lines",
    "print_note",
    "print_rows",
    "print_sections",
    "print_table",
    "print_title",
    "progress_wanted",
    "say",
]


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing in a line.

    Attributes:
        text: as people read it; it is made visible here.
        plain: as programs read it, where that is another text.
        style: how it looks, in words of rich.
    """

    text: str
    plain: str | int | None = None
    style: str = ""


Row = Sequence[Cell | str]
"""A line: its cells in order; a `str` is a cell without more."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        heading: what stands above it on a terminal.
        right: whether its cells end together, as numbers do.
        style: how its cells look.
        wraps: whether a cell that is too long goes on in another line; else it is cut.
        spare: what is left out first where the terminal is narrow; of several, the one with the greatest number.
    """

    heading: str
    right: bool = False
    style: str = ""
    wraps: bool = False
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """Lines that say one kind of thing, such as the splits of a dataset.

    Attributes:
        name: what they are about.
        rows: the lines.
        right: the columns, counted from 0, whose cells end together.
        apart: whether an empty line stands before it on a terminal.
        key: what begins each line for programs, where that is not the name.
    """

    name: str
    rows: Sequence[Row]
    right: tuple[int, ...] = ()
    apart: bool = False
    key: str | None = None


_NARROW: Final = 40
_GAP: Final = 2


def on_terminal() -> bool:
    """Whether the answer is read by people."""
    return sys.stdout.isatty()


def progress_wanted() -> bool:
    """Whether bars may be shown: standard error is a terminal, and `ATDATA_NO_PROGRESS` is not set."""
    return sys.stderr.isatty() and not os.environ.get("ATDATA_NO_PROGRESS")


def say(text: str) -> None:
    """Tell people something that is no part of the answer, on standard error."""
    sys.stderr.write("".join(f"{line}\n" for line in lines_of(text)))


def print_lines(text: str) -> None:
    """Print an answer that is lines of text; a document, for example."""
    sys.stdout.write("".join(f"{line}\n" for line in lines_of(text.removesuffix("\n"))))


def print_json(value: Any) -> None:
    """Print an answer as JSON."""
    sys.stdout.write(json_text(value) + "\n")


def json_text(value: Any) -> str:
    r"""JSON in which every character that a terminal might obey is escaped, as JSON escapes.

    >>> print(json_text({"é": "\x1b\x9b\u202e"}))
    {
      "é": "\u001b\u009b\u202e"
    }
    """
    text = json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def print_title(text: str, note: str = "") -> None:
    """Print what a block of lines is about, with a note behind it; on a terminal alone."""
    from rich.text import Text

    title = Text(visible(text), style="bold")
    if note:
        title.append(f"  {visible(note)}", style="not bold dim")
    _console().print(title)


def print_note(text: str) -> None:
    """Print a sentence beside the answer; on a terminal alone."""
    from rich.text import Text

    _console().print(Text(visible(text), style="dim"))


def print_table(columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Print lines of equal cells."""
    if not on_terminal():
        _print_plain(rows)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    listed = list(rows)
    chosen = _fitting(columns, listed)
    for number in chosen:
        column = columns[number]
        table.add_column(
            column.heading,
            justify="right" if column.right else "left",
            style=column.style,
            no_wrap=not column.wraps,
            overflow="fold" if column.wraps else "ellipsis",
        )
    for row in listed:
        table.add_row(*(_text(row[number]) for number in chosen))
    _console().print(table)


def _fitting(columns: Sequence[Column], rows: Sequence[Row]) -> list[int]:
    """The columns that there is room for, by their numbers; those that are not spare stay in any case."""
    chosen = list(range(len(columns)))
    widths = [
        _width(column, [row[number] for row in rows]) for number, column in enumerate(columns)
    ]
    room = _columns() + _GAP  # behind the last one there need be no gap
    while sum(widths[number] + _GAP for number in chosen) > room:
        spare = max(chosen, key=lambda number: columns[number].spare)
        if not columns[spare].spare:
            break
        chosen.remove(spare)
    return chosen


def _width(column: Column, cells: Sequence[Cell | str]) -> int:
    from rich.cells import cell_len

    texts = [cell if isinstance(cell, str) else cell.text for cell in cells]
    widest = max((cell_len(visible(text)) for text in texts), default=0)
    return max(len(column.heading), min(widest, _NARROW) if column.wraps else widest)


def print_rows(rows: Sequence[Row]) -> None:
    """Print lines whose last cell is the long one, without headings."""
    if on_terminal():
        _console().print(_grid(Section("", rows)))
    else:
        _print_plain(rows)


def print_sections(sections: Iterable[Section]) -> None:
    """Print several kinds of lines under each other, the name of each beside its first one."""
    shown = [section for section in sections if section.rows]
    if not on_terminal():
        for section in shown:
            key = section.name if section.key is None else section.key
            _print_plain([key, *row] for row in section.rows)
        return
    from rich.table import Table

    sheet = Table.grid(padding=(0, 2, 0, 0))
    sheet.add_column(style="dim", no_wrap=True)
    sheet.add_column(overflow="fold")
    for section in shown:
        if section.apart:
            sheet.add_row()
        sheet.add_row(section.name, _grid(section))
    _console().print(sheet)


def _grid(section: Section) -> RenderableType:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    width = max(map(len, section.rows))
    for number in range(width):
        justify: Any = "right" if number in section.right else "left"
        # The last column has what is longest; the others stay on their line.
        last = number == width - 1
        grid.add_column(justify=justify, overflow="fold", no_wrap=not last)
    for row in section.rows:
        grid.add_row(*map(_text, row))
    return grid


def _text(cell: Cell | str) -> RenderableType:
    from rich.text import Text

    if isinstance(cell, str):
        return Text(visible(cell))
    return Text(visible(cell.text), style=cell.style)


def _print_plain(rows: Iterable[Row]) -> None:
    for row in rows:
        sys.stdout.write("\t".join(map(_plain, row)) + "\n")


def _plain(cell: Cell | str) -> str:
    if isinstance(cell, str):
        return visible(cell)
    return visible(cell.text) if cell.plain is None else visible(str(cell.plain))


def _console() -> Console:
    from rich.console import Console

    return Console(
        file=sys.stdout,
        width=_columns(),
        highlight=False,
        markup=False,
        emoji=False,
    )


def _columns() -> int:
    return max(shutil.get_terminal_size().columns, _NARROW)
