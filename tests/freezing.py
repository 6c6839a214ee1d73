"""Freezing what a release makes, so that later ones are held to it.

    .venv/bin/python tests/freezing.py VERSION

writes tests/data/frozen/VERSION: packages as that version compiled them, samples as it encoded them, the CIDs of
their types, and the names of `atdata_schema.v1` with how each is called. It is run once for a release, and what it wrote is never changed.
"""

from __future__ import annotations

import base64
import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FROZEN = HERE / "data" / "frozen"
CASES = ("every_kind", "image_sample", "unions", "nested", "lenses", "endpoints")
"""The golden cases that are frozen, without `good_`."""

_EXAMPLES = 4


def package_of(version: str, case: str) -> str:
    """The import name of a frozen package.

    >>> package_of("1.0.0a1", "unions")
    'frozen_1_0_0a1_unions'
    """
    return f"frozen_{version.replace('.', '_')}_{case}"


def classes(package: str) -> Iterator[Any]:
    """Every sample and record class of a package that can be imported, in the order of its modules."""
    for module in sorted(importlib.import_module(package).LEXICONS.values()):
        for value in vars(importlib.import_module(module)).values():
            if isinstance(value, type) and value.__module__ == module and hasattr(value, "SCHEMA"):
                yield value


def name_of(cls: Any) -> str:
    """A class with its module."""
    return f"{cls.__module__}.{cls.__name__}"


_MARKS = {
    "POSITIONAL_ONLY": "/",
    "POSITIONAL_OR_KEYWORD": "",
    "VAR_POSITIONAL": "*",
    "KEYWORD_ONLY": "~",
    "VAR_KEYWORD": "**",
}


def parameters(value: Any) -> list[str] | None:
    """How something is called: each parameter with a mark for its kind before it, and `=` where it may be left out.

    >>> parameters(lambda a, /, b, *c, d=1, **e: None)
    ['/a', 'b', '*c', '~d=', '**e']
    """
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    return [
        f"{_MARKS[each.kind.name]}{each.name}{'' if each.default is each.empty else '='}"
        for each in found.parameters.values()
    ]


def contract() -> dict[str, Any]:
    """The names of `v1` and of its lenses, and what a class has for all to see, with how each is called."""
    from atdata_schema import v1

    found: dict[str, Any] = {}
    for name in v1.__all__:
        value = getattr(v1, name)
        found[name] = _described(value)
    for name in v1.lens.__all__:
        found[f"lens.{name}"] = _described(getattr(v1.lens, name))
    return found


def _described(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"parameters": parameters(value) if callable(value) else None}
    if isinstance(value, type):
        found["members"] = {name: parameters(getattr(value, name)) for name in _members(value)}
    return found


def _members(cls: type) -> list[str]:
    """What a class has by our own code, for all to see; what Python gives it differs between its versions."""
    ours = [base for base in cls.__mro__ if base.__module__.startswith("atdata_schema")]
    return sorted({name for base in ours for name in vars(base) if not name.startswith("_")})


def main(version: str) -> None:
    """Write everything of a version."""
    folder = FROZEN / version
    folder.mkdir(parents=True)
    for case in CASES:
        _compile(folder, version, case)
    sys.path.insert(0, str(folder))
    found = [cls for case in CASES for cls in classes(package_of(version, case))]
    _write(folder / "samples.json", {name_of(cls): _examples(cls) for cls in found})
    _write(folder / "cids.json", {name_of(cls): cls.SCHEMA.cid for cls in found})
    _write(folder / "contract.json", contract())


def _compile(folder: Path, version: str, case: str) -> None:
    from atdata_codegen.compilation import compile_project
    from atdata_codegen.project import Project
    from atdata_codegen.source.discover import discover

    lexicons = HERE / "golden" / f"good_{case}" / "lexicons"
    package = package_of(version, case)
    project = Project(folder, (lexicons,), folder, package)
    made = compile_project(project, discover(project.lexicons), {})
    assert made.files, made.diagnostics
    for name, data in made.files.items():
        place = folder / package / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _examples(cls: Any) -> list[dict[str, Any]]:
    """A few samples of a class: their bytes, and their record where there is one."""
    from hypothesis import HealthCheck, Phase, given, settings

    from atdata.testing.strategies import samples
    from atdata_schema.errors import IntegerTooLarge, RecordTooLarge

    found: dict[bytes, dict[str, Any]] = {}

    @settings(
        max_examples=60,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(samples(cls))
    def collect(sample: Any) -> None:
        data = sample.encode()
        if len(data) > 4000:
            return
        try:
            record = sample.to_record()
        except (IntegerTooLarge, RecordTooLarge):
            record = None
        found[data] = {"bytes": base64.b64encode(data).decode(), "record": record}

    collect()
    # The longest say most; the shortest is the one with nothing in it.
    ordered = [found[data] for data in sorted(found, key=lambda data: (len(data), data))]
    return [ordered[0], *ordered[-_EXAMPLES + 1 :]] if len(ordered) > _EXAMPLES else ordered


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    sys.path[:0] = [str(HERE.parent / name) for name in ("atdata_schema", "codegen", "generated")]
    main(sys.argv[1])
