"""What is compiled, and where it goes: `[tool.atdata-gen]` of pyproject.toml, or options."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from pathlib import Path
from typing import cast

from atdata_codegen.breaking import Breaking, breaking_mistake, breaking_of
from atdata_codegen.diagnostics import Diagnostic, diagnose
from atdata_codegen.source.span import Span
from atdata_codegen.wanted import Wanted, wanted_mistake, wanted_of

__all__ = ["Options", "Project", "ProjectError", "find_pyproject", "load_project"]

_KEYS = (
    *("lexicons", "output", "package", "ignore", "externs", "lens-tests", "lens-paths"),
    *("breaking", "targets"),
)

_LIKE = {"package": "lexicons", "externs": "lens_code"}


class ProjectError(Exception):
    """The configuration is wrong; the command ends with 2, after printing why.

    Attributes:
        diagnostics: every mistake in pyproject.toml, with its place.
    """

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic] = ()) -> None:
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; None or empty where it is silent. Paths are as typed."""

    lexicons: tuple[str, ...] = ()
    output: str | None = None
    package: str | None = None
    ignore: tuple[tuple[str, str], ...] = ()
    lens_tests: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """What is compiled, and where it goes.

    Attributes:
        root: the folder of pyproject.toml, or the current one.
        lexicons: folders of lexicons, absolute.
        output: the source root that the package is put into, absolute; None if not given.
        package: the import name of the package; None if not given.
        ignore: rules that are not reported, each with its reason.
        pyproject: the file that was read, if there is one.
        externs: the import name of the user's module with the code of externs; None for the usual one.
        lens_tests: the folder that tests of lenses are written into, absolute; None if none are wanted.
        lens_paths: ways between types that were chosen for good: the names of two types to those of lenses.
        breaking: what of a change counts.
        targets: what is made besides the package.
        compiles: whether the package is made.
    """

    root: Path
    lexicons: tuple[Path, ...]
    output: Path | None = None
    package: str | None = None
    ignore: Mapping[str, str] = field(default_factory=dict[str, str])
    pyproject: Path | None = None
    externs: str | None = None
    lens_tests: Path | None = None
    lens_paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    breaking: Breaking = field(default_factory=Breaking)
    targets: tuple[Wanted, ...] = ()
    compiles: bool = True

    def folder(self) -> Path:
        """Where the package goes.

        Raises:
            ProjectError: if the project does not say.
        """
        for name, value in (("output", self.output), ("package", self.package)):
            if value is None:
                raise ProjectError(
                    f"{name} is not given: set it in [tool.atdata-gen] or with --{name}"
                )
        assert self.output is not None
        assert self.package is not None
        return self.output.joinpath(*self.package.split("."))

    def import_name(self) -> str:
        """The import name of the package; `folder` says whether there is one."""
        self.folder()
        assert self.package is not None
        return self.package

    def externs_name(self) -> str:
        """The import name of the user's module with the code of externs: beside the package, never in it."""
        return self.externs or f"{self.import_name()}_externs"

    def externs_file(self) -> Path:
        """The file of that module, below the same source root as the package."""
        name = self.externs_name()
        assert self.output is not None  # or there is no name
        return self.output.joinpath(*name.split(".")).with_suffix(".py")

    def lock_file(self) -> Path:
        """`lenses.lock`: which types each lens was checked against."""
        return self.root / "lenses.lock"


def find_pyproject(start: Path) -> Path | None:
    """The nearest pyproject.toml with a table `[tool.atdata-gen]`, in `start` or above it."""
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        if "atdata-gen" in _text_of(path):
            return path
    return None


def load_project(start: Path, options: Options) -> Project:
    """The project of a folder; options go before the file.

    Args:
        start: the current folder, absolute; paths in options are relative to it.
        options: what the command line says.

    Raises:
        ProjectError: if pyproject.toml is wrong, or nothing says where the lexicons are.
    """
    path = find_pyproject(start)
    root = path.parent if path else start
    table = _read_table(path) if path else {}
    lexicons = _paths(start, options.lexicons) or _paths(root, _list(table.get("lexicons")))
    if not lexicons:
        raise ProjectError(
            "no lexicons are given: set `lexicons` in [tool.atdata-gen] of pyproject.toml, or use --lexicons"
        )
    output = _path(start, options.output) or _path(root, cast("str | None", table.get("output")))
    package = options.package or cast("str | None", table.get("package"))
    if package is not None and not _is_import_name(package):
        raise ProjectError(
            f"package is {package!r}, which is no import name such as `acme_lexicons`"
        )
    ignore = {**cast("dict[str, str]", table.get("ignore", {})), **dict(options.ignore)}
    externs = cast("str | None", table.get("externs"))
    if package is not None and externs is not None and f"{externs}.".startswith(f"{package}."):
        raise ProjectError(
            f"externs is {externs!r}, which lies in the compiled package {package}; "
            "the code is yours, so keep it beside the package"
        )
    tests = _path(start, options.lens_tests) or _path(
        root, cast("str | None", table.get("lens-tests"))
    )
    if output is not None and package is not None and tests == output.joinpath(*package.split(".")):
        raise ProjectError(
            "lens-tests is the folder of the compiled package; give the tests one of their own"
        )
    targets = wanted_of(table.get("targets"), root)
    for wanted in targets:
        if package and output and wanted.output == output.joinpath(*package.split(".")):
            raise ProjectError(f"the target {wanted.target} goes into the folder of the package")
    pins = cast("dict[str, list[str]]", table.get("lens-paths", {}))
    return Project(
        root,
        lexicons,
        output,
        package,
        ignore,
        path,
        externs,
        tests,
        {way: tuple(lenses) for way, lenses in pins.items()},
        breaking_of(table.get("breaking")),
        targets,
        compiles=not targets or (output, package) != (None, None),
    )


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _read_table(path: Path) -> Mapping[str, object]:
    text = _text_of(path)
    try:
        tools = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(
            "pyproject.toml is not TOML", [_toml_problem(path, text, error)]
        ) from None
    table = tools.get("atdata-gen", {}) if isinstance(tools, dict) else {}
    problems = _check_table(path, text, cast("object", table))
    if problems:
        raise ProjectError("[tool.atdata-gen] is wrong", problems)
    return cast("Mapping[str, object]", table)


def _check_table(path: Path, text: str, table: object) -> list[Diagnostic]:
    if not isinstance(table, dict):
        return [_problem(path, text, "atdata-gen", "tool.atdata-gen is not a table", None)]
    problems: list[Diagnostic] = []
    for key, value in cast("dict[str, object]", table).items():
        message = _mistake(key, value)
        if message is not None:
            problems.append(_problem(path, text, key, *message))
    return problems


def _mistake(key: str, value: object) -> tuple[str, str | None] | None:
    if key not in _KEYS:
        near = difflib.get_close_matches(key, _KEYS, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_KEYS)}"
        return f"unknown key {key!r}", hint
    if key == "lexicons":
        good = isinstance(value, list) and all(
            isinstance(v, str) for v in cast("list[object]", value)
        )
        return None if good else ("`lexicons` is a list of folders", 'lexicons = ["lexicons"]')
    if key == "ignore":
        return _ignore_mistake(value)
    if key == "lens-paths":
        return _pins_mistake(value)
    if key == "breaking":
        return breaking_mistake(value)
    if key == "targets":
        return wanted_mistake(value)
    if not isinstance(value, str):
        return f"`{key}` is a text", None
    if key in ("package", "externs") and not _is_import_name(value):
        return f"`{key}` is {value!r}, which is no import name", f"for example acme_{_LIKE[key]}"
    return None


def _ignore_mistake(value: object) -> tuple[str, str | None] | None:
    shape = 'ignore = { "closed-enum" = "the set is fixed by a standard" }'
    if not isinstance(value, dict):
        return "`ignore` is a table from rule to reason", shape
    for rule, reason in cast("dict[str, object]", value).items():
        if not isinstance(reason, str) or not reason.strip():
            return f"ignoring {rule!r} needs a reason", shape
    return None


def _pins_mistake(value: object) -> tuple[str, str | None] | None:
    shape = '"org.example.a -> org.example.b" = ["org.example.aToB"]'
    if not isinstance(value, dict):
        return "`lens-paths` is a table from two types to the lenses between them", shape
    for way, lenses in cast("dict[str, object]", value).items():
        ends = [part.strip() for part in way.split("->")]
        named = isinstance(lenses, list) and all(
            isinstance(lens, str) for lens in cast("list[object]", lenses)
        )
        if len(ends) != 2 or not all(ends) or not lenses or not named:
            return f"the way {way!r} needs two types and a list of lenses", shape
    return None


def _problem(path: Path, text: str, key: str, message: str, hint: str | None) -> Diagnostic:
    """A mistake, at the first place where the key stands below the table's heading."""
    start = max(text.find("atdata-gen"), 0)
    match = re.compile(rf"[\"']?{re.escape(key)}[\"']?").search(text, start)
    span = None
    if match is not None:
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1
        span = Span(line, column, line, column + len(match[0]))
    return diagnose(
        str(path), span, text, severity="error", rule="configuration", message=message, hint=hint
    )


def _toml_problem(path: Path, text: str, error: tomllib.TOMLDecodeError) -> Diagnostic:
    at = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    span = Span(int(at[1]), int(at[2]), int(at[1]), int(at[2]) + 1) if at else None
    message = str(error).split(" (at ")[0]
    return diagnose(str(path), span, text, severity="error", rule="configuration", message=message)


def _list(value: object) -> tuple[str, ...]:
    return tuple(cast("list[str]", value)) if isinstance(value, list) else ()


def _paths(base: Path, folders: Sequence[str]) -> tuple[Path, ...]:
    return tuple(found for folder in folders if (found := _path(base, folder)) is not None)


def _path(base: Path, text: str | None) -> Path | None:
    """A path as typed, made absolute; `..` is taken away without looking at links."""
    return None if text is None else Path(os.path.normpath(base / text))


def _is_import_name(name: str) -> bool:
    return all(part.isidentifier() and not iskeyword(part) for part in name.split("."))
