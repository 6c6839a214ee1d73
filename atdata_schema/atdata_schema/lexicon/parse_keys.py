"""The keys of one JSON object of a document, read with the types they should have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from atdata_schema.lexicon.nodes import Pointer
from atdata_schema.lexicon.parse_report import Report, kind_of, shown

__all__ = ["EXTENSION", "KNOWN_KEYS", "Keys"]

EXTENSION = "x-atdata"
"""The key under which a definition says what the language cannot."""

_COMMON = ("type", "description")
_LENGTHS = ("minLength", "maxLength")
_ENDPOINT = ("parameters", "errors")

_OWN_KEYS: Mapping[str, tuple[str, ...]] = {
    "null": (),
    "boolean": ("default", "const"),
    "integer": ("minimum", "maximum", "enum", "default", "const"),
    "string": (
        *("format", *_LENGTHS, "minGraphemes", "maxGraphemes"),
        *("knownValues", "enum", "default", "const"),
    ),
    "bytes": _LENGTHS,
    "cid-link": (),
    "blob": ("accept", "maxSize"),
    "array": ("items", *_LENGTHS),
    "object": ("properties", "required", "nullable"),
    "params": ("properties", "required"),
    "ref": ("ref",),
    "union": ("refs", "closed"),
    "unknown": (),
    "token": (),
    "record": ("key", "record"),
    "query": (*_ENDPOINT, "output"),
    "procedure": (*_ENDPOINT, "input", "output"),
    "subscription": (*_ENDPOINT, "message"),
    "permission": ("resource",),
    "permission-set": ("title", "title:lang", "detail", "detail:lang", "permissions"),
}

KNOWN_KEYS: Mapping[str, tuple[str, ...]] = {
    kind: (*_COMMON, *keys) for kind, keys in _OWN_KEYS.items()
}
"""The keys of the language for each type of definition."""

_ANY_KEY = tuple(dict.fromkeys(key for keys in KNOWN_KEYS.values() for key in keys))


class Keys:
    """Typed access to one JSON object; what has the wrong type is reported and read as absent."""

    __slots__ = ("pointer", "raw", "report")

    def __init__(self, raw: dict[str, object], pointer: Pointer, report: Report) -> None:
        self.raw = raw
        self.pointer = pointer
        self.report = report

    def at(self, *steps: str | int) -> Pointer:
        """The pointer of something below this object."""
        return (*self.pointer, *steps)

    def wrong(self, message: str, *steps: str | int, hint: str | None = None) -> None:
        """Report that a rule of the language is broken here or at a key."""
        self.report.add("lexicon-schema", self.at(*steps), message, hint)

    def _typed(self, name: str, kind: type, wanted: str) -> object:
        if name not in self.raw:
            return None
        value = self.raw[name]
        if _is(value, kind):
            return value
        if not (kind is int and isinstance(value, float)):  # a float is reported as such
            message = f"{name} must be {wanted}, not {kind_of(value)}"
            self.report.add("schema-json-parse", self.at(name), message)
        return None

    def text(self, name: str) -> str | None:
        """A string, or None."""
        return cast("str | None", self._typed(name, str, "a string"))

    def flag(self, name: str) -> bool | None:
        """A boolean, or None."""
        return cast("bool | None", self._typed(name, bool, "true or false"))

    def integer(self, name: str) -> int | None:
        """An integer, or None."""
        return cast("int | None", self._typed(name, int, "an integer"))

    def length(self, name: str) -> int | None:
        """An integer that is not negative, or None."""
        value = self.integer(name)
        if value is not None and value < 0:
            self.wrong(f"{name} must not be negative: {shown(value)}", name)
            return None
        return value

    def mapping(self, name: str) -> dict[str, object] | None:
        """A JSON object, or None."""
        return cast("dict[str, object] | None", self._typed(name, dict, "an object"))

    def array(self, name: str) -> list[object] | None:
        """A JSON array, or None."""
        return cast("list[object] | None", self._typed(name, list, "an array"))

    def texts(self, name: str) -> tuple[str, ...] | None:
        """An array of strings, or None; repetitions are reported and kept."""
        return cast("tuple[str, ...] | None", self._several(name, str, "strings"))

    def integers(self, name: str) -> tuple[int, ...] | None:
        """An array of integers, or None; repetitions are reported and kept."""
        return cast("tuple[int, ...] | None", self._several(name, int, "integers"))

    def _several(self, name: str, kind: type, wanted: str) -> tuple[object, ...] | None:
        items = self.array(name)
        if items is None:
            return None
        kept: list[object] = []
        seen: set[object] = set()
        for index, item in enumerate(items):
            if not _is(item, kind):
                if not isinstance(item, float):
                    message = f"{name} must be an array of {wanted}; this is {kind_of(item)}"
                    self.report.add("schema-json-parse", self.at(name, index), message)
                continue
            if item in seen:
                message = f"{shown(item)} stands twice in {name}"
                self.report.add("duplicate-value", self.at(name, index), message)
            seen.add(item)
            kept.append(item)
        return tuple(kept)

    def inner(self, raw: object, *steps: str | int) -> Keys | None:
        """A JSON object below this one, or None if `raw` is something else, which is reported."""
        if isinstance(raw, dict):
            return Keys(cast("dict[str, object]", raw), self.at(*steps), self.report)
        message = f"this must be an object, not {kind_of(raw)}"
        self.report.add("schema-json-parse", self.at(*steps), message)
        return None

    def need(self, name: str, what: str) -> bool:
        """Whether a required key is there; its absence is reported."""
        if name in self.raw:
            return True
        self.wrong(f"{what} needs the key {name!r}")
        return False

    def warn_unknown(self, kind: str) -> None:
        """Report keys that the language ignores here and that were probably meant for something."""
        if kind == "permission":  # its keys depend on the resource
            return
        known = KNOWN_KEYS[kind]
        for key in self.raw:
            if key in known or key == EXTENSION or not isinstance(key, str):
                continue
            if key in _ANY_KEY:
                hint = None
                message = f"{kind} has no key {key!r}, so it is ignored"
            else:
                hint = self.report.suggest(key, [name for name in known if name not in self.raw])
                if hint is None:
                    continue
                message = f"unknown key {shown(key)}, ignored"
            self.report.add("unknown-key", self.at(key), message, hint)


def _is(value: object, kind: type) -> bool:
    # A bool is an int to Python, and none to JSON.
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))
