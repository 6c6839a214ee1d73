"""Facts and judgements as rows, and back."""

from __future__ import annotations

from collections.abc import Iterable

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.incremental.facts import Facts
from atdata_codegen.incremental.judging import Judged
from atdata_codegen.incremental.rows import (
    diagnostic_of,
    diagnostic_row,
    list_of,
    mapping_of,
    text_of,
)
from atdata_codegen.incremental.surroundings import Trace
from atdata_schema.lexicon.checks_cycles import Need
from atdata_schema.lexicon.nodes import Pointer

__all__ = ["facts_from", "facts_row", "judged_from", "judged_row"]


def facts_row(facts: Facts) -> list[object]:
    """The row of facts."""
    needs = {full: [_need_row(need) for need in needed] for full, needed in facts.needs.items()}
    return [
        facts.id,
        facts.digest,
        list(facts.references),
        needs,
        _rows(facts.misread),
        _rows(facts.found),
    ]


def facts_from(path: str, row: list[object]) -> Facts:
    """The facts of a row.

    Raises:
        ValueError: it is none.
    """
    nsid, digest, references, needs, misread, found = row
    return Facts(
        None if nsid is None else text_of(nsid),
        text_of(digest),
        tuple(list_of(references, str)),
        {
            full: tuple(map(_need_of, list_of(needed, list)))
            for full, needed in mapping_of(needs, list).items()
        },
        _diagnostics(path, misread),
        _diagnostics(path, found),
    )


def judged_row(judged: Judged) -> list[object]:
    """The row of a judgement."""
    trace = judged.trace
    return [trace.documents, trace.groups, trace.linted, trace.names, _rows(judged.found)]


def judged_from(path: str, row: list[object]) -> Judged:
    """The judgement of a row.

    Raises:
        ValueError: it is none.
    """
    documents, groups, linted, names, found = row
    trace = Trace(
        mapping_of(documents, str),
        mapping_of(groups, str),
        mapping_of(linted, bool),
        text_of(names),
    )
    return Judged(trace, _diagnostics(path, found))


def _rows(found: Iterable[Diagnostic]) -> list[object]:
    return [diagnostic_row(diagnostic) for diagnostic in found]


def _diagnostics(path: str, rows: object) -> tuple[Diagnostic, ...]:
    return tuple(diagnostic_of(path, row) for row in list_of(rows, list))


def _need_row(need: Need) -> list[object]:
    return [list(need.pointer), list(need.options), need.choice]


def _need_of(row: list[object]) -> Need:
    pointer, options, choice = row
    return Need(_pointer(pointer), tuple(list_of(options, str)), choice is True)


def _pointer(value: object) -> Pointer:
    steps = list_of(value, object)
    return tuple(step if isinstance(step, int) else text_of(step) for step in steps)
