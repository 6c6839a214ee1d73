"""`atdata preview`: who published a dataset, what is proved of it, and its first samples, without fetching more than those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atdata.cli.commands.head import show
from atdata.cli.output import on_terminal, print_note, print_title
from atdata.cli.published_sections import proved, title_of
from atdata.cli.targets import find_target

if TYPE_CHECKING:
    from atdata.network_options import NetworkOptions

__all__ = ["run"]


def run(
    said: str,
    index: str | None,
    count: int,
    split: str | None,
    fields: list[str],
    as_json: bool,
    network: NetworkOptions,
) -> int:
    """Print what is proved of a dataset, on a terminal, and its first samples."""
    target = find_target(said, index, network)
    if on_terminal() and not as_json and target.published is not None:
        print_title(title_of(target.published))
        for about, what, _ in proved(target.published):
            print_note(f"{about}: {what}")
    return show(target, count, split, fields, as_json)
