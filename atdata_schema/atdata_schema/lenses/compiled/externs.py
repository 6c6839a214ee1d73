"""The code of externs, which somebody else writes: found when it is first needed, and never before."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from atdata_schema.errors import LensError
from atdata_schema.fields.field import Field
from atdata_schema.lenses.compiled.fields import kind_of
from atdata_schema.lenses.compiled.operator import Operator
from atdata_schema.lenses.steps.laws import StepLaws

__all__ = ["Externs", "extern"]


class Externs:
    """The functions of a module, by name.

    Args:
        module: the module, by its full name.
        skeletons: the names of the functions that it has to have, and a skeleton of each.
    """

    __slots__ = ("_found", "_skeletons", "module")

    def __init__(self, module: str, skeletons: Mapping[str, str]) -> None:
        self.module = module
        self._skeletons = skeletons
        self._found: Any = None

    def function(self, name: str) -> Any:
        """One of them.

        Raises:
            LensError: the module is not there, or lacks some; it tells all that are missing.
        """
        if self._found is None:
            self._found = self._module()
        return getattr(self._found, name)

    def _module(self) -> Any:
        try:
            found = import_module(self.module)
        except ModuleNotFoundError as error:
            if not error.name or not f"{self.module}.".startswith(f"{error.name}."):
                raise  # the module is there, and something that it imports is not
            found = None
        missing = [name for name in self._skeletons if not callable(getattr(found, name, None))]
        if missing:
            what = "has no" if found is not None else "is not there; it needs"
            skeletons = "\n\n".join(self._skeletons[name] for name in missing)
            raise LensError(
                f"{self.module} {what} {', '.join(missing)}: write into it\n\n{skeletons}"
            )
        return found


class _Code:
    """An implementation whose functions are looked up when they are called."""

    __slots__ = ("_externs", "_name")

    def __init__(self, externs: Externs, name: str) -> None:
        self._externs = externs
        self._name = name

    def get(self, value: Any, **arguments: Any) -> Any:
        """The view of a value."""
        return self._externs.function(f"{self._name}_get")(value, **arguments)

    def put(self, view: Any, source: Any, **arguments: Any) -> Any:
        """The value of a view."""
        return self._externs.function(f"{self._name}_put")(view, source, **arguments)


def extern(
    externs: Externs, name: str, takes: Field[Any], gives: Field[Any], **arguments: Any
) -> Operator:
    """An operator whose code is somebody's own; what it gives is held against the declared types."""
    from atdata_schema.lenses.ops.externs import ExternOp, ExternStep

    step = ExternStep(
        op=ExternOp(name=name),
        takes=(kind_of(takes),),
        gives=(kind_of(gives),),
        laws=StepLaws(asks=True, forgets=True),
        name=name,
        code=_Code(externs, name),
        arguments=arguments,
    )
    return Operator(step)
