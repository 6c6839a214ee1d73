"""Names of definitions: of objects in a JSON Schema, and in the lexicon that one becomes."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from atdata_schema.jsonschema.dialects import SPECIAL
from atdata_schema.model import Model

__all__ = ["definition_name", "definition_names"]

_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_LONGEST: Final = 64
_PLAIN: Final = "object"


def definition_names(model: Model) -> dict[str, str]:
    """A name for every object of a model but the type itself, by its full name.

    >>> from atdata_schema.model import ObjectType
    >>> names = ("org.example.image", "org.example.image#box", "org.example.image#main.camera")
    >>> definition_names(Model(names[0], tuple(ObjectType(name, ()) for name in names)))
    {'org.example.image#box': 'box', 'org.example.image#main.camera': 'mainCamera'}
    """
    found: dict[str, str] = {}
    for item in model.objects[1:]:
        nsid, _, name = item.ref.partition("#")
        found[item.ref] = definition_name(name or nsid.rpartition(".")[2], found.values())
    return found


def definition_name(text: str, taken: Container[str]) -> str:
    """A name of a definition that is like a text, which anybody may have written: letters and digits alone.

    >>> definition_name("x-ray image", ())
    'xRayImage'
    >>> definition_name("import os;", ["importOs"])
    'importOs2'
    >>> definition_name("narrow", ())  # holds a word that others look for
    'object'
    """
    first, *rest = _WORD.findall(text) or [_PLAIN]
    name = (first + "".join(word[0].upper() + word[1:] for word in rest))[:_LONGEST]
    if not name[0].isalpha() or name == "main" or any(word in name.lower() for word in SPECIAL):
        name = _PLAIN
    number = 1
    while (numbered := name if number == 1 else f"{name}{number}") in taken:
        number += 1
    return numbered
