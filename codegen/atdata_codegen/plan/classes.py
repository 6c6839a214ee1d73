"""From the objects of a document to class plans."""

from __future__ import annotations

from collections.abc import Callable

from atdata_codegen.plan.docs import column_doc, field_doc, lined, object_doc
from atdata_codegen.plan.literals import text_literal, tuple_literal
from atdata_codegen.plan.naming import constant_name
from atdata_codegen.plan.outline import Outline
from atdata_codegen.plan.parts import ClassPlan, ConstantPlan, EnumPlan, FieldPlan
from atdata_codegen.plan.scope import Scope, distinct
from atdata_codegen.plan.spelling import Spelling, mentions_class
from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.properties import inner, properties_of
from atdata_schema.model import (
    FieldModel,
    IntegerType,
    ListType,
    MapType,
    ObjectType,
    TextType,
    Type,
)
from atdata_schema.names import attribute_name, upper_camel

__all__ = ["enum_plan", "known_values", "plan_class", "value_constants"]


def plan_class(item: ObjectType, within: Outline, class_of: Callable[[str], str]) -> ClassPlan:
    """The plan of one object's class.

    Args:
        item: the object.
        within: the document's names; what the class needs is added to its scope.
        class_of: the expression for an object's class.
    """
    name, batch = within.names[item.ref], within.batches[item.ref]
    scope, record = within.scope, item.record_key is not None
    kind = "records" if record else "samples"
    attributes = frozenset(attribute_name(model.name) for model in item.fields)
    spelling = Spelling(scope, class_of, attributes)
    for used in ("v1", "dataclass", "ClassVar", "final"):
        scope.use(used)
    enums = {model.name: _enum_of(model, item, within) for model in item.fields}
    return ClassPlan(
        name=name,
        batch=batch,
        base=spelling.v1("Record" if record else "Sample"),
        doc=object_doc(item, within.document.description),
        batch_doc=lined(f"Many `{name}` {kind}, one column a field.", f"Many {kind}."),
        fields=tuple(_plan_field(model, spelling, enums[model.name]) for model in item.fields),
        type=text_literal(item.ref),
        key=None if item.record_key is None else text_literal(item.record_key),
        text=spelling.builtin("str"),
        renamed=tuple(
            (text_literal(model.name), text_literal(attribute_name(model.name)))
            for model in item.fields
            if model.name != attribute_name(model.name)
        ),
        aliases=tuple(
            (text_literal(model.name), tuple_literal(map(text_literal, model.aliases)))
            for model in item.fields
            if model.aliases
        ),
        enums=tuple(enum for enum in enums.values() if enum is not None),
    )


def enum_plan(name: str, doc: str, classes: tuple[str, ...], scope: Scope) -> EnumPlan:
    """The enumeration of the values 0, 1, 2, ... by their names."""
    scope.use("IntEnum")
    taken: set[str] = set()
    members = tuple(
        (distinct(constant_name(text), taken), value) for value, text in enumerate(classes)
    )
    return EnumPlan(name, doc, members)


def value_constants(owner: str, values: tuple[str, ...], scope: Scope) -> tuple[ConstantPlan, ...]:
    """One constant for each known value of a text."""
    plans = []
    for value in dict.fromkeys(values):
        name = scope.define(constant_name(owner, value.rpartition("#")[2]))
        plans.append(ConstantPlan(name, scope.use("Final"), text_literal(value)))
    return tuple(plans)


def _plan_field(model: FieldModel, spelling: Spelling, enum: EnumPlan | None) -> FieldPlan:
    annotation = spelling.annotation(model.type)
    if model.nullable or not model.required:
        annotation += " | None"
    return FieldPlan(
        attribute=attribute_name(model.name),
        wire=text_literal(model.name),
        annotation=annotation,
        default=None if model.required else "None",
        codec=spelling.field_codec(model),
        doc=field_doc(model, _simple(spelling.class_of), None if enum is None else enum.name),
        column=spelling.column(model),
        column_is_late=mentions_class(model.type),
        column_doc=column_doc(model),
    )


def _simple(class_of: Callable[[str], str]) -> Callable[[str], str]:
    """Classes by their names alone, as documentation has them."""
    return lambda ref: class_of(ref).rpartition(".")[2]


def _enum_of(model: FieldModel, item: ObjectType, within: Outline) -> EnumPlan | None:
    """The enumeration of a field's own integer: one that it refers to has its enumeration elsewhere."""
    kind = _innermost(model.type)
    node = inner(properties_of(within.document, item.ref).get(model.name))
    if not isinstance(kind, IntegerType) or not kind.classes or not isinstance(node, nodes.Integer):
        return None
    owner = within.names[item.ref].rstrip("_")
    name = within.scope.define(owner + upper_camel(model.name))
    doc = f"The classes of `{within.names[item.ref]}.{attribute_name(model.name)}`."
    return enum_plan(name, doc, kind.classes, within.scope)


def known_values(item: ObjectType, within: Outline) -> tuple[ConstantPlan, ...]:
    """Constants for the known values of an object's own texts."""
    plans: list[ConstantPlan] = []
    known = properties_of(within.document, item.ref)
    for model in item.fields:
        kind, node = _innermost(model.type), inner(known.get(model.name))
        if isinstance(kind, TextType) and kind.known_values and isinstance(node, nodes.String):
            name = within.names[item.ref]
            owner = f"{name.rstrip('_')}_{model.name}"
            plans += value_constants(owner, kind.known_values, within.scope)
    return tuple(plans)


def _innermost(kind: Type) -> Type:
    while isinstance(kind, ListType | MapType):
        kind = kind.items if isinstance(kind, ListType) else kind.values
    return kind
