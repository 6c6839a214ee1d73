"""The command of setuptools: `atdata_gen`, which runs before everything that looks at the packages.

setuptools calls `extend` for every distribution that it is about to build. Where the project has a table
`[tool.atdata-gen]`, the commands `build` and `egg_info` begin with `atdata_gen` from then on, and so does all
that is made of them: wheels, source archives, editable installations. Other projects are left alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from setuptools import Command, Distribution
from setuptools.errors import ExecError

from atdata_codegen.hooks.compiling import (
    Compiled,
    NotCompiledError,
    compile_in_place,
    is_compiled,
)

__all__ = ["AtdataGen", "extend"]


class AtdataGen(Command):
    """Compiles the lexicons, and sees to it that the compiled package is built with the others."""

    description = "compile lexicons into their package, from [tool.atdata-gen]"
    user_options: ClassVar[Any] = []

    def initialize_options(self) -> None:
        """There are no options; what a sub-command of `build` has to have."""
        self.editable_mode = False
        self.build_lib: str | None = None
        self._compiled: Compiled | None = None

    def finalize_options(self) -> None:
        """Everything stands in pyproject.toml."""

    def run(self) -> None:
        """Compile in place.

        Raises:
            ExecError: it cannot be compiled; the message holds the findings.
        """
        try:
            self._compiled = compile_in_place(Path.cwd())
        except NotCompiledError as error:
            raise ExecError(f"\n{error}") from None
        _declare(self.distribution, self._compiled)

    def get_source_files(self) -> list[str]:
        """What a source archive has to hold so that a wheel can be made from it."""
        self.ensure_finalized()
        self.run_command("atdata_gen")
        assert self._compiled is not None  # or `run` has raised
        return [*self._compiled.sources, *self._compiled.outputs]

    def get_outputs(self) -> list[str]:
        """Nothing beside what `build_py` copies."""
        return []

    def get_output_mapping(self) -> dict[str, str]:
        """The same."""
        return {}


def extend(distribution: Distribution) -> None:
    """Have `atdata_gen` run where a project asks for it; the entry point `setuptools.finalize_distribution_options`."""
    if not is_compiled(Path.cwd()):
        return
    commands: dict[str, Any] = distribution.cmdclass
    commands["atdata_gen"] = AtdataGen
    build = distribution.get_command_class("build")
    steps = [("atdata_gen", None), *build.sub_commands]
    commands["build"] = type("build", (build,), {"sub_commands": steps})
    commands["egg_info"] = _compiling(distribution.get_command_class("egg_info"))


def _compiling(command: Any) -> Any:
    """A command that compiles before it looks at folders: the one of the package may not be there yet."""

    def finalize_options(self: Any) -> None:
        self.run_command("atdata_gen")
        command.finalize_options(self)

    return type(command.__name__, (command,), {"finalize_options": finalize_options})


def _declare(distribution: Any, compiled: Compiled) -> None:
    """Name the compiled packages, which were not there when setuptools looked for packages."""
    prefix = "" if compiled.source_root == "." else f"{compiled.source_root}/"
    folders = sorted(
        {
            path.removeprefix(prefix).rpartition("/")[0]
            for path in compiled.outputs
            if path.endswith(".py")
        }
    )
    named = [folder.replace("/", ".") for folder in folders]
    if distribution.packages is None:
        distribution.packages = []
    known: list[str] = distribution.packages
    known += [name for name in named if name not in known]
    _place(distribution, compiled)
    data: dict[str, list[str]] = distribution.package_data
    data.setdefault(compiled.package, [])
    if "py.typed" not in data[compiled.package]:
        data[compiled.package].append("py.typed")


def _place(distribution: Any, compiled: Compiled) -> None:
    """Say where the package lies, unless the project says so itself."""
    places: dict[str, str] = distribution.package_dir or {}
    top = compiled.package.partition(".")[0]
    usual = places.get("", ".").replace("\\", "/").rstrip("/") or "."
    if usual.removeprefix("./") != compiled.source_root and top not in places:
        prefix = "" if compiled.source_root == "." else f"{compiled.source_root}/"
        places[top] = f"{prefix}{top}"
    distribution.package_dir = places
