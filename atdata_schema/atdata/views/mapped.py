"""Samples that a function makes of others."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from atdata.errors import LoadError, MapError
from atdata.sample_type import sample_type_of
from atdata.views.calls import call, name_of
from atdata.views.each import Each
from atdata.views.faces import Reread
from atdata.views.plan import Plan
from atdata.views.shown import Shown
from atdata_schema.sample import Sample

__all__ = ["Mapped"]


class Mapped(Each):
    """What a function makes of each sample of a plan: samples of one class, under the same keys.

    The class is the one given, that of the function's return annotation, or that of the first result.
    """

    calls = True
    is_made = True

    def __init__(self, base: Plan, fn: Callable[[Any], Any], cls: type[Any] | None) -> None:
        if not callable(fn):
            raise LoadError(f"map takes a function of a sample, got a {type(fn).__name__}")
        super().__init__(base)
        self._fn = fn
        self._type = _annotated(fn) if cls is None else cls
        if self._type is not None:
            sample_type_of(self._type)

    @property
    def sample_type(self) -> type[Any]:
        if self._type is None and next(self.stream(), None) is None:
            raise LoadError(
                f"map({name_of(self._fn)}) has no sample to tell its class by: give sample_type"
            )
        assert self._type is not None  # the first sample told it
        return self._type

    @property
    def known_type(self) -> type[Any] | None:
        return self._type

    def one(self, key: str, sample: Any) -> Any:
        made = call("map", self._fn, key, sample)
        if self._type is None:
            self._type = self._class_of(key, made)
        if not isinstance(made, self._type):
            raise MapError(self._wrong(key, made, f"a {self._type.__name__}, as all samples are"))
        return made

    def _class_of(self, key: str, made: Any) -> type[Any]:
        try:
            sample_type_of(type(made))
        except LoadError:
            raise MapError(self._wrong(key, made, "a sample of a typed class")) from None
        return type(made)

    def _wrong(self, key: str, made: Any, wanted: str) -> str:
        got = "None" if made is None else f"a {type(made).__name__}"
        return f"map({name_of(self._fn)}) returned {got} for the key {key!r}: return {wanted}"

    def steps(self) -> tuple[str, ...]:
        return (*self._base.steps(), f"map({name_of(self._fn)})")

    def as_class(self, cls: type[Any]) -> Plan:
        return Shown(self, Reread(cls))


def _annotated(fn: Callable[[Any], Any]) -> type[Any] | None:
    """The sample class that a function says it returns, where it says one.

    Raises:
        MapError: it says that it returns nothing.
    """
    found = fn if isinstance(fn, type) else _hints(fn).get("return")
    if found is type(None):
        raise MapError(f"map({name_of(fn)}) returns None: return a sample of a typed class")
    if not isinstance(found, type) or (issubclass(found, Sample) and not hasattr(found, "FIELDS")):
        return None
    try:
        sample_type_of(found)
    except LoadError:
        return None  # what it gives will tell
    return found


def _hints(fn: Callable[[Any], Any]) -> dict[str, Any]:
    place: Any = fn if hasattr(fn, "__annotations__") else vars(type(fn)).get("__call__")
    try:
        return typing.get_type_hints(place)
    except Exception:  # names that are not to be found there, or no function of Python
        return {}
