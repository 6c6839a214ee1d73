"""Operators as they are written: a name and typed arguments, in the language and in a record.

What an operator does is said in `atdata_schema.lenses.ops`; here is how its arguments are declared, read
and written, which is the same for all of them.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, Final, Self, TypeVar, cast

from atdata_schema.lenses.limits import MAX_RANK
from atdata_schema.lenses.program.argument_kinds import Flag, Kind
from atdata_schema.lenses.program.axis_kinds import AxisValue, PerAxis, axis_of, unique
from atdata_schema.lenses.program.values import Argument, ArgumentError, Symbol, described

__all__ = ["LENS", "Op", "Spec", "arg", "specs", "suggestion"]

LENS: Final = "dev.atdata.lens"
"""The lexicon of lenses: `$type` of an operator is its name there."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spec:
    """One argument of an operator.

    Attributes:
        name: its name, in the language.
        key: its key in a record.
        kind: what its values are; `PerAxis` takes every keyword that no other argument takes.
        default: the value where it is not given; `MISSING` where it must be.
    """

    name: str
    key: str
    kind: Kind[Any] | PerAxis[Any]
    default: Any


def arg(kind: Kind[T] | PerAxis[Any], *, default: Any = MISSING) -> Any:
    """An argument of an operator, as a field of its class."""
    if default is MISSING:
        return field(metadata={"kind": kind})
    return field(default=default, metadata={"kind": kind})


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """The base of operators.

    Attributes:
        NAME: its name in the language.
        POSITIONAL: arguments that may be given without their names, in order; the last one takes the
            rest where `VARIADIC`.
        SEES_MISSING: it takes values that may be missing; others leave a missing value missing.
    """

    NAME: ClassVar[str] = ""
    POSITIONAL: ClassVar[tuple[str, ...]] = ()
    VARIADIC: ClassVar[bool] = False
    SEES_MISSING: ClassVar[bool] = False

    @property
    def sees_missing(self) -> bool:
        """Whether it takes values that may be missing."""
        return self.SEES_MISSING

    @classmethod
    def of_arguments(cls, arguments: Sequence[Argument]) -> Self:
        """The operator of arguments of the language.

        Raises:
            ArgumentError: one that it does not take, or one that is missing.
        """
        return cls(**_Reading(cls).read(arguments))

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Self:
        """The operator of its record form.

        Raises:
            ValueError: a key that it does not have, one that is missing, or a value of another kind.
        """
        known = {spec.key: spec for spec in specs(cls)}
        for key in record:
            if key not in known and key != "$type":
                raise ValueError(
                    f"{cls.NAME} has no {key!r:.60}; it has {', '.join(known) or 'none'}"
                )
        given: dict[str, Any] = {}
        for key, spec in known.items():
            if key in record:
                given[spec.name] = _read(spec, record[key])
            elif spec.default is MISSING:
                raise ValueError(f"{cls.NAME} lacks {key!r}")
        return cls(**given)

    def to_record(self) -> dict[str, Any]:
        """The record form; arguments that have their default are left out."""
        made: dict[str, Any] = {"$type": f"{LENS}#{record_name(self.NAME)}"}
        for spec in specs(type(self)):
            value = getattr(self, spec.name)
            if value != spec.default or type(value) is not type(spec.default):
                made[spec.key] = spec.kind.record(value)
        return made

    def __str__(self) -> str:
        shown = [text for spec in specs(type(self)) for text in self._shown(spec)]
        return f"{self.NAME}({', '.join(shown)})" if shown else self.NAME

    def _shown(self, spec: Spec) -> list[str]:
        """An argument in the language, if it is to be written."""
        value, kind = getattr(self, spec.name), spec.kind
        if value == spec.default and type(value) is type(spec.default):
            return []
        if isinstance(kind, PerAxis):
            return [kind.text(item) for item in value]
        if isinstance(kind, Flag) and value:
            return [kind.word]
        if spec.name not in self.POSITIONAL:
            return [f"{spec.name}={kind.text(value)}"]
        if self.VARIADIC and spec.name == self.POSITIONAL[-1]:
            return list(map(str, value))
        return [kind.text(value)]


def record_name(name: str) -> str:
    """The name of an operator in the lexicon: `split_at` is `splitAt` there."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_SPECS: Final[dict[type[Op], tuple[Spec, ...]]] = {}


def specs(cls: type[Op]) -> tuple[Spec, ...]:
    """The arguments of an operator, in order."""
    if cls not in _SPECS:
        _SPECS[cls] = tuple(
            Spec(item.name, record_name(item.name), item.metadata["kind"], item.default)
            for item in fields(cls)
            if "kind" in item.metadata
        )
    return _SPECS[cls]


def suggestion(name: str, known: Sequence[str]) -> str:
    """`; did you mean "crop"?`, or what there is.

    >>> suggestion("corp", ["crop", "cast"])
    '; did you mean crop?'
    """
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"


def _read(spec: Spec, obj: object) -> Any:
    try:
        return (
            unique(spec.kind.of_record(obj))
            if isinstance(spec.kind, PerAxis)
            else spec.kind.of_record(obj)
        )
    except ValueError as error:
        raise ValueError(f"{spec.key}: {error}") from None


class _Reading:
    """Arguments given in the language, matched with those that an operator has."""

    def __init__(self, cls: type[Op]) -> None:
        self._cls = cls
        self._known = {spec.name: spec for spec in specs(cls)}
        self._flags = {
            spec.kind.word: spec for spec in self._known.values() if isinstance(spec.kind, Flag)
        }
        self._axes = next((s for s in self._known.values() if isinstance(s.kind, PerAxis)), None)
        self._found: dict[str, Any] = {}
        self._loose: list[tuple[int, Argument]] = []

    def read(self, arguments: Sequence[Argument]) -> dict[str, Any]:
        for index, argument in enumerate(arguments):
            if argument.key is not None:
                self._keyword(index, argument.key, argument)
            elif isinstance(argument.value, Symbol) and argument.value.name in self._flags:
                self._store(index, self._flags[argument.value.name], argument)
            else:
                self._loose.append((index, argument))
        self._positionals()
        missing = [
            "an axis" if isinstance(spec.kind, PerAxis) else spec.name
            for spec in self._known.values()
            if spec.name not in self._found and spec.default is MISSING
        ]
        if missing:
            raise ArgumentError(f"{self._cls.NAME} needs {' and '.join(missing)}")
        return self._found

    def _positionals(self) -> None:
        names = self._cls.POSITIONAL
        for place, (index, argument) in enumerate(self._loose):
            if place >= len(names) - self._cls.VARIADIC:
                break
            self._store(index, self._known[names[place]], argument)
        else:
            return
        rest = self._loose[len(names) - self._cls.VARIADIC :]
        index = rest[0][0]
        if not self._cls.VARIADIC:
            shown = described(rest[0][1].value)
            raise ArgumentError(
                f"{self._cls.NAME} takes no {shown} here; give its arguments by name: {self._listed()}",
                index,
            )
        values = tuple(argument.value for _, argument in rest)
        self._store(index, self._known[names[-1]], Argument(None, values))

    def _keyword(self, index: int, key: str, argument: Argument) -> None:
        spec = self._known.get(key)
        if spec is not None and not isinstance(spec.kind, PerAxis):
            self._store(index, spec, argument)
        elif self._axes is not None:
            self._axis(index, key, argument)
        else:
            names = list(self._known)
            said = suggestion(key, names) if names else "; it has none"
            raise ArgumentError(f"{self._cls.NAME} has no argument {key}{said}", index)

    def _axis(self, index: int, key: str, argument: Argument) -> None:
        spec = cast("Spec", self._axes)
        kind = cast("PerAxis[Any]", spec.kind)
        before = self._found.get(spec.name, ())
        try:
            value = AxisValue(axis_of(key), kind.kind.parse(argument.value))
            found = unique((*before, value))
        except ValueError as error:
            raise ArgumentError(f"{key}: {error}", index) from None
        if len(found) > (MAX_RANK if kind.many else 1):
            raise ArgumentError(
                f"{self._cls.NAME} takes {'fewer axes' if kind.many else 'one axis'}", index
            )
        self._found[spec.name] = found

    def _store(self, index: int, spec: Spec, argument: Argument) -> None:
        if spec.name in self._found:
            raise ArgumentError(f"{self._cls.NAME} is given {spec.name} twice", index)
        try:
            self._found[spec.name] = cast("Kind[Any]", spec.kind).parse(argument.value)
        except ValueError as error:
            raise ArgumentError(f"{spec.name}: {error}", index) from None

    def _listed(self) -> str:
        names = ["an axis" if isinstance(s.kind, PerAxis) else s.name for s in self._known.values()]
        return ", ".join(names) or "it has none"
