"""What an author says about a dataset beside its samples: checked, and carried from version to version."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from atdata.errors import CatalogError
from atdata.index.entry import Entry, JsonObject
from atdata_schema.syntax.quoting import quoted

__all__ = ["NOTHING", "Said"]

_LONGEST_TEXT: Final = 100_000
_LONGEST_WORD: Final = 150
_MOST_TAGS: Final = 100
_LARGEST_METADATA: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Said:
    """Description, license, tags and metadata; `None` is as the version before has it."""

    description: str | None = None
    license: str | None = None
    tags: tuple[str, ...] | None = None
    metadata: JsonObject | None = None

    @classmethod
    def of(
        cls,
        description: str | None,
        license: str | None,
        tags: Iterable[str] | None,
        metadata: Mapping[str, Any] | None,
    ) -> Said:
        """What is said, checked.

        Raises:
            CatalogError: a text that is too long or holds control characters, or metadata that is no JSON.
        """
        return cls(
            None if description is None else _text("description", description, _LONGEST_TEXT),
            None if license is None else _text("license", license, _LONGEST_WORD),
            None if tags is None else _tags(tags),
            None if metadata is None else _json(metadata),
        )

    def after(self, base: Entry | None) -> Said:
        """The same, with what is not said taken from the version before."""
        if base is None:
            return Said(
                self.description or None, self.license or None, self.tags or (), self.metadata or {}
            )
        return Said(
            (base.description if self.description is None else self.description) or None,
            (base.license if self.license is None else self.license) or None,
            base.tags if self.tags is None else self.tags,
            base.metadata if self.metadata is None else self.metadata,
        )


NOTHING: Final = Said()
"""Nothing is said, so that all of it is as the version before has it."""


def _text(what: str, given: object, longest: int) -> str:
    if not isinstance(given, str):
        raise CatalogError(f"{what} is a {type(given).__name__}: give a text")
    if len(given) > longest:
        raise CatalogError(f"{what} has {len(given)} characters; it may have {longest}")
    for at, character in enumerate(given):
        if not character.isprintable() and _is_control(character):
            raise CatalogError(
                f"{what} holds the character U+{ord(character):04X} at {at}: "
                f"control characters and halves of surrogate pairs are not allowed ({quoted(given)})"
            )
    return given


def _is_control(character: str) -> bool:
    code = ord(character)
    return (code < 32 and character not in "\t\n") or 127 <= code < 160 or 0xD800 <= code < 0xE000


def _tags(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise CatalogError(f"tags is the text {quoted(given)}: give a list of texts")
    tags: dict[str, None] = {}
    for item in given:
        tag = _text("a tag", item, _LONGEST_WORD).strip()
        if not tag or "\n" in tag or "\t" in tag:
            raise CatalogError(f"the tag {quoted(item)} is not allowed: a tag is a word or a few")
        tags.setdefault(tag)
    if len(tags) > _MOST_TAGS:
        raise CatalogError(f"there are {len(tags)} tags; there may be {_MOST_TAGS}")
    return tuple(tags)


def _json(given: Mapping[str, Any]) -> JsonObject:
    """Metadata as it comes back: keys are texts, numbers are finite, nothing is shared with the caller."""
    if not isinstance(given, Mapping):
        raise CatalogError(f"metadata is a {type(given).__name__}: give an object, such as a dict")
    try:
        text = json.dumps(dict(given), allow_nan=False, ensure_ascii=False)
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise CatalogError(f"metadata is no JSON: {error}") from None
    if size > _LARGEST_METADATA:
        raise CatalogError(f"metadata has {size} bytes as JSON; it may have {_LARGEST_METADATA}")
    _check_keys(given, "metadata")
    made: JsonObject = json.loads(text)
    return made


def _check_keys(value: object, where: str) -> None:
    """JSON would make texts of other keys, so that they come back as something else."""
    pending = [(value, where)]
    while pending:
        item, place = pending.pop()
        if isinstance(item, Mapping):
            for key, inner in item.items():
                if not isinstance(key, str):
                    raise CatalogError(f"{place} has the key {key!r}: keys are texts")
                _check_nul(key, place)
                pending.append((inner, f"{place}.{key[:40]}"))
        elif isinstance(item, list | tuple):
            pending.extend((inner, place) for inner in item)
        elif isinstance(item, str):
            _check_nul(item, place)


def _check_nul(text: str, place: str) -> None:
    if "\0" in text:
        raise CatalogError(
            f"{quoted(place)} holds the character U+0000, which databases do not take"
        )
