"""From the plan of a module of lenses to its source, before black has seen it."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from atdata_codegen.emit.docstrings import docstring
from atdata_codegen.lenses.plan import plan_unit
from atdata_codegen.lenses.unit import LensUnit

__all__ = ["render_lens_module"]


def render_lens_module(unit: LensUnit) -> str:
    """The source of the module of some lenses.

    Raises:
        KeyError: the unit lacks the class of a type.
        LensError: it has externs, and no module for them.
    """
    return _environment().get_template("lenses.py.j2").render(unit=plan_unit(unit))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Nothing is escaped for HTML: the plans hold expressions, and texts pass the docstring printer.
    environment = Environment(
        loader=PackageLoader("atdata_codegen.lenses"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["docstring"] = docstring
    return environment
