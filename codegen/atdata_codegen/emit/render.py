"""From plans to Python source, as the templates lay it out and before black has seen it."""

from __future__ import annotations

from atdata_codegen.emit.layout import templates_of
from atdata_codegen.plan import ModulePlan, PackagePlan

__all__ = ["render_module", "render_package"]


def render_module(plan: ModulePlan) -> str:
    """The source of a lexicon's module."""
    return templates_of("atdata_codegen.emit").get_template("module.py.j2").render(module=plan)


def render_package(plan: PackagePlan) -> str:
    """The source of a folder's `__init__.py`."""
    return templates_of("atdata_codegen.emit").get_template("package.py.j2").render(package=plan)
