"""`extern`: operators whose code is somebody's own, and is given by whoever runs the lens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from atdata_schema.lenses.ops.notations import matched, named
from atdata_schema.lenses.ops.site import Implementation, Site, fail, single
from atdata_schema.lenses.program.argument_kinds import Kind, items
from atdata_schema.lenses.program.literals import Literal
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.program.values import Value
from atdata_schema.lenses.steps.equality import same
from atdata_schema.lenses.steps.laws import StepLaws
from atdata_schema.lenses.steps.leaves import Leaf
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import NOTHING, Growth, Step, Unary
from atdata_schema.lenses.types.lens_types import LensType

__all__ = ["ExternOp", "ExternStep", "extern"]


class NamedLiterals(Kind[tuple[tuple[str, Literal], ...]]):
    """Literals by name; a list of objects in a record."""

    def parse(self, value: Value) -> tuple[tuple[str, Literal], ...]:
        raise ValueError("the arguments of an extern are given by name")

    def text(self, value: tuple[tuple[str, Literal], ...]) -> str:
        return ", ".join(f"{name}={literal}" for name, literal in value)

    def record(self, value: tuple[tuple[str, Literal], ...]) -> Any:
        return [{"name": name, "value": literal.to_record()} for name, literal in value]

    def of_record(self, obj: object) -> tuple[tuple[str, Literal], ...]:
        found = tuple(map(_named, items(obj, 32)))
        if len({name for name, _ in found}) < len(found):
            raise ValueError("an argument is named twice")
        return found


def _named(obj: object) -> tuple[str, Literal]:
    if not isinstance(obj, Mapping) or set(obj) != {"name", "value"}:
        raise ValueError("an argument is an object of name and value")
    name = obj["name"]
    if not isinstance(name, str) or not name.isascii() or not name.isidentifier() or len(name) > 64:
        raise ValueError("the name of an argument is an identifier")
    return name, Literal.from_record(obj["value"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternOp(Op):
    """`extern rle(height=240)`: an operator that is declared in the file and written elsewhere."""

    NAME: ClassVar[str] = "extern"
    name: str
    arguments: tuple[tuple[str, Literal], ...] = arg(NamedLiterals(), default=())

    def __str__(self) -> str:
        said = f"({NamedLiterals().text(self.arguments)})" if self.arguments else ""
        return f"extern {self.name}{said}"

    def to_record(self) -> dict[str, Any]:
        return {**Op.to_record(self), "name": self.name}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> ExternOp:
        name = record.get("name")
        if (
            not isinstance(name, str)
            or not name.isascii()
            or not name.isidentifier()
            or len(name) > 64
        ):
            raise ValueError("the name of an extern is an identifier")
        unknown = set(record) - {"$type", "name", "arguments"}
        if unknown:
            raise ValueError(f"extern has no {min(unknown)!r:.60}; it has name, arguments")
        return cls(name=name, arguments=NamedLiterals().of_record(record.get("arguments", ())))


def extern(op: ExternOp, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at a value of the type that it declares."""
    kind = single(op, takes)
    declared = site.externs.get(op.name)
    if declared is None:
        known = ", ".join(site.externs) or "none"
        fail(
            "LN271",
            f"no extern {op.name} is declared; there are {known}",
            help="extern NAME: type <-> type;",
        )
    sizes: dict[str, Any] = {}
    fails = matched(declared.source, kind, sizes)
    if fails is False:
        fail(
            "LN272",
            f"extern {op.name} takes {declared.source}, not {kind}",
            expected=declared.source,
            actual=kind,
        )
    gives = named(declared.view, op.name, sizes)
    if gives is None:
        fail(
            "LN272",
            f"extern {op.name} gives {declared.view}, which is no type of values",
            expected="a type",
        )
    laws = StepLaws(
        get_fails=str(fails or "a value that its code refuses"),
        put_fails="a value that its code refuses",
        asks=True,
        forgets=True,
        two_way=declared.two_way,
        creates=declared.two_way,
    )
    arguments = tuple(sorted(op.arguments))
    return ExternStep(
        op=replace(op, arguments=arguments),
        takes=takes,
        gives=(gives,),
        laws=laws,
        growth=Growth(1.0),
        name=op.name,
        code=site.code.get(op.name),
        arguments={name: literal.python for name, literal in arguments},
    )


@dataclass(frozen=True, kw_only=True)
class ExternStep(Unary):
    """`extern`; what its code gives is held against the declared types, and against the laws."""

    name: str
    code: Implementation | None
    arguments: Mapping[str, Any]
    BY_ROWS: ClassVar[bool] = True

    def there(self, value: Any, n: int) -> Any:
        plain = Leaf((), self.takes[0]).out(value)
        return Leaf((), self.gives[0]).into(self._run().get(plain, **self.arguments))

    def again(self, value: Any, source: Any, n: int) -> Any:
        if source is not NOTHING and same(self.there(source, n), value):
            return source
        before = None if source is NOTHING else Leaf((), self.takes[0]).out(source)
        plain = Leaf((), self.gives[0]).out(value)
        return Leaf((), self.takes[0]).into(self._run().put(plain, before, **self.arguments))

    def _run(self) -> Implementation:
        if self.code is None:
            raise Refused(f"extern {self.name} has no code here")
        return self.code
