"""The names of constants: one visible rule, like those of the kernel for classes and attributes."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["constant_name"]

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def constant_name(*names: str) -> str:
    """The constant of a definition or value: its words in capitals.

    >>> constant_name("sortOrder", "newestFirst"), constant_name("3d"), constant_name("!hide")
    ('SORT_ORDER_NEWEST_FIRST', 'N3D', 'HIDE')
    >>> constant_name("größe"), constant_name("¡!")
    ('GRÖSSE', 'N')
    """
    text = "_".join(_HUMP.sub("_", name) for name in names)
    name = _joined(unicodedata.normalize("NFKC", text), r"[\W_]+")
    if not name.isidentifier():
        name = _joined(text, r"[^A-Za-z0-9]+")
    return name if name[:1].isalpha() else "N" + name


def _joined(text: str, gap: str) -> str:
    return "_".join(filter(None, re.split(gap, text))).upper()
