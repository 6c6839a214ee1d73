"""`atdata doctor`: whether everything is there that atdata needs."""

from __future__ import annotations

from dataclasses import asdict
from itertools import chain

from atdata.cli.health.check import Check
from atdata.cli.health.folders import folder_checks
from atdata.cli.health.program import program_checks
from atdata.cli.health.servers import server_checks
from atdata.cli.output import Cell, Row, on_terminal, print_json, print_rows

__all__ = ["run"]

_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


def run(index: str | None, as_json: bool) -> int:
    """Look at everything; 1 where something does not work."""
    checks = list(chain(program_checks(), folder_checks(), server_checks(index)))
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        print_rows([row for check in checks for row in _rows(check)])
    return 1 if any(check.state == "fail" for check in checks) else 0


def _rows(check: Check) -> list[Row]:
    if not on_terminal():
        return [[check.state, check.name, check.found, check.remedy]]
    mark, style = _MARKS[check.state]
    rows: list[Row] = [[Cell(mark, style=style), Cell(check.name, style="bold"), check.found]]
    if check.remedy:
        rows.append(["", "", Cell(check.remedy, style="dim" if check.state == "ok" else style)])
    return rows
