"""The part `compile`: our compiler beside those of others, as rows of the results."""

from __future__ import annotations

from benchmarks.compile_speed import compare
from benchmarks.compilers import COMPILERS, lacking
from benchmarks.environments import ENVIRONMENTS
from benchmarks.results import Results
from benchmarks.settings import Settings

__all__ = ["measure_compiling"]


def measure_compiling(settings: Settings, results: Results) -> None:
    """Time everything, and note a row for each figure."""
    names = []
    for name, compiler in COMPILERS.items():
        reason = lacking(name)
        if reason is None:
            names.append(name)
        else:
            results.missing.append(f"{compiler.title}: {reason}")
    count = 200 if settings.quick else 2_000
    found, failed = compare(count, settings.rounds, tuple(names))
    results.missing += [f"compile, {line}" for line in failed]
    results.aspects["compile"] = [
        {
            "what": timed.what,
            "contender": timed.compiler,
            "lexicons": timed.files,
            "of": count,
            "seconds": [spent.seconds for spent in timed.spent],
            "memory": [spent.memory for spent in timed.spent],
            "version": _version(timed.compiler),
        }
        for timed in found
    ]


def _version(name: str) -> str:
    """What was pinned, which is what the environment has."""
    environment = COMPILERS[name].environment
    if environment is None:
        return ""
    made = ENVIRONMENTS[environment]
    pins = [*made.npm, *(each for step in made.steps for each in step)]
    pinned = [pin.replace("==", " ").replace("@", " ").strip().split()[-1] for pin in pins]
    beside = {"typescript": f" (Node {pinned[-1]})"}
    return f"{pinned[0]}{beside.get(name, '')}"
