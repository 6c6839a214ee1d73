"""Conditions out of Python's own operators: `ds.f.confidence > 0.9`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NoReturn

import numpy as np

from atdata.errors import QueryError
from atdata.manifest.query.conditions import (
    Among,
    Compare,
    Condition,
    Has,
    Matches,
    Missing,
    NotANumber,
    Operator,
    both,
)
from atdata.manifest.query.kinds import FieldKind, NoSuchField, kind_of
from atdata.manifest.query.spelling import Path, Value, spelt_path, value_of
from atdata_schema.model import Model

__all__ = ["FieldRef", "FieldRefs"]

_MOST_SHOWN: Final = 12


class FieldRefs:
    """The fields of a dataset's samples, by attribute or, for any name, by item.

    Args:
        model: the sample type; without one, every name is taken.
    """

    __slots__ = ("_model",)

    def __init__(self, model: Model | None) -> None:
        self._model = model

    def __getitem__(self, name: str) -> FieldRef:
        """A field by its name, as the lexicon or the class has it.

        Raises:
            NoSuchField: the samples have none of this name.
        """
        if not isinstance(name, str):
            raise QueryError(f"a field is named by a text, got a {type(name).__name__}")
        return _ref(self._model, (name,))

    def __getattr__(self, name: str) -> FieldRef:
        # What Python itself looks for is no field, whatever the samples hold: that is for items.
        if name in FieldRefs.__slots__ or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        return self[name]

    def __dir__(self) -> list[str]:
        names = [] if self._model is None else [field.name for field in self._model.main.fields]
        return [*super().__dir__(), *names]

    def __repr__(self) -> str:
        if self._model is None:
            return "<fields of samples without a type>"
        listed = ", ".join(str(field) for field in self._model.main.fields[:_MOST_SHOWN])
        return f"<fields: {listed}>"


class FieldRef:
    """A field of samples; comparing it makes a condition."""

    __slots__ = ("_kind", "_model", "_path")

    def __init__(self, model: Model | None, path: Path, kind: FieldKind | None) -> None:
        self._model = model
        self._path = path
        self._kind = kind

    def __gt__(self, other: object) -> Condition:
        return self._compared(">", other)

    def __ge__(self, other: object) -> Condition:
        return self._compared(">=", other)

    def __lt__(self, other: object) -> Condition:
        return self._compared("<", other)

    def __le__(self, other: object) -> Condition:
        return self._compared("<=", other)

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]  # that is what it is for
        return self._compared("==", other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]  # as above
        return self._compared("!=", other)

    __hash__ = None  # type: ignore[assignment]  # equality makes a condition

    def isin(self, values: Iterable[object]) -> Condition:
        """That it is one of some values."""
        return Among(self._path, _values(values))

    is_in = isin

    def between(self, low: object, high: object) -> Condition:
        """That it lies from one value to another, both included."""
        return both(self >= low, self <= high)

    def contains(self, value: object) -> Condition:
        """That a list has a value in it, or that a text has another one in it."""
        found = value_of(value)
        is_list = self._kind is not None and self._kind.kind == "list"
        if is_list or found.kind != "text":
            return Has(self._path, found)
        return Matches(self._path, "contains", found.value)

    def has(self, value: object) -> Condition:
        """That a list has a value in it."""
        return Has(self._path, value_of(value))

    def startswith(self, text: str) -> Condition:
        """That a text begins with another one."""
        return Matches(self._path, "startswith", _text(text))

    def endswith(self, text: str) -> Condition:
        """That a text ends with another one."""
        return Matches(self._path, "endswith", _text(text))

    def is_null(self) -> Condition:
        """That there is no value."""
        return Missing(self._path)

    def is_nan(self) -> Condition:
        """That it is NaN."""
        return NotANumber(self._path)

    def __getitem__(self, name: str) -> FieldRef:
        """A field of the object that this field is."""
        return _ref(self._model, (*self._path, name))

    def __getattr__(self, name: str) -> FieldRef:
        if name in FieldRef.__slots__ or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        return self[name]

    def __bool__(self) -> NoReturn:
        raise QueryError(
            f"a field is neither true nor false by itself: write {self._said} == True for a boolean, and "
            "& | ~ in place of and, or, not"
        )

    def __contains__(self, value: object) -> NoReturn:
        raise QueryError(f"Python makes `in` a bool at once: write {self._said}.has(value)")

    def __iter__(self) -> NoReturn:
        raise QueryError(
            f"{self._said} is a field, and not its values: they come from ds.ordered()"
        )

    def __repr__(self) -> str:
        said = "" if self._kind is None else f": {self._kind.notation}"
        return f"<field {spelt_path(self._path)}{said}>"

    @property
    def _said(self) -> str:
        return f"f.{spelt_path(self._path)}"

    def _compared(self, operator: Operator, other: object) -> Condition:
        if isinstance(other, FieldRef):
            raise QueryError(
                "two fields are compared: one side is to be a value; else use ds.filter"
            )
        return Compare(self._path, operator, value_of(other))


def _ref(model: Model | None, path: Path) -> FieldRef:
    if model is None:
        return FieldRef(None, path, None)
    try:
        found, kind = kind_of(model, path, attributes=True)
    except NoSuchField as error:
        raise error from None
    return FieldRef(model, found, kind)


def _values(given: Iterable[object]) -> tuple[Value, ...]:
    if isinstance(given, str | bytes):
        raise QueryError("isin takes a list of values, got one text: put it in brackets")
    if isinstance(given, np.ndarray):
        given = given.ravel().tolist()
    try:
        values = dict.fromkeys(map(value_of, given))
    except TypeError:
        raise QueryError(f"isin takes a list of values, got a {type(given).__name__}") from None
    if isinstance(given, set | frozenset):  # which have another order each time
        return tuple(sorted(values, key=lambda value: (value.kind, value.value)))
    return tuple(values)


def _text(given: object) -> str:
    value = value_of(given)
    if value.kind != "text":
        raise QueryError(f"a text is looked for, got a {type(given).__name__}")
    found: str = value.value
    return found
