"""The command: makes the environments, measures, reports."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.compiling import measure_compiling
from benchmarks.contenders.entries import CONTENDERS
from benchmarks.environments import HOME, ROOT, make, python_of, versions
from benchmarks.loader_speed import measure_loader
from benchmarks.managed import measure_managed
from benchmarks.measurements import (
    measure_own,
    measure_single,
    measure_stages,
    measure_writing,
)
from benchmarks.merging import merged
from benchmarks.reading import LEAD, measure_reading, started
from benchmarks.remote_speed import measure_remote
from benchmarks.results import Results, load_results, save_results
from benchmarks.settings import Settings

_READING = ("W1", "W2", "W3", "W4")
_ASPECTS = (*_READING, "write", "single", "stages", "loader", "remote", "managed", "compile")


def main() -> None:
    """Run what the command line asks for."""
    settings = _settings(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the data is removed
    results = Results()
    settings = _with_environments(settings, results)
    results.about = _about(settings)
    with _scratch(settings.data) as data:
        try:
            _measure(settings, data, results)
        finally:
            path = settings.report / "benchmarks" / "results.json"
            if settings.update:
                results = merged(load_results(path), results, settings.only)
            save_results(results, path)
    _report(settings)


def _measure(settings: Settings, data: Path, results: Results) -> None:
    for workload in _READING:
        if workload in settings.only:
            count = settings.count(workload)
            readers = [name for name in settings.contenders if CONTENDERS[name].reads]
            with started(readers, workload, count, data, results) as race:
                measure_reading(settings, race)
                measure_own(settings, race)
    if "write" in settings.only:
        measure_writing(settings, data, results)
    if "single" in settings.only:
        measure_single(settings, data, results)
    if "stages" in settings.only:
        measure_stages(settings, data, results)
    if "loader" in settings.only:
        measure_loader(settings, data, results)
    if "remote" in settings.only:
        measure_remote(settings, data, results)
    if "managed" in settings.only:
        measure_managed(settings, results)
    if "compile" in settings.only:
        measure_compiling(settings, results)


def _settings(arguments: list[str]) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small data, few rounds: for trying")
    parser.add_argument("--only", default=",".join(_ASPECTS), help="of %(default)s")
    parser.add_argument("--contenders", default=",".join(CONTENDERS), help="of %(default)s")
    parser.add_argument("--rounds", type=int, help="5, or 3 of a quick run")
    parser.add_argument("--seconds", type=float, help="of a round at most, about: 5, or 1")
    parser.add_argument("--touch", choices=("all", "lines"), default="all")
    parser.add_argument(
        "--data", type=Path, help="a folder for the data; /dev/shm where there is room"
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="replace these parts of the report in docs, and no others",
    )
    parser.add_argument("--report", type=Path, help="docs, for a full run; else .bench/report")
    options = parser.parse_args(arguments)
    only = _names(parser, options.only, _ASPECTS)
    contenders = _names(parser, options.contenders, CONTENDERS)
    whole = not options.quick and only == _ASPECTS and contenders == tuple(CONTENDERS)
    return Settings(
        only=only,
        contenders=contenders,
        rounds=options.rounds or (3 if options.quick else 5),
        seconds=options.seconds or (1 if options.quick else 5),
        quick=options.quick,
        touch=options.touch,
        data=options.data
        or Path("/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir()),
        report=options.report or (ROOT / "docs" if whole or options.update else HOME / "report"),
        update=options.update,
    )


def _names(parser: argparse.ArgumentParser, text: str, known: Any) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in known:
            parser.error(f"{name!r} is none of {', '.join(known)}")
    return tuple(name for name in known if name in names)


def _with_environments(settings: Settings, results: Results) -> Settings:
    """Without those contenders whose environment cannot be made here."""
    needed = {"python"} | {CONTENDERS[name].environment for name in settings.contenders}
    lacking = {name for name in sorted(needed) if make(name) is None}
    if "python" in lacking:
        sys.exit("no Python 3.11 or later was found for the environment of the contenders")
    for name in settings.contenders:
        if CONTENDERS[name].environment in lacking:
            results.missing.append(f"{name}: needs Python 3.12 or later, and none was found")
    left = [name for name in settings.contenders if CONTENDERS[name].environment not in lacking]
    fields = {name: getattr(settings, name) for name in settings.__slots__}
    return Settings(**{**fields, "contenders": tuple(left)})


def _about(settings: Settings) -> dict[str, Any]:
    packages: dict[str, set[str]] = {}
    for name in settings.contenders:
        entry = CONTENDERS[name]
        packages.setdefault(entry.environment, {"numpy"}).add(entry.package)
    if "python" in packages:
        packages["python"] |= {"torch", "numpy"}
    return {
        "date": datetime.date.today().isoformat(),
        "command": f"make bench ARGS='{' '.join(sys.argv[1:])}'" if sys.argv[1:] else "make bench",
        "machine": _machine(),
        "versions": {name: versions(name, sorted(each)) for name, each in packages.items()},
        "rounds": settings.rounds,
        "seconds": settings.seconds,
        "lead": LEAD,
        "touch": settings.touch,
        "quick": settings.quick,
        "counts": {name: settings.count(name) for name in _READING},
        "data": "tmpfs" if str(settings.data).startswith("/dev/shm") else "files in the page cache",
        "revision": _revision(),
        "load": round(os.getloadavg()[0], 1),
    }


def _machine() -> str:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors ({model}), {memory:.0f} GiB, {platform.system()} {platform.release()}"


def _revision() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="atdata-bench-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _report(settings: Settings) -> None:
    """Tables and plots, by the environment that has matplotlib."""
    command = [str(python_of("python")), "-m", "benchmarks.report", str(settings.report)]
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
