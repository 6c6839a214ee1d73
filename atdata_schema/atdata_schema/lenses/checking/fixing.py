"""`const` and `drop` typed: their literals held against the fields that they are for."""

from __future__ import annotations

from typing import Any

from atdata_schema.lenses.checking.defaults import NO_DEFAULT, default_of
from atdata_schema.lenses.checking.draft import Draft
from atdata_schema.lenses.checking.fields import Found, find
from atdata_schema.lenses.findings import Pointer
from atdata_schema.lenses.ops.domains import fitted, value_of
from atdata_schema.lenses.ops.notations import matched
from atdata_schema.lenses.ops.site import Fault
from atdata_schema.lenses.program.clauses import Const, Drop
from atdata_schema.lenses.program.literals import Literal
from atdata_schema.lenses.program.paths import dotted
from atdata_schema.lenses.report import Report
from atdata_schema.lenses.steps.leaves import Leaf, guard_of
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.types.lens_types import Nd, Obj, Plain, bare
from atdata_schema.lenses.types.sizes import VIEW

__all__ = ["draft_const", "draft_drop"]


def draft_const(clause: Const, view: Obj, at: Pointer, report: Report) -> Draft | None:
    """A constant typed, or `None` after a finding."""
    found = find(view, clause.dst, VIEW)
    if clause.type is not None and matched(clause.type, found.type, {}) is False:
        name = dotted(clause.dst)
        message = f"const is said to be {clause.type}, and the view's {name} is {found.type}"
        report.error("LN209", message, at)
        return None
    fixed = _fixed(clause.value, found, "const", at, report)
    if fixed is None:
        return None
    literal, leaf, value = fixed
    return Draft(clause=Const(literal, clause.dst), dst=(leaf,), constant=value)


def draft_drop(clause: Drop, source: Obj, at: Pointer, report: Report) -> Draft | None:
    """What is dropped, and what `create` puts there; or `None` after a finding."""
    found = find(source, clause.path, "")
    implied = default_of(found.field, found.type)
    if clause.default is None:
        known = implied is not NO_DEFAULT
        return Draft(
            clause=clause,
            src=(_leaf(found),),
            constant=implied if known else None,
            creates=known,
            kept=(found.type,),
        )
    fixed = _fixed(clause.default, found, "the default", at, report)
    if fixed is None:
        return None
    literal, leaf, value = fixed
    plain = leaf.out(value)
    same = implied is not NO_DEFAULT and implied == plain and type(implied) is type(plain)
    return Draft(
        clause=Drop(clause.path, None if same else literal),
        src=(leaf,),
        constant=plain,
        kept=(found.type,),
    )


def _leaf(found: Found) -> Leaf:
    return Leaf(found.path, found.type, guard_of(found.type, found.field.type))


def _fixed(
    literal: Literal, found: Found, what: str, at: Pointer, report: Report
) -> tuple[Literal, Leaf, Any] | None:
    """A literal as the value of a field; `None` after a finding."""
    kind = bare(found.type)
    single = isinstance(kind, Plain) or (isinstance(kind, Nd) and kind.scalar)
    if literal.kind != "none" and not single:
        report.error(
            "LN209", f"{what} {literal} is no {found.type}: a literal is a single value", at
        )
        return None
    try:
        made = fitted(literal, found.type, what)
    except Fault as fault:
        report.error(fault.rule, fault.message, at)
        return None
    leaf, value = _leaf(found), value_of(made, found.type)
    try:
        leaf.out(value)
    except Refused as error:
        report.error("LN209", f"{what} {literal}: {error.reason}", at)
        return None
    return made, leaf, value
