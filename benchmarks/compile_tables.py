"""The table of what compilers take, in Markdown."""

from __future__ import annotations

from typing import Any

from benchmarks.compilers import COMPILERS, OURS
from benchmarks.goals import COMPILE, COMPILE_MEMORY
from benchmarks.results import Results, median
from benchmarks.tables import figure, table, time_text

__all__ = ["compile_parts"]

_FULL = next(iter(COMPILE))
_TEXT = """## Compiling lexicons

{count:,} lexicons, made for this: a sample type of eight fields (two arrays, a union with a neighbour's box, known values, a date) and a box of four integers.
A figure is that of a whole process, from its start to its end, interpreter and all, the median of the rounds, in which the compilers take turns; one that takes
over a minute has one round. Each starts without output and without a cache. `lexicons` is how many of them a compiler made a module of. Memory is what the
process and those that it started had resident at once, at most. Goals in brackets, bold where they are reached.

What they make is not the same. Ours makes classes of samples and of batches, codecs, docstrings, the document itself, formatted by black; `@atproto/lex` makes
types and validators in TypeScript, formatted by prettier; the SDK's generator (`--no-client`) models of pydantic for records of the network, where an array is
no more than its parts, formatted by ruff; datamodel-code-generator models of pydantic, formatted by black, from JSON Schemas (2020-12) that our kernel wrote
before, as it reads no lexicons. Only ours has builds that keep what has not changed.

Four fifths of our full build is black, which parses and lays out some 20 ms for a module; two processes share the modules. Where one file has changed, that
one is read, judged, rendered and formatted again, and what was kept of all others holds as long as what they asked of it has the same answer. Half of the
time then goes into starting Python and loading the compiler.
"""


def compile_parts(results: Results) -> list[str]:
    """The section, in parts; nothing where nothing of it was measured."""
    rows = results.aspects.get("compile", [])
    if not rows:
        return []
    ours = next(median(r["seconds"]) for r in rows if (r["contender"], r["what"]) == (OURS, _FULL))
    head = ["", "", "lexicons", "rounds", "seconds", "times as long as ours", "memory"]
    order = [*((OURS, what) for what in COMPILE)]
    order += [(name, _FULL) for name in COMPILERS if name != OURS]
    by_name = {(row["contender"], row["what"]): row for row in rows}
    shown = [_row(by_name[key], ours) for key in order if key in by_name]
    text = _TEXT.format(count=rows[0]["of"])
    return [text, f"{table(head, shown)}\n"]


def _row(row: dict[str, Any], ours: float) -> list[str]:
    seconds, memory = median(row["seconds"]), median(row["memory"])
    took, used = time_text(seconds), f"{memory / 1e6:,.0f} MB" if memory else ""
    if row["contender"] == OURS:
        goal = COMPILE[row["what"]]
        took = f"{_bold(took, seconds < goal)} ({goal:g} s)"
        used = used and f"{_bold(used, memory < COMPILE_MEMORY)} ({COMPILE_MEMORY / 1e6:.0f} MB)"
    name = " ".join((COMPILERS[row["contender"]].title, row["version"])).strip()
    what = row["what"]
    ratio = "" if row["contender"] == OURS else figure(seconds / ours)
    return [name, what, f"{row['lexicons']:,}", str(len(row["seconds"])), took, ratio, used]


def _bold(text: str, reached: bool) -> str:
    return f"**{text}**" if reached else text
