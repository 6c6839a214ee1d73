"""What stands in `Annotated` beside a type, put into its definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from atdata.samples.field import FieldOptions
from atdata.samples.reflect_part import Part, Site
from atdata.samples.shape import Shape

__all__ = ["apply_options", "merge_options"]

_KEYS: Mapping[str, str] = {
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_graphemes": "minGraphemes",
    "max_graphemes": "maxGraphemes",
    "known_values": "knownValues",
    "max_size": "maxSize",
}
_EXTENSION = ("classes", "dtype", "shape", "finite", "aliases")
_EVERYWHERE = ("description", "aliases")
_LENGTHS = ("min_length", "max_length")
_TAKES: Mapping[str, tuple[str, ...]] = {
    "boolean": ("const", "default"),
    "integer": ("minimum", "maximum", "enum", "const", "default", "classes"),
    "string": (
        *("format", *_LENGTHS, "min_graphemes", "max_graphemes"),
        *("enum", "known_values", "const", "default"),
    ),
    "bytes": _LENGTHS,
    "array": _LENGTHS,
    "blob": ("accept", "max_size"),
    "union": ("closed",),
    "dev.atdata.types#float32": ("finite",),
    "dev.atdata.types#float64": ("finite",),
    "dev.atdata.types#ndarray": ("dtype", "shape", "finite"),
    "dev.atdata.types#image": ("accept",),
    "dev.atdata.types#audio": ("accept",),
}


def merge_options(metadata: Sequence[object], site: Site) -> dict[str, object]:
    """The options in the metadata of `Annotated`, by name.

    A `Shape` is the option `shape`, a text the option `description`; what belongs to other libraries is
    passed over.

    Raises:
        PackableError: an option is given twice with different values.
    """
    merged: dict[str, object] = {}
    for item in metadata:
        for name, value in _options(item).items():
            if merged.setdefault(name, value) != value:
                raise site.error(f"{name} is given twice: {merged[name]!r} and {value!r}")
    return merged


def apply_options(part: Part, options: Mapping[str, object], site: Site) -> Part:
    """A part with options in its definition.

    Raises:
        PackableError: the type has no such option, or says something else itself.
    """
    definition = dict(part.definition)
    kind = str(definition.get("ref") or definition["type"])
    takes = (*_TAKES.get(kind, ()), *_EVERYWHERE)
    for name, value in options.items():
        if name not in takes:
            raise site.error(
                f"{name} says nothing about {_name(kind)}; it can have {', '.join(takes)}"
            )
        _put(definition, name, _plain(value), site)
    if definition.get("format") == "datetime" and "format" not in part.definition:
        # `str` was written, so the text is wanted as it is, and not the instant that it names.
        definition["x-atdata"] = {**_extension(definition), "as": "str"}
    return replace(part, definition=definition)


def _options(item: object) -> dict[str, object]:
    if isinstance(item, FieldOptions):
        return item.given()
    if isinstance(item, Shape):
        return {"shape": item.dims}
    return {"description": item} if isinstance(item, str) else {}


def _put(definition: dict[str, object], name: str, value: object, site: Site) -> None:
    media = name == "accept" and definition["type"] == "ref"
    if name in _EXTENSION or media:
        extension = _extension(definition)
        known = extension.get(name, "*" if name == "dtype" else value)
        _check_free(name, known, value, "*", site)
        definition["x-atdata"] = {**extension, name: value}
        return
    key = _KEYS.get(name, name)
    if name in ("minimum", "maximum") and key in definition:
        value = _within(name, definition, value, site)
    else:
        _check_free(name, definition.get(key, value), value, value, site)
    definition[key] = value


def _check_free(name: str, known: object, value: object, free: object, site: Site) -> None:
    if known not in (value, free):
        raise site.error(f"{name} is given as {value!r}, and the type says {known!r}")


def _within(name: str, definition: Mapping[str, object], value: object, site: Site) -> object:
    """A bound inside the range that the width of a numpy integer has already set."""
    low, high = definition.get("minimum"), definition.get("maximum")
    below = isinstance(value, int) and isinstance(low, int) and value < low
    above = isinstance(value, int) and isinstance(high, int) and value > high
    if below or above:
        raise site.error(f"{name} {value} is outside the range of the type, {low} to {high}")
    return value


def _extension(definition: Mapping[str, object]) -> dict[str, object]:
    found = definition.get("x-atdata")
    return dict(found) if isinstance(found, dict) else {}


def _plain(value: object) -> object:
    """An option as JSON."""
    if value is ...:
        return "..."
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value


def _name(kind: str) -> str:
    return kind.rpartition("#")[2] if "#" in kind or "." not in kind else "a class"
