"""Objects from their fields: made anew, or with some fields changed."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from atdata_schema.lenses.program.paths import Path, dotted
from atdata_schema.lenses.steps.equality import attribute_of
from atdata_schema.lenses.steps.objects import value_as
from atdata_schema.lenses.steps.refusals import Misplaced, Refused

__all__ = ["Assembly", "changed"]


@dataclass(frozen=True)
class Assembly:
    """How an object is put together: its fields, and the objects in it.

    Attributes:
        path: where it stands.
        optional: whether it may be missing; then it is missing where all its fields are.
        leaves: the fields that have a value of their own, and whether each is required.
        parts: the objects in it that are put together too.
    """

    path: Path = ()
    optional: bool = False
    leaves: tuple[tuple[str, bool], ...] = ()
    parts: tuple[tuple[str, Assembly], ...] = ()

    def build(self, values: Mapping[Path, Any], idle: Set[Path] = frozenset()) -> dict[str, Any]:
        """The object as a mapping, from the values of all fields in it.

        Args:
            values: the value of each field.
            idle: fields that do not make an object be there, such as those that have a default.

        Raises:
            Misplaced: a required field has no value.
        """
        return self._build(values, idle) or {}

    def _build(self, values: Mapping[Path, Any], idle: Set[Path]) -> dict[str, Any] | None:
        made: dict[str, Any] = {name: values[(*self.path, name)] for name, _ in self.leaves}
        for name, part in self.parts:
            made[name] = part._build(values, idle)
        telling = [value for name, value in made.items() if (*self.path, name) not in idle]
        if self.optional and all(value is None for value in telling):
            return None
        for name, required in self.leaves:
            if required and made[name] is None:
                reason = "it is required, and there is nothing to put there"
                raise Misplaced((*self.path, name), Refused(reason))
        return made

    def partial(self) -> tuple[str | None, str | None]:
        """Fields of which no object can be made, and an object that no fields make; in words."""
        get_fails: str | None = None
        put_fails: str | None = None
        for _, part in self.parts:
            inner_get, inner_put = part.partial()
            get_fails, put_fails = get_fails or inner_get, put_fails or inner_put
            if part.optional:
                needed = any(required for _, required in part.leaves)
                name = dotted(part.path)
                if needed and len(part.leaves) + len(part.parts) > 1:
                    get_fails = (
                        get_fails or f"a sample with some of {name}, and not all that it requires"
                    )
                if not needed:
                    put_fails = put_fails or f"{name} that is there, and empty"
        return get_fails, put_fails

    def check(self, value: Any) -> None:
        """Hold an object against what `build` can make: an object that may be missing is not there and empty.

        Raises:
            Misplaced: it is, so it would come back as missing.
        """
        for name, part in self.parts:
            inner = attribute_of(value, name)
            if inner is None:
                continue
            if part.optional and part.is_empty(inner):
                reason = "it holds nothing, which the source cannot tell from its not being there"
                raise Misplaced(part.path, Refused(reason, inner))
            part.check(inner)

    def is_empty(self, value: Any) -> bool:
        """Whether an object has no value in any field."""
        if value is None:
            return True
        if any(attribute_of(value, name) is not None for name, _ in self.leaves):
            return False
        return all(part.is_empty(attribute_of(value, name)) for name, part in self.parts)


def changed(holder: Any, changes: Mapping[Path, Any]) -> Any:
    """An object with other values in some fields; the object itself stays as it was."""
    first: dict[str, Any] = {}
    inner: dict[str, dict[Path, Any]] = {}
    for path, value in changes.items():
        if len(path) == 1:
            first[path[0]] = value
        else:
            inner.setdefault(path[0], {})[path[1:]] = value
    for name, rest in inner.items():
        first[name] = changed(attribute_of(holder, name), rest)
    if isinstance(holder, Mapping):
        return {**holder, **first}
    return _copied(holder, first)


def _copied(sample: Any, changes: Mapping[str, Any]) -> Any:
    """A sample of the same class with other values in some fields; undeclared entries are kept."""
    cls = type(sample)
    fields = cls.FIELDS
    values = {
        attribute: (
            value_as(fields[name], changes[name]) if name in changes else getattr(sample, attribute)
        )
        for name, attribute in zip(fields.names, fields.attributes, strict=True)
    }
    made = cls(**values)
    extra = getattr(sample, "_extra", None)
    if extra:
        object.__setattr__(made, "_extra", extra)
    return made
