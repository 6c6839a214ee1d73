"""The name of the lexicon that a class becomes."""

from __future__ import annotations

import re

from atdata.samples.annotations import PackableError
from atdata_schema import syntax
from atdata_schema.errors import InvalidSyntax

__all__ = ["nsid_of"]

_DROPPED = re.compile(r"[^A-Za-z0-9]")


def nsid_of(cls: type, given: str | None = None) -> str:
    """The NSID of a class: the given one, else `local.packable.` and the name of the class.

    The first letter becomes lower case, and what is no letter or digit of ASCII is dropped. The module is
    no part of it: a class that moves is the same type.

    Raises:
        PackableError: the given text is no NSID, or the class's name leaves none.

    >>> nsid_of(type("Image_Sample", (), {}))
    'local.packable.imageSample'
    """
    if given is None:
        word = _DROPPED.sub("", cls.__name__)
        given = f"local.packable.{word[:1].lower()}{word[1:]}"
    try:
        return syntax.check("nsid", given)
    except InvalidSyntax as error:
        raise PackableError(
            f"{cls.__name__}: {error}; name the lexicon: @packable(nsid='org.example.imageSample')"
        ) from None
