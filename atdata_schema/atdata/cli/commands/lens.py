"""`atdata lens`: the lenses that an Index keeps."""

from __future__ import annotations

from typing import Any

from atdata.cli.catalogue import index_of
from atdata.cli.figures import day_of
from atdata.cli.output import (
    Cell,
    Column,
    Row,
    on_terminal,
    print_json,
    print_lines,
    print_table,
    say,
)

__all__ = ["ls", "show"]

_LISTED = (
    Column("LENS", style="bold"),
    Column("FROM"),
    Column("TO"),
    Column("CREATED", style="dim"),
    Column("CID", style="dim", spare=1),
)


def ls(source: str | None, view: str | None, index: str | None, as_json: bool) -> int:
    """List the lenses of an Index, or those between types."""
    catalogue = index_of(index)
    stored = catalogue.lenses(source=source, view=view)
    if as_json:
        print_json(
            [
                {
                    "name": lens.name,
                    "source": _ref(lens.source),
                    "view": _ref(lens.view),
                    "cid": lens.cid,
                    "created": lens.created,
                }
                for lens in stored
            ]
        )
        return 0
    if not stored and on_terminal():
        say(f"{catalogue.url}: there is no such lens")
    rows: list[Row] = [
        [
            lens.name,
            _name(lens.source),
            _name(lens.view),
            Cell(day_of(lens.created), plain=lens.created),
            lens.cid,
        ]
        for lens in stored
    ]
    if rows:
        print_table(_LISTED, rows)
    return 0


def show(reference: str, index: str | None, as_json: bool) -> int:
    """Print a lens with the types along its pipes and the laws of each clause; or its record."""
    from atdata.index.lenses import find_lens, lens_of
    from atdata_schema.lenses import show as shown

    stored = find_lens(index_of(index).provider, reference)
    # What is wrong with it is said in either form: a record that does not hold is not handed on.
    lens = lens_of(stored)
    if as_json:
        print_json(dict(stored.record))
    else:
        print_lines(shown(lens))
    return 0


def _ref(schema: Any) -> dict[str, Any]:
    return {"id": schema.get("id"), "cid": schema.get("cid")}


def _name(schema: Any) -> str:
    return str(schema.get("id", "-")).removesuffix("#main")
