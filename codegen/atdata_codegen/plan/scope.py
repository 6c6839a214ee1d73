"""The names of one module: what it imports and what it defines.

Names of lexicons come first. Where a field has the name of something that the module imports, the module
calls its import by that name with `_` behind.
"""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["IMPORTED", "IN_LENSES", "Scope", "distinct"]

_SOURCES = {
    "builtins": ("builtins", None),
    "dataclass": ("dataclasses", "dataclass"),
    "datetime": ("datetime", "datetime"),
    "IntEnum": ("enum", "IntEnum"),
    "TYPE_CHECKING": ("typing", "TYPE_CHECKING"),
    "Protocol": ("typing", "Protocol"),
    "Any": ("typing", "Any"),
    "ClassVar": ("typing", "ClassVar"),
    "Final": ("typing", "Final"),
    "Literal": ("typing", "Literal"),
    "TypeAlias": ("typing", "TypeAlias"),
    "final": ("typing", "final"),
    "np": ("numpy", None),
    "NDArray": ("numpy.typing", "NDArray"),
    "v1": ("atdata_schema", "v1"),
}
IN_LENSES = frozenset({"Protocol", "TYPE_CHECKING"})
"""Names that modules of lenses import, and those of lexicons do not."""
IMPORTED = (frozenset(_SOURCES) - IN_LENSES) | {"LEXICON", "annotations"}
"""Names that a definition cannot have, whether the module at hand imports them or not."""

_STANDARD = frozenset(module for module, _ in _SOURCES.values()) - {
    "numpy",
    "numpy.typing",
    "atdata_schema",
}


class Scope:
    """Hands out names; each import is there because something asked for it."""

    def __init__(self, shadows: Collection[str] = ()) -> None:
        """`shadows`: names that hide those of the module somewhere in it."""
        self._taken: set[str] = {*shadows, *IMPORTED}
        self._shadows = frozenset(shadows)
        self._imports: dict[tuple[str, str | None], str] = {}

    def define(self, name: str) -> str:
        """A name for a definition: the one given, with `_` behind where it is taken, or `_2`, `_3`, ..."""
        return distinct(name, self._taken)

    def use(self, name: str) -> str:
        """The module's name for one of the usual imports."""
        source = _SOURCES[name]
        if source not in self._imports:
            self._imports[source] = name if name not in self._shadows else self.define(name)
        return self._imports[source]

    def use_module(self, module: str, alias: str) -> str:
        """The module's name for another generated module."""
        package, _, name = module.rpartition(".")
        if (package, name) not in self._imports:
            self._imports[package, name] = self.define(alias)
        return self._imports[package, name]

    def use_member(self, module: str, name: str, otherwise: str) -> str:
        """The module's name for a class of another generated module: its own, or another where that is taken."""
        if (module, name) not in self._imports:
            free = name not in self._taken
            self._imports[module, name] = self.define(name if free else otherwise)
        return self._imports[module, name]

    @property
    def taken(self) -> frozenset[str]:
        """All names of the module, those of imports that it may not have among them."""
        return frozenset(self._taken)

    @property
    def names(self) -> dict[str, str]:
        """Usual name to the module's name, of everything used so far."""
        used = self._imports
        return {name: used[source] for name, source in _SOURCES.items() if source in used}

    def imports(self) -> tuple[tuple[str, ...], ...]:
        """The import lines in blocks: standard library, numpy, the rest."""
        blocks: dict[int, list[tuple[bool, str, str]]] = {}
        members: dict[str, list[str]] = {}
        for (module, name), local in self._imports.items():
            if name is not None and name == local:
                members.setdefault(module, []).append(name)
                continue
            line = f"import {module}" if name is None else f"from {module} import {name}"
            line += "" if module == local else f" as {local}"
            blocks.setdefault(_block(module), []).append((name is None, module, line))
        for module, names in members.items():
            ordered = sorted(names, key=lambda name: (not name.isupper(), name))  # constants first
            line = f"from {module} import {', '.join(ordered)}"
            blocks.setdefault(_block(module), []).append((False, module, line))
        return tuple(_lines(blocks[number]) for number in sorted(blocks))


def distinct(name: str, taken: set[str]) -> str:
    """A name that is not taken yet, and now is.

    >>> taken: set[str] = set()
    >>> [distinct("CAT", taken) for _ in range(3)]
    ['CAT', 'CAT_', 'CAT_2']
    """
    candidate, number = name, 1
    while candidate in taken:
        candidate = f"{name}_{number if number > 1 else ''}"
        number += 1
    taken.add(candidate)
    return candidate


def _block(module: str) -> int:
    top = module.partition(".")[0]
    if top == "numpy":
        return 1
    return 0 if top in _STANDARD else 2


def _lines(block: list[tuple[bool, str, str]]) -> tuple[str, ...]:
    plain = sorted((module, line) for is_plain, module, line in block if is_plain)
    members = sorted((module, line) for is_plain, module, line in block if not is_plain)
    return tuple(line for _, line in plain + members)
