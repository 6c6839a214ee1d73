"""How names of lexicons become names of Python: one visible rule a kind.

A name that Python takes as it is stays as it is. The rules map many names to one, so whoever applies them to
several names at once checks that they stay apart.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from functools import lru_cache

__all__ = ["RESERVED", "attribute_name", "class_name", "module_path", "upper_camel"]

RESERVED = frozenset(
    {"FIELDS", "KEY", "SCHEMA", "TYPE"}
    | {"collate", "decode", "encode", "extra", "from_record", "to_record"}
    | {"array", "arrays", "column", "keys", "samples", "valid"}
    | {"BATCH", "_cache", "_codecs", "_extra", "_field", "_fields"}
    | {"_is_protocol", "_made", "_owner", "_source"}
)
"""The members of `Sample`, `Record` and `Batch`: no field can have these as attribute."""

_ODD = re.compile(r"[^A-Za-z0-9_]")
_WORD = re.compile(r"[A-Za-z0-9_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_DEVICE = re.compile(r"aux|con|nul|prn|(com|lpt)[0-9]")


def class_name(ref: str) -> str:
    """The class of an object, by the object's full name.

    Args:
        ref: `nsid`, `nsid#name`, or `nsid#name.property` for an inline object.

    >>> class_name("org.example.imageSample"), class_name("org.example.imageSample#box")
    ('ImageSample', 'Box')
    >>> class_name("org.example.imageSample#main.camera")
    'ImageSampleCamera'
    >>> class_name("org.example.imageSample#none"), class_name("org.example.imageSample#3d")
    ('None_', 'N3d')
    """
    nsid, _, name = ref.partition("#")
    owner, *properties = (name or "main").split(".")
    first = nsid.rpartition(".")[2] if owner == "main" else owner
    name = "".join(map(upper_camel, (first, *properties)))
    if not name or not name[0].isalpha():
        name = "N" + name
    return f"{name}_" if keyword.iskeyword(name) else name


def upper_camel(name: str) -> str:
    """A name with its first letter, and each after a character that is no letter, digit or `_`, upper.

    >>> upper_camel("takenAt"), upper_camel("x-ray image"), upper_camel("_id")
    ('TakenAt', 'XRayImage', '_id')
    """
    return "".join(word[0].upper() + word[1:] for word in _WORD.findall(name))


def attribute_name(wire: str) -> str:
    """The attribute of a field, by its name on the wire.

    A valid identifier stays. Otherwise characters outside `[A-Za-z0-9_]` become `_`. Then a leading digit gets
    `n` before it, two leading underscores get `f` before them, and Python's keywords and the names in
    `RESERVED` get `_` behind.

    >>> [attribute_name(name) for name in ("takenAt", "größe", "class", "keys")]
    ['takenAt', 'größe', 'class_', 'keys_']
    >>> [attribute_name(name) for name in ("x-ray", "2d", "__init__", "")]
    ['x_ray', 'n2d', 'f__init__', '_']
    """
    name = wire if _is_plain(wire) else _ODD.sub("_", wire) or "_"
    if name[0].isdigit():
        name = "n" + name
    if name.startswith("__"):
        name = "f" + name
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED else name


@lru_cache(maxsize=16_384)
def module_path(nsid: str) -> tuple[str, ...]:
    """The module of a document below its package, by its NSID: each segment in snake case.

    Hyphens become `_`; a leading digit gets `n` before it; Python's keywords, and names that Windows keeps
    for devices, get `_` behind.

    >>> module_path("science.alt.dataset.storageHttp")
    ('science', 'alt', 'dataset', 'storage_http')
    >>> module_path("org.my-lab.2d.import"), module_path("org.example.aux")
    (('org', 'my_lab', 'n2d', 'import_'), ('org', 'example', 'aux_'))
    """
    return tuple(map(_module_name, nsid.split(".")))


def _module_name(segment: str) -> str:
    name = _ODD.sub("_", _HUMP.sub("_", segment)).lower()
    if not name or name[0].isdigit():
        name = "n" + name
    return f"{name}_" if keyword.iskeyword(name) or _DEVICE.fullmatch(name) else name


def _is_plain(name: str) -> bool:
    """Whether Python, and every tool that reads Python, takes a name and leaves it unchanged."""
    word = name.isidentifier() and re.fullmatch(r"\w+", name) is not None
    return word and unicodedata.normalize("NFKC", name) == name
