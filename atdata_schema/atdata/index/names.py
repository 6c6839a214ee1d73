"""What datasets and labels may be called, and how one version of a dataset is named in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from atdata.errors import NameRefused
from atdata.index.versions import Version, is_version
from atdata_schema.syntax.quoting import quoted

__all__ = ["LONGEST", "Reference", "check_label", "check_name", "check_version"]

LONGEST: Final = 128
"""Characters of a name."""

_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST - 1}}}")
_ALLOWED = f"1 to {LONGEST} characters of A-Z a-z 0-9 . _ -, the first one a letter or a digit, without '..'"
_LIKE_A_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){0,2}|[0-9]+\.[0-9]+\.[0-9]+-.*")


@dataclass(frozen=True, slots=True)
class Reference:
    """One version of a dataset, as it is named in a text: `name`, `name@1.2.0` or `name@label`.

    Attributes:
        name: the dataset.
        version: its version, where one is given.
        label: the label that stands for a version, where one is given.
    """

    name: str
    version: str | None = None
    label: str | None = None

    @classmethod
    def of(cls, text: object) -> Reference:
        """The reference that a text is.

        Raises:
            NameRefused: a part of it cannot be what stands there.

        >>> Reference.of("training-v1@1.2.0")
        Reference(name='training-v1', version='1.2.0', label=None)
        >>> Reference.of("training-v1@best").label
        'best'
        """
        if not isinstance(text, str):
            raise NameRefused(f"a dataset is named by a text, not by a {type(text).__name__}")
        name, at, rest = text.partition("@")
        check_name(name)
        if not at:
            return cls(name)
        if is_version(rest):
            return cls(name, version=rest)
        if _LIKE_A_VERSION.fullmatch(rest):
            check_version(rest)
        return cls(name, label=check_label(rest))

    def __str__(self) -> str:
        rest = self.version or self.label
        return self.name if rest is None else f"{self.name}@{rest}"


def check_name(name: object) -> str:
    """The name of a dataset, if it may be one.

    Raises:
        NameRefused: it may not; the message says what is allowed.

    >>> check_name("../../etc/passwd")
    Traceback (most recent call last):
        ...
    atdata.errors.NameRefused: '../../etc/passwd' cannot be the name of a dataset: a name is 1 to 128 \
characters of A-Z a-z 0-9 . _ -, the first one a letter or a digit, without '..'
    """
    return _checked(name, "the name of a dataset")


def check_label(label: object) -> str:
    """A label, if it may be one: what a name may be, and nothing that looks like a version.

    Raises:
        NameRefused: it may not; the message says what is allowed.
    """
    text = _checked(label, "a label")
    if _LIKE_A_VERSION.fullmatch(text):
        raise NameRefused(
            f"{quoted(text)} cannot be a label, since it looks like a version; "
            f"give one with a word in it, such as 'v{text[:20]}'"
        )
    return text


def check_version(version: object) -> str:
    """A version, if it is one.

    Raises:
        NameRefused: it is none.
    """
    return str(Version.of(version))


def _checked(given: object, what: str) -> str:
    if isinstance(given, str) and _NAME.fullmatch(given) and ".." not in given:
        return given
    shown = quoted(given) if isinstance(given, str) else f"a {type(given).__name__}"
    raise NameRefused(f"{shown} cannot be {what}: a name is {_ALLOWED}")
