"""What changes for code that uses the compiled package: modules, classes, attributes, parameters, constants.

Two plans of a module are compared, the very ones that it is rendered from. Code is taken to give the fields of a
sample by their names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from atdata_codegen.plan import ClassPlan, EnumPlan, FieldPlan, ModulePlan

__all__ = ["NameChange", "module_changes"]


@dataclass(frozen=True, slots=True)
class NameChange:
    """Something that code may use, and that is no longer what it was.

    Attributes:
        rule: its kind.
        owner: what `$type` says of the class that it belongs to; empty where it belongs to the module.
        property: the name of the field on the wire; empty where it is about no field.
        text: what changed.
    """

    rule: str
    owner: str
    property: str
    text: str


def module_changes(old: ModulePlan, new: ModulePlan) -> Iterator[NameChange]:
    """What of a module's names is no longer there, or no longer the same."""
    classes = {item.name: item for item in new.classes}
    for before in old.classes:
        after = classes.get(before.name)
        if after is None:
            owner = _text(before.type)
            yield NameChange("class-removed", owner, "", f"the class {before.name} is gone")
        else:
            yield from _class_changes(before, after)
    yield from _constants(old, new)
    yield from _enums(old.enums, new.enums, "")


def _class_changes(old: ClassPlan, new: ClassPlan) -> Iterator[NameChange]:
    owner = _text(new.type)
    if _word(old.base) != _word(new.base):
        text = f"{old.name} was a {_word(old.base)}, and is a {_word(new.base)}"
        yield NameChange("base-changed", owner, "", text)
    fields = {field.attribute: field for field in new.fields}
    known = {field.attribute for field in old.fields}
    for before in old.fields:
        after = fields.get(before.attribute)
        if after is None:
            text = f"{old.name}.{before.attribute} is gone"
            yield NameChange("attribute-removed", owner, _text(before.wire), text)
        else:
            yield from _field_changes(new.name, owner, before, after)
    for field in new.fields:
        if field.attribute not in known and field.default is None:
            yield _required(new.name, owner, field, "is new")
    yield from _enums(old.enums, new.enums, owner)


def _field_changes(name: str, owner: str, old: FieldPlan, new: FieldPlan) -> Iterator[NameChange]:
    wire = _text(new.wire)
    if old.default is not None and new.default is None:
        yield _required(name, owner, new, "could be left out")
    if old.annotation != new.annotation:
        text = f"{name}.{new.attribute} was {old.annotation}, and is {new.annotation}"
        yield NameChange("attribute-changed", owner, wire, text)
    elif old.column != new.column:
        text = f"the column {new.attribute} was {old.column}, and is {new.column}"
        yield NameChange("column-changed", owner, wire, text)


def _required(name: str, owner: str, field: FieldPlan, why: str) -> NameChange:
    text = f"{name}({field.attribute}=...) {why}, and has to be given"
    return NameChange("parameter-required", owner, _text(field.wire), text)


def _constants(old: ModulePlan, new: ModulePlan) -> Iterator[NameChange]:
    values = {item.name: item for item in new.constants}
    for before in old.constants:
        after = values.get(before.name)
        if after is None:
            yield NameChange("constant-removed", "", "", f"{before.name} is gone")
        elif after.value != before.value:
            text = f"{before.name} was {before.value}, and is {after.value}"
            yield NameChange("constant-changed", "", "", text)


def _enums(
    old: tuple[EnumPlan, ...], new: tuple[EnumPlan, ...], owner: str
) -> Iterator[NameChange]:
    known = {item.name: dict(item.members) for item in new}
    for before in old:
        members = known.get(before.name)
        if members is None:
            yield NameChange("constant-removed", owner, "", f"{before.name} is gone")
            continue
        for name, value in before.members:
            place = f"{before.name}.{name}"
            if name not in members:
                yield NameChange("constant-removed", owner, "", f"{place} is gone")
            elif members[name] != value:
                text = f"{place} was {value}, and is {members[name]}"
                yield NameChange("constant-changed", owner, "", text)


def _text(literal: str) -> str:
    """The text of a literal of a plan."""
    return str(ast.literal_eval(literal))


def _word(base: str) -> str:
    return "record" if "Record" in base else "sample"
