"""From the plan of a module of lenses to its source, before black has seen it."""

from __future__ import annotations

from atdata_codegen.emit.layout import templates_of
from atdata_codegen.lenses.plan import plan_unit
from atdata_codegen.lenses.unit import LensUnit

__all__ = ["render_lens_module"]


def render_lens_module(unit: LensUnit) -> str:
    """The source of the module of some lenses.

    Raises:
        KeyError: the unit lacks the class of a type.
        LensError: it has externs, and no module for them.
    """
    return (
        templates_of("atdata_codegen.lenses")
        .get_template("lenses.py.j2")
        .render(unit=plan_unit(unit))
    )
