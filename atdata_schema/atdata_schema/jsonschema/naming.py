"""Names of definitions: of objects in a JSON Schema, and in the lexicon that one becomes."""

from __future__ import annotations

import re
from typing import Final

from atdata_schema.jsonschema.dialects import SPECIAL
from atdata_schema.model import Model

__all__ = ["DefinitionNames", "definition_names"]

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
    free = DefinitionNames()
    found: dict[str, str] = {}
    for item in model.objects[1:]:
        nsid, _, name = item.ref.partition("#")
        found[item.ref] = free.like(name or nsid.rpartition(".")[2])
    return found


class DefinitionNames:
    """Names of definitions that were given, so that each is given once."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._numbers: dict[str, int] = {}

    def like(self, text: str) -> str:
        """A name that is like a text, which anybody may have written: letters and digits alone.

        >>> names = DefinitionNames()
        >>> names.like("x-ray image"), names.like("import os;"), names.like("import os!")
        ('xRayImage', 'importOs', 'importOs2')
        >>> names.like("narrow")  # holds a word that others look for
        'object'
        """
        name = _plain(text)
        number = self._numbers.get(name, 0)
        while (numbered := name if not number else f"{name}{number + 1}") in self._given:
            number += 1
        # The next search begins here: a stranger's schema may have thousands of one name.
        self._numbers[name] = number
        self._given.add(numbered)
        return numbered


def _plain(text: str) -> str:
    first, *rest = _WORD.findall(text) or [_PLAIN]
    name = str(first + "".join(word[0].upper() + word[1:] for word in rest))[:_LONGEST]
    if not name[0].isalpha() or name == "main" or any(word in name.lower() for word in SPECIAL):
        return _PLAIN
    return name
