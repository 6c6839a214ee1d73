"""The names of one module of lenses."""

from __future__ import annotations

from collections.abc import Iterable
from keyword import iskeyword

from atdata_codegen.lenses.unit import LensUnit, SampleClass
from atdata_codegen.plan.naming import constant_name
from atdata_codegen.plan.scope import IN_LENSES, Scope, distinct
from atdata_schema.lenses.program.paths import Path
from atdata_schema.names import attribute_name, upper_camel

__all__ = ["Names", "local_name"]

_BUILTINS = frozenset(
    {"bool", "bytes", "dict", "float", "int", "len", "list", "range", "self", "slice", "str"}
    | {"tuple", "type", "super", "object", "print", "None", "True", "False"}
)


class Names:
    """Hands out the names of a module, and imports what it uses."""

    def __init__(self, unit: LensUnit) -> None:
        self._unit = unit
        self._scope = Scope()
        for name in sorted(IN_LENSES):
            self._scope.define(name)

    def use(self, name: str) -> str:
        """The module's name for one of the usual imports."""
        return self._scope.use(name)

    def lens(self, name: str) -> str:
        """A name of the kernel's contract for lenses."""
        return f"{self.use('v1')}.lens.{name}"

    def define(self, name: str) -> str:
        """A name for something that the module defines."""
        return self._scope.define(name)

    def function(self, *words: str) -> str:
        """The name of a function of the module's own."""
        return self.define("_" + "_".join(word.strip("_") or "x" for word in words))

    def constant(self, *words: str) -> str:
        """The name of a constant of the module's own."""
        return self.define("_" + constant_name(*words))

    def sample(self, ref: str) -> SampleClass:
        """The class of a type.

        Raises:
            KeyError: the unit does not have it.
        """
        return self._unit.classes[ref]

    def class_of(self, ref: str) -> str:
        """The module's name for the class of a type."""
        cls = self.sample(ref)
        return self._member(cls.module, cls.name)

    def batch_of(self, ref: str) -> str:
        """The module's name for the batch class of a type."""
        cls = self.sample(ref)
        return self._member(cls.module, cls.batch_name)

    def _member(self, module: str, name: str) -> str:
        owner = upper_camel(module.rpartition(".")[2])
        return self._scope.use_member(module, name, owner + name)

    def locals(self, paths: Iterable[Path]) -> dict[Path, str]:
        """A name inside a function for each of some fields."""
        taken = set(_BUILTINS) | self._scope.taken
        return {path: distinct(local_name(path), taken) for path in paths}

    def imports(self) -> tuple[tuple[str, ...], ...]:
        """The import lines in blocks."""
        return self._scope.imports()


def local_name(path: Path) -> str:
    """The name of a field inside a function: that of its attribute.

    >>> local_name(("meta", "site")), local_name(("class",)), local_name(("x-ray",))
    ('site', 'class_', 'x_ray')
    """
    name = attribute_name(path[-1])
    return f"{name}_" if iskeyword(name) else name
