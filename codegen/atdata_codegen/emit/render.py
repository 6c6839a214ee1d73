"""From plans to Python source, as the templates lay it out and before black has seen it."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from atdata_codegen.emit.docstrings import docstring
from atdata_codegen.plan import ModulePlan, PackagePlan

__all__ = ["render_module", "render_package"]


def render_module(plan: ModulePlan) -> str:
    """The source of a lexicon's module."""
    return _environment().get_template("module.py.j2").render(module=plan)


def render_package(plan: PackagePlan) -> str:
    """The source of a folder's `__init__.py`."""
    return _environment().get_template("package.py.j2").render(package=plan)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Nothing is escaped for HTML: the plans hold expressions, and texts pass the docstring printer.
    environment = Environment(
        loader=PackageLoader("atdata_codegen.emit"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["docstring"] = docstring
    return environment
