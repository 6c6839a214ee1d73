"""What was judged, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from atdata_codegen.diagnostics import render, shown_path
from atdata_codegen.evolution.change import READERS, Change
from atdata_codegen.evolution.judging import Judgement
from atdata_codegen.evolution.mending import Mending
from atdata_codegen.excerpt import printable

__all__ = ["json_report", "text_report"]

_MOST: Final = 20


def text_report(judgement: Judgement, mended: Sequence[Mending], folder: str) -> str:
    """Findings with their excerpts, what is safe, what is let pass, and what would mend the breaks.

    Args:
        judgement: what was found.
        mended: what mends it.
        folder: the folder of lexicons that lenses go into.
    """
    shown = [change for change in judgement.changes if change.counts and not change.is_safe]
    parts = [
        render([*judgement.problems, *(change.diagnostic for change in shown)], "text"),
        _listed("let pass", _passed(judgement)),
        _listed("safe", _safe(judgement)),
        "".join(_mending(item, folder) for item in mended[:_MOST]),
    ]
    if len(mended) > _MOST:
        parts.append(f"and {len(mended) - _MOST} more lenses; --format json has them all\n")
    blocks = [part for part in parts if part]
    return "\n".join([*blocks, _account(judgement) + "\n"])


def _listed(title: str, lines: Iterator[str]) -> str:
    found = [f"  {printable(line)}\n" for line in lines]
    return f"{title}:\n" + "".join(found) if found else ""


def _passed(judgement: Judgement) -> Iterator[str]:
    for change in judgement.changes:
        if change.asked and change.ignored is not None and not change.is_safe:
            yield f"{change.place}: {_without_path(change)} [{change.rule}]; {change.ignored}"


def _safe(judgement: Judgement) -> Iterator[str]:
    for change in judgement.changes:
        if change.is_safe:
            yield f"{change.place}: {_without_path(change)} [{change.rule}]"


def _without_path(change: Change) -> str:
    """The message without the field, which its place says already."""
    path, colon, rest = change.message.partition(": ")
    return rest if colon and change.place.endswith(path) else change.message


def _mending(item: Mending, folder: str) -> str:
    head = (
        f"{item.source} breaks. Keep it as it was, give the new type the name {item.view}, and lead from one to "
        "the other:\n"
    )
    if item.problem is not None:
        return f"{head}  no lens can be derived: {printable(item.problem)}\n"
    count = len(item.holes)
    holes = f", with {count} hole{'' if count == 1 else 's'} ??? to fill" if count else ""
    return f"{head}{folder}/{item.path}{holes}\n\n{item.text}"


def _account(judgement: Judgement) -> str:
    found = judgement.comparison
    counted = (
        (len(found.changed), "changed"),
        (len(found.added), "new"),
        (len(found.removed), "gone"),
    )
    what = ", ".join(f"{count} {word}" for count, word in counted if count) or "no lexicon changed"
    name = printable(judgement.baseline.name)
    about = f"against {name} ({printable(judgement.baseline.about)})"
    return f"{about}: {what}; {_verdict(judgement)}"


def _verdict(judgement: Judgement) -> str:
    if not judgement.breaks:
        return "nothing breaks"
    parts = [
        f"{text} {count}"
        for reader, text in READERS.items()
        if (count := sum(reader in change.breaks for change in judgement.breaks))
    ]
    total = len(judgement.breaks)
    return f"{total} break{'' if total == 1 else 's'}: {', '.join(parts)}"


def json_report(judgement: Judgement, mended: Sequence[Mending]) -> str:
    """Everything that was found, as one JSON object."""
    found = judgement.comparison
    problems: object = json.loads(render(judgement.problems, "json"))
    report = {
        "against": judgement.baseline.name,
        "about": judgement.baseline.about,
        "breaks": bool(judgement.breaks),
        "level": found.level,
        "lexicons": {
            "added": list(found.added),
            "removed": list(found.removed),
            "changed": list(found.changed),
        },
        "findings": [_row(change) for change in judgement.changes],
        "lenses": [
            {
                "source": item.source,
                "view": item.view,
                "name": item.name,
                "file": item.path,
                "text": item.text,
                "holes": list(item.holes),
                "problem": item.problem,
            }
            for item in mended
        ],
        "problems": problems,
    }
    return json.dumps(report, indent=2) + "\n"


def _row(change: Change) -> dict[str, object]:
    at = change.diagnostic
    return {
        "rule": change.rule,
        "severity": at.severity,
        "place": change.place,
        "document": change.document,
        "message": change.message,
        "breaks": list(change.breaks),
        "categories": list(change.categories),
        "counts": change.counts,
        "ignored": change.ignored,
        "path": shown_path(at.path),
        "line": at.line,
        "column": at.column,
        "end_line": at.end_line,
        "end_column": at.end_column,
        "notes": list(at.notes),
    }
