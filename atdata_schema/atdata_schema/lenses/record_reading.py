"""From a record to a lens. Whatever the language does not know is refused, never passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from atdata_schema import syntax
from atdata_schema.lenses.findings import Pointer
from atdata_schema.lenses.limits import (
    MAX_CLAUSES,
    MAX_NESTING,
    MAX_OPERATORS,
    MAX_PATH,
    MAX_WORD,
)
from atdata_schema.lenses.ops.nesting import Each, With
from atdata_schema.lenses.ops.registry import BY_RECORD
from atdata_schema.lenses.program.clauses import (
    Bind,
    Block,
    Clause,
    Const,
    Derive,
    Drop,
    Extern,
    Program,
    SchemaRef,
)
from atdata_schema.lenses.program.literals import Literal
from atdata_schema.lenses.program.notation import Notation
from atdata_schema.lenses.program.op import LENS, Op
from atdata_schema.lenses.program.paths import Path, pointer_of
from atdata_schema.lenses.record import LANGUAGE
from atdata_schema.lenses.report import Report

__all__ = ["from_record"]

T = TypeVar("T")
_KEYS: Final = ("$type", "lang", "name", "source", "view", "clauses")
_OPTIONAL: Final = ("description", "externs", "claims", "createdAt")
_BINDS: Final = (f"{LENS}#bind", f"{LENS}#derive")


def from_record(record: object, report: Report) -> Program | None:
    """The lens of a record; what is wrong with it goes into the report.

    Args:
        record: JSON objects, or values of the data model.
        report: takes the findings; each points into `record`.
    """
    return _Reading(report).program(record)


class _Wrong(Exception):
    """A part that is not as the lexicon says; the report knows."""


class _Reading:
    """The reading of one record."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._count = 0

    def program(self, record: object) -> Program | None:
        try:
            return self._program(record)
        except _Wrong:
            return None

    def _refuse(self, message: str, at: Pointer, rule: str = "LN006") -> _Wrong:
        self._report.error(rule, message, at)
        return _Wrong()

    def _map(
        self, obj: object, at: Pointer, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> Mapping[str, Any]:
        if not isinstance(obj, Mapping):
            raise self._refuse(f"an object is wanted, not {type(obj).__name__}", at)
        for key in required:
            if key not in obj:
                raise self._refuse(f"{key!r} is required and not there", at)
        for key in obj:
            if key not in required and key not in optional:
                known = ", ".join((*required, *optional))
                raise self._refuse(f"unknown key {key!r:.60}; there are {known}", at)
        return obj

    def _try(self, make: Callable[[Any], T], obj: Any, at: Pointer) -> T:
        try:
            return make(obj)
        except ValueError as error:
            raise self._refuse(str(error), at) from None

    def _list(self, obj: object, at: Pointer, most: int) -> list[Any]:
        if not isinstance(obj, list):
            raise self._refuse(f"a list is wanted, not {type(obj).__name__}", at)
        if len(obj) > most:
            raise self._refuse(f"{len(obj)} items; at most {most} are allowed", at, "LN260")
        return obj

    def _program(self, record: object) -> Program:
        found = self._map(record, (), _KEYS, _OPTIONAL)
        if found["$type"] != LENS:
            raise self._refuse(f"$type is {LENS}, not {found['$type']!r:.60}", ("$type",))
        if found["lang"] != LANGUAGE:
            raise self._refuse(
                f"the language is {LANGUAGE}, not {found['lang']!r:.60}; a newer atdata may know it",
                ("lang",),
            )
        externs = self._list(found.get("externs", []), ("externs",), 64)
        return Program(
            name=self._try(_name, found["name"], ("name",)),
            source=self._ref(found["source"], ("source",)),
            view=self._ref(found["view"], ("view",)),
            clauses=self._clauses(found["clauses"], ("clauses",), 0),
            externs=tuple(self._extern(item, ("externs", i)) for i, item in enumerate(externs)),
            description=self._optional(found, "description"),
        )

    def _optional(self, found: Mapping[str, Any], key: str) -> str | None:
        return self._try(_word, found[key], (key,)) if key in found else None

    def _ref(self, obj: object, at: Pointer) -> SchemaRef:
        found = self._map(obj, at, ("id", "cid"), ("uri",))
        cid = self._try(_cid, found["cid"], (*at, "cid"))
        uri = self._try(_word, found["uri"], (*at, "uri")) if "uri" in found else None
        return SchemaRef(self._try(_word, found["id"], (*at, "id")), cid, uri=uri)

    def _extern(self, obj: object, at: Pointer) -> Extern:
        found = self._map(obj, at, ("name", "source", "view", "twoWay"), ("description",))
        if not isinstance(found["twoWay"], bool):
            raise self._refuse("twoWay is true or false", (*at, "twoWay"))
        described = found.get("description")
        return Extern(
            name=self._try(_identifier, found["name"], (*at, "name")),
            source=self._try(_notation, found["source"], (*at, "source")),
            view=self._try(_notation, found["view"], (*at, "view")),
            two_way=found["twoWay"],
            description=None if described is None else self._try(_word, described, at),
        )

    def _clauses(self, obj: object, at: Pointer, depth: int) -> tuple[Clause, ...]:
        made: list[Clause] = []
        for index, item in enumerate(self._list(obj, at, MAX_CLAUSES)):
            self._count += 1
            if self._count > MAX_CLAUSES:
                raise self._refuse(
                    f"more than {MAX_CLAUSES} clauses, those of blocks included", at, "LN260"
                )
            try:
                made.append(self._clause(item, (*at, index), depth))
            except _Wrong:
                continue  # the others are looked at too
        return tuple(made)

    def _clause(self, obj: object, at: Pointer, depth: int) -> Clause:
        kind = obj.get("$type") if isinstance(obj, Mapping) else None
        if kind in _BINDS:
            found = self._map(obj, at, ("$type", "src", "dst"), ("ops",))
            src = self._paths(found["src"], (*at, "src"))
            dst = self._paths(found["dst"], (*at, "dst"))
            ops = self._list(found.get("ops", []), (*at, "ops"), MAX_OPERATORS)
            made = tuple(self._op(op, (*at, "ops", i), depth) for i, op in enumerate(ops))
            return Bind(src, made, dst) if kind == f"{LENS}#bind" else Derive(src, made, dst)
        if kind == f"{LENS}#const":
            found = self._map(obj, at, ("$type", "value", "dst"))
            value = self._try(Literal.from_record, found["value"], (*at, "value"))
            return Const(value, self._path(found["dst"], (*at, "dst")))
        if kind == f"{LENS}#drop":
            found = self._map(obj, at, ("$type", "path"), ("default",))
            path, default = self._path(found["path"], (*at, "path")), None
            if "default" in found:
                default = self._try(Literal.from_record, found["default"], (*at, "default"))
            return Drop(path, default)
        raise self._refuse(
            f"{kind!r:.80} is no clause: #bind, #derive, #const or #drop of {LENS}", at
        )

    def _paths(self, obj: object, at: Pointer) -> tuple[Path, ...]:
        found = self._list(obj, at, MAX_PATH)
        if not found:
            raise self._refuse("at least one field is wanted", at)
        return tuple(self._path(item, (*at, index)) for index, item in enumerate(found))

    def _path(self, obj: object, at: Pointer) -> Path:
        if not isinstance(obj, str):
            raise self._refuse(f"a JSON pointer is wanted, not {type(obj).__name__}", at)
        return self._try(pointer_of, obj, at)

    def _op(self, obj: object, at: Pointer, depth: int) -> Op:
        kind = obj.get("$type") if isinstance(obj, Mapping) else None
        name = kind.removeprefix(f"{LENS}#") if isinstance(kind, str) else ""
        if not isinstance(obj, Mapping) or name not in BY_RECORD or kind == name:
            raise self._refuse(f"{kind!r:.80} is no operator of {LANGUAGE}", at, "LN002")
        cls = BY_RECORD[name]
        if cls is not Each and cls is not With:
            return self._try(cls.of_record, obj, at)
        if depth >= MAX_NESTING:
            raise self._refuse(
                f"blocks inside blocks; at most {MAX_NESTING} are allowed", at, "LN263"
            )
        found = self._map(obj, at, ("$type", "clauses"))
        block = Block(self._clauses(found["clauses"], (*at, "clauses"), depth + 1))
        return Each(block=block) if cls is Each else With(block=block)


def _word(obj: object) -> str:
    if not isinstance(obj, str) or len(obj) > MAX_WORD:
        raise ValueError(f"a text of at most {MAX_WORD} characters is wanted")
    return obj


def _name(obj: object) -> str:
    """The name of a lens as the language has names, so that its text is that of one lens."""
    text = _word(obj)
    if not text.isascii() or not text.isidentifier():
        raise ValueError(f"{text!r:.80} is no name of a lens: letters, digits and _")
    return text


def _identifier(obj: object) -> str:
    if not isinstance(obj, str) or not obj.isascii() or not obj.isidentifier() or len(obj) > 64:
        raise ValueError(f"{obj!r:.80} is no identifier")
    return obj


def _cid(obj: object) -> str:
    if not isinstance(obj, str) or not syntax.is_valid("cid", obj):
        raise ValueError(f"{obj!r:.80} is no CID")
    return obj


def _notation(obj: object) -> Notation:
    from lark import UnexpectedInput

    from atdata_schema.lenses.language.parser import deepest, parse_type  # lark: only for externs

    text = _word(obj)
    if len(text) > 400 or deepest(text) > 8:
        raise ValueError(f"{text[:60]!r} is too long for a type")
    try:
        made = parse_type(text)
    except UnexpectedInput:
        raise ValueError(f"{text!r:.80} is no type such as uint8[H, W, 3]") from None
    if str(made) != text:
        raise ValueError(f"{text!r:.80} is {str(made)!r:.80} in canonical form")
    return made
