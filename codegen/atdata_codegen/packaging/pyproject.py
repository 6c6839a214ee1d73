"""The pyproject.toml of a package of lexicons."""

from __future__ import annotations

import json
from collections.abc import Sequence

from atdata_codegen.packaging.layout import Layout

__all__ = ["pyproject_text"]

_HEAD = """\
# Begun by `atdata-gen package`, and yours from here on. A change of a lexicon is a new version.

[build-system]
requires = {requires}
build-backend = "{backend}"

[project]
name = {name}
version = {version}
description = {description}
readme = "README.md"
requires-python = ">=3.11"
{licence}classifiers = ["Typing :: Typed"]
dependencies = {dependencies}

# Whoever compiles lexicons that refer to these finds the compiled ones by this line.
[project.entry-points."atdata.lexicons"]
{key} = {package}

[tool.atdata-gen]
lexicons = [{lexicons}]
output = "src"
package = {package}
"""

_HATCHLING = """
[tool.hatch.build]
dev-mode-dirs = ["src"]

[tool.hatch.build.hooks.atdata-gen]

[tool.hatch.build.targets.wheel]
packages = [{folder}]
"""

_SETUPTOOLS = """
[tool.setuptools.packages.find]
where = ["src"]
"""


def pyproject_text(layout: Layout, description: str, requirements: Sequence[str]) -> str:
    """The file.

    Args:
        layout: the project.
        description: one line.
        requirements: what its code needs beside the standard library, the compiler's kernel included.
    """
    backend = "hatchling>=1.27" if layout.backend == "hatchling" else "setuptools>=77"
    module = "hatchling.build" if layout.backend == "hatchling" else "setuptools.build_meta"
    text = _HEAD.format(
        # The compiler reads the packages that lexicons refer to, so a build needs them as the code does.
        requires=_list([backend, *requirements]),
        backend=module,
        name=_text(layout.name),
        version=_text(layout.version),
        description=_text(description),
        licence=f"license = {_text(layout.licence)}\n" if layout.licence else "",
        dependencies=_list(requirements),
        key=layout.name if "." not in layout.name else _text(layout.name),
        package=_text(layout.package),
        lexicons=_text(layout.lexicons),
    )
    top = layout.package.partition(".")[0]
    if layout.backend == "hatchling":
        return text + _HATCHLING.format(folder=_text(f"src/{top}"))
    return text + _SETUPTOOLS


def _text(value: str) -> str:
    """A string of TOML: one of JSON, but for the one control character that JSON takes as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
