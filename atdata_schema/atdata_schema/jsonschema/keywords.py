"""One schema object that a stranger wrote: its keywords with the types they should have, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NoReturn, cast

from atdata_schema.data import MAX_INTEGER, MIN_INTEGER
from atdata_schema.errors import JsonSchemaError
from atdata_schema.jsonschema.dialects import EXTENSION
from atdata_schema.portable import description_of
from atdata_schema.syntax.quoting import quoted

__all__ = ["MAX_DEPTH", "Keywords"]

MAX_DEPTH: Final = 32
"""How deep schemas may be nested in each other, references included."""

_CHANGING: Final = (
    *("allOf", "not", "if", "then", "else", "patternProperties", "dependencies"),
    *("dependentSchemas", "prefixItems", "additionalItems", "$recursiveRef", "$dynamicRef"),
)
_SAID: Final = {
    "dtype": str,
    "type": str,
    "as": str,
    "finite": bool,
    "shape": list,
    "classes": list,
    "accept": list,
    "aliases": list,
    "minLength": int,
    "maxLength": int,
    "minGraphemes": int,
    "maxGraphemes": int,
    "maxSize": int,
}


class Keywords:
    """The keywords of one schema; what has the wrong type is refused with its place.

    Args:
        raw: what should be a schema.
        path: where it stands.

    Raises:
        JsonSchemaError: it is no object, or says what is not read.
    """

    __slots__ = ("path", "raw")

    def __init__(self, raw: object, path: tuple[str | int, ...] = ()) -> None:
        self.path = path
        if not isinstance(raw, Mapping):
            self.refuse(f"a schema is an object, not a {type(raw).__name__}")
        self.raw = cast("Mapping[str, object]", raw)
        for name in _CHANGING:
            if name in self.raw:
                self.refuse(f"{name} is not read: a sample type has one shape")

    def refuse(self, reason: str, *steps: str | int) -> NoReturn:
        """Raise what is wrong here, or at a keyword."""
        raise JsonSchemaError(reason, (*self.path, *steps))

    def below(self, *steps: str | int) -> Keywords:
        """The schema that stands under a keyword."""
        inner: Any = self.raw
        for step in steps:
            inner = inner[step]
        return Keywords(inner, (*self.path, *steps))

    def _typed(self, name: str, kind: type, wanted: str) -> Any:
        value = self.raw.get(name)
        # A bool is an int to Python.
        if value is not None and (
            not isinstance(value, kind) or (kind is int and isinstance(value, bool))
        ):
            self.refuse(f"this is {wanted}, not a {type(value).__name__}", name)
        return value

    def text(self, name: str) -> str | None:
        """A text, or `None` where there is none."""
        return cast("str | None", self._typed(name, str, "a text"))

    def mapping(self, name: str) -> Mapping[str, object]:
        """An object, empty where there is none."""
        return cast("Mapping[str, object]", self._typed(name, Mapping, "an object") or {})

    def items(self, name: str) -> list[object] | None:
        """A list, or `None` where there is none."""
        return cast("list[object] | None", self._typed(name, list, "a list"))

    def flag(self, name: str) -> bool | None:
        """`true`, `false`, or `None` where there is none."""
        return cast("bool | None", self._typed(name, bool, "true or false"))

    def integer(self, name: str) -> int | None:
        """An integer of 64 bits, or `None` where there is none."""
        value = cast("int | None", self._typed(name, int, "an integer"))
        if value is not None and not MIN_INTEGER <= value <= MAX_INTEGER:
            self.refuse("an integer has at most 64 bits", name)
        return value

    def values(self, name: str, kind: type) -> list[Any] | None:
        """A list of texts or of integers, or `None` where there is none."""
        found = self.items(name)
        for index, item in enumerate(found or ()):
            whole = kind is not int or (
                isinstance(item, int) and MIN_INTEGER <= item <= MAX_INTEGER
            )
            if type(item) is not kind or not whole:
                word = {str: "texts", int: "integers"}[kind]
                self.refuse(f"these are {word}; {_shown(item)} is none", name, index)
        return found

    @property
    def description(self) -> dict[str, str]:
        """The description as an entry of a lexicon; a line that would be more than a description is left out."""
        text = description_of(self.text("description"))
        # What stands before such a line may end in another one.
        while text is not None and (shorter := description_of(text)) != text:
            text = shorter
        return {} if text is None else {"description": text}

    @property
    def said(self) -> Said:
        """What stands under `x-atdata`."""
        return Said(self.mapping(EXTENSION), (*self.path, EXTENSION))


class Said(Keywords):
    """What stands under `x-atdata`: known keys, each of its type.

    Raises:
        JsonSchemaError: a key is not known, or its value not of its type.
    """

    __slots__ = ()

    def __init__(self, raw: object, path: tuple[str | int, ...]) -> None:
        super().__init__(raw, path)
        for name, value in self.raw.items():
            kind = _SAID.get(name)
            if kind is None or type(value) is not kind:
                self.refuse(f"{_shown(name)} is not known here, or not with such a value")

    def only(self, *names: str) -> dict[str, object]:
        """Those of the keys that a kind of type has; others are refused."""
        for name in self.raw:
            if name not in names and name != "aliases":
                self.refuse(f"{_shown(name)} says nothing about a type of this kind")
        return {name: self.raw[name] for name in names if name in self.raw}


def _shown(value: object) -> str:
    return quoted(value) if isinstance(value, str) else f"a {type(value).__name__}"
