"""From what a document defines besides objects to constants, type aliases and enumerations."""

from __future__ import annotations

from collections.abc import Iterator

from atdata_codegen.plan.classes import enum_plan, known_values, value_constants
from atdata_codegen.plan.docs import sentence
from atdata_codegen.plan.literals import text_literal
from atdata_codegen.plan.naming import constant_name
from atdata_codegen.plan.outline import Outline, classes_of
from atdata_codegen.plan.parts import ConstantPlan, EnumPlan
from atdata_schema.lexicon import absolutise, nodes
from atdata_schema.portable import description_of

__all__ = ["plan_constants", "plan_enums"]


def plan_constants(within: Outline) -> tuple[ConstantPlan, ...]:
    """Constants and type aliases, in document order; then those of fields and of errors."""
    document = within.document
    plans = [plan for name in document.defs for plan in _of_definition(name, within)]
    for item in within.objects:
        plans += known_values(item, within)
    main = document.defs.get("main")
    if isinstance(main, nodes.Query | nodes.Procedure | nodes.Subscription):
        for error in main.errors or ():
            name = within.scope.define(constant_name("error", error.name))
            doc = sentence(error.description or f"An error of `{document.id}`")
            plans.append(
                ConstantPlan(name, within.scope.use("Final"), text_literal(error.name), doc)
            )
    return tuple(plans)


def plan_enums(within: Outline) -> tuple[EnumPlan, ...]:
    """The enumerations of named integers."""
    plans = []
    for name, node in within.document.defs.items():
        ref = absolutise(f"#{name}", within.document.id)
        classes = classes_of(node)
        if classes and ref in within.names:
            doc = sentence(description_of(node.description) or f"The classes of `{ref}`")
            plans.append(enum_plan(within.names[ref], doc, classes, within.scope))
    return tuple(plans)


def _of_definition(name: str, within: Outline) -> Iterator[ConstantPlan]:
    node, scope = within.document.defs[name], within.scope
    ref = absolutise(f"#{name}", within.document.id)
    own = within.names.get(ref, "")
    doc = sentence(node.description or "") or None
    if isinstance(node, nodes.Token):
        yield ConstantPlan(own, scope.use("Final"), text_literal(ref), doc)
    if not isinstance(node, nodes.String):
        return
    if node.enum:
        values = ", ".join(map(text_literal, node.enum))
        yield ConstantPlan(own, scope.use("TypeAlias"), f"{scope.use('Literal')}[{values}]", doc)
    elif node.const is not None:
        yield ConstantPlan(own, scope.use("Final"), text_literal(node.const), doc)
    if node.known_values:
        owner = within.document.id.rpartition(".")[2] if name == "main" else name
        yield from value_constants(owner, node.known_values, scope)
