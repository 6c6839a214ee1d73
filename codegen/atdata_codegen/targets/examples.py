"""An example of each type: the Python that makes it, and the record that it is."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from atdata_codegen.plan.literals import HIDDEN, text_literal
from atdata_codegen.targets.example_values import Shown, scalar_example
from atdata_codegen.targets.target import TargetInput
from atdata_schema.errors import AtdataError
from atdata_schema.model import (
    FieldModel,
    ListType,
    MapType,
    ObjectType,
    RefType,
    Type,
    UnionType,
)
from atdata_schema.names import attribute_name

__all__ = ["Example", "example_of"]

_WIDTH: Final = 80
_DEEPEST: Final = 4
_LONGEST_LIST: Final = 16
_OTHER: Final = "org.example.other"
_NUMBERS: Final = re.compile(r"\[\n([-\d,\s]+)\]")
"""A list of numbers in laid out JSON, where no text holds a line break."""
_IMPORT: Final = re.compile(r"from (\S+) import (.+)")


@dataclass(frozen=True, slots=True)
class Example:
    """A value of a type.

    Attributes:
        python: a program that makes it; empty where none can be shown.
        record: its record form as JSON; empty where none can be shown.
    """

    python: str
    record: str


def example_of(given: TargetInput, ref: str) -> Example | None:
    """An example of an object; `None` where no value of it was found.

    Args:
        given: the lexicons.
        ref: the full name of the object.
    """
    model = given.model(ref)
    shown = _Examples(given, {item.ref: item for item in model}).object(ref, ())
    if shown is None:
        return None
    python = _program(shown) if given.has_package and "#main." not in ref else ""
    return Example(python, _record(given, model.main, shown))


def _record(given: TargetInput, item: ObjectType, shown: Shown) -> str:
    if shown.record is None:
        return ""
    value = {"$type": item.ref, **shown.record} if item.record_key is not None else shown.record
    if (
        "." not in item.ref.partition("#")[2]
    ):  # what endpoints take has no name that data could be held against
        try:
            given.catalog.validate(item.ref, value)
        except AtdataError:
            return ""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    text = HIDDEN.sub(
        lambda match: match[0] if match[0] == "\n" else json.dumps(match[0])[1:-1], text
    )
    return _NUMBERS.sub(lambda match: f"[{' '.join(match[1].split())}]", text) + "\n"


def _program(shown: Shown) -> str:
    """The expression with its imports; nothing where two classes have one name."""
    names: dict[str, set[str]] = {}
    plain: list[str] = []
    for line in sorted(shown.imports):
        match = _IMPORT.fullmatch(line)
        if match is None:
            plain.append(line)
        else:
            names.setdefault(match[1], set()).update(match[2].split(", "))
    every = [name for found in names.values() for name in found]
    if len(every) != len(set(every)):
        return ""
    lines = plain + [
        f"from {module} import {', '.join(sorted(found))}"
        for module, found in sorted(names.items())
    ]
    return "\n".join([*lines, "", f"sample = {shown.python}", ""])


class _Examples:
    """Examples of the objects of one model; optional fields that lead back are left out."""

    def __init__(self, given: TargetInput, objects: dict[str, ObjectType]) -> None:
        self._given = given
        self._objects = objects

    def object(self, ref: str, above: tuple[str, ...]) -> Shown | None:
        """A value of an object, `None` where a field that has to be there has none.

        Args:
            ref: its full name.
            above: the objects that hold it.
        """
        if ref in above:
            return None
        sizes: dict[str, int] = {}
        parts: list[tuple[FieldModel, Shown]] = []
        for field in self._objects[ref].fields:
            deep = len(above) >= _DEEPEST and not field.required
            shown = None if deep else self._value(field.type, sizes, (*above, ref))
            if shown is not None:
                parts.append((field, shown))
            elif field.required:
                return None
        return self._made(ref, parts)

    def _made(self, ref: str, parts: list[tuple[FieldModel, Shown]]) -> Shown:
        modules = self._given.modules
        name = modules.class_of(ref)
        lines = [f"{attribute_name(field.name)}={shown.python}" for field, shown in parts]
        imports = _imports(shown for _, shown in parts)
        imports |= {f"from {modules.module(ref.partition('#')[0])} import {name}"}
        record = {field.name: shown.record for field, shown in parts}
        whole = None if None in record.values() else record
        return Shown(_call(name, lines), whole, imports)

    def _value(self, kind: Type, sizes: dict[str, int], above: tuple[str, ...]) -> Shown | None:
        match kind:
            case RefType(target=target):
                return self.object(target, above)
            case UnionType():
                return self._member(kind, above)
            case ListType():
                return self._list(kind, sizes, above)
            case MapType(values=values):
                one = self._value(values, sizes, above)
                if one is None:
                    return Shown("{}", {})
                record = None if one.record is None else {"key": one.record}
                return Shown(f'{{"key": {one.python}}}', record, one.imports)
            case _:
                return scalar_example(kind, sizes)

    def _list(self, kind: ListType, sizes: dict[str, int], above: tuple[str, ...]) -> Shown | None:
        count = max(kind.min_length or 0, 0 if kind.max_length == 0 else 1)
        one = self._value(kind.items, sizes, above) if 0 < count <= _LONGEST_LIST else None
        if one is None:
            return None if kind.min_length else Shown("[]", [])
        record = None if one.record is None else [one.record] * count
        return Shown(_bracketed([one.python] * count), record, one.imports)

    def _member(self, kind: UnionType, above: tuple[str, ...]) -> Shown | None:
        for target in kind.targets:
            one = self.object(target, above)
            if one is not None:
                record = None if one.record is None else {"$type": target, **one.record}
                return Shown(one.python, record, one.imports)
        if kind.closed and kind.targets:
            return None
        made = f"v1.Unknown({text_literal(_OTHER)}, {{}})"
        return Shown(made, {"$type": _OTHER}, frozenset({"from atdata_schema import v1"}))


def _imports(parts: Iterable[Shown]) -> frozenset[str]:
    return frozenset(line for shown in parts for line in shown.imports)


def _call(name: str, arguments: list[str]) -> str:
    return _laid_out(f"{name}(", arguments, ")")


def _bracketed(items: list[str]) -> str:
    return _laid_out("[", items, "]")


def _laid_out(start: str, parts: list[str], end: str) -> str:
    """On one line where there is room, else a line each."""
    line = f"{start}{', '.join(parts)}{end}"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    inside = "".join(f"{part},\n" for part in parts)
    return f"{start}\n{textwrap.indent(inside, '    ')}{end}"
