"""The build hook of hatchling: `[tool.hatch.build.hooks.atdata-gen]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.plugin import hookimpl

__all__ = ["AtdataGenHook", "hatch_register_build_hook"]


class AtdataGenHook(BuildHookInterface[BuilderConfig]):
    """Compiles the lexicons before a wheel, a source archive or an editable installation is made."""

    PLUGIN_NAME = "atdata-gen"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and have the compiled files in the distribution even where version control ignores them.

        Args:
            version: `standard` or `editable`.
            build_data: what hatchling is told; `artifacts` grows.
        """
        # Here and not above: hatchling imports the hooks of every installed package, whoever uses them.
        from atdata_codegen.hooks.compiling import NotCompiledError, compile_in_place

        try:
            compiled = compile_in_place(Path(self.root))
        except NotCompiledError as error:
            # A way out without a traceback: the message says all.
            sys.stderr.write(f"{error}\n")
            raise SystemExit(1) from None
        build_data["artifacts"].extend(map(_pattern, compiled.outputs))


@hookimpl
def hatch_register_build_hook() -> type[AtdataGenHook]:
    """What hatchling asks every plug-in for."""
    return AtdataGenHook


def _pattern(path: str) -> str:
    """A pattern, in the form of `.gitignore`, for one file and no other."""
    return "/" + "".join(f"\\{c}" if c in "\\*?[]!# " else c for c in path)
