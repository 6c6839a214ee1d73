"""Versions of datasets and of schemas: semver without build metadata, their order, and which one comes next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Final

from atdata.errors import NameRefused
from atdata_schema.syntax.quoting import quoted

__all__ = ["FIRST", "LONGEST", "Version", "is_version"]

LONGEST: Final = 50
"""Characters of a version; that many has a version in a record of the federation."""

# Nine digits: what a 32-bit column of any database holds.
_NUMBER = r"(0|[1-9][0-9]{0,8})"
_PART = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_PART}(?:\.{_PART})*))?")


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A version, in semver's order: a pre-release stands before its release.

    >>> Version.of("1.10.0") > Version.of("1.9.3"), Version.of("2.0.0-rc.1") < Version.of("2.0.0")
    (True, True)
    """

    major: int
    minor: int
    patch: int
    pre: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: object) -> Version:
        """The version that a text is.

        Raises:
            NameRefused: it is none.
        """
        match = _matched(text)
        if match is None:
            shown = quoted(text) if isinstance(text, str) else f"a {type(text).__name__}"
            raise NameRefused(
                f"{shown} is no version: a version is three numbers such as '1.4.0', or with a "
                f"pre-release such as '2.0.0-rc.1', without '+', and has at most {LONGEST} characters"
            )
        major, minor, patch = (int(match[group]) for group in (1, 2, 3))
        return cls(major, minor, patch, tuple(match[4].split(".")) if match[4] else ())

    @property
    def next_minor(self) -> Version:
        """The one after a change that breaks nothing; a pre-release of a new minor becomes that one."""
        if self.pre and self.patch == 0:
            return Version(self.major, self.minor, 0)
        return Version(self.major, self.minor + 1, 0)

    @property
    def next_patch(self) -> Version:
        """The one after a change that nobody notices; a pre-release becomes its release."""
        return Version(self.major, self.minor, self.patch if self.pre else self.patch + 1)

    @property
    def next_major(self) -> Version:
        """The one after a change that breaks something; a pre-release of a new major becomes that one."""
        if self.pre and self.minor == self.patch == 0:
            return Version(self.major, 0, 0)
        return Version(self.major + 1, 0, 0)

    def breaks_from(self, earlier: Version) -> bool:
        """Whether going from the earlier version to this one says that something may break.

        As semver has it: another major does, and below 1.0.0 another minor.
        """
        if self.major or earlier.major:
            return self.major != earlier.major
        return self.minor != earlier.minor

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self._order() < other._order()

    def _order(self) -> tuple[object, ...]:
        # Numbers stand before words; of two that are equal so far, the shorter stands first.
        parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.pre)
        return (self.major, self.minor, self.patch, not self.pre, parts)

    def __str__(self) -> str:
        release = f"{self.major}.{self.minor}.{self.patch}"
        return f"{release}-{'.'.join(self.pre)}" if self.pre else release


FIRST: Final = Version(1, 0, 0)
"""What the first version of a dataset or a schema is, where its author says nothing else."""


def is_version(text: object) -> bool:
    """Whether a text is a version.

    >>> is_version("1.0.0"), is_version("1.0"), is_version("1.0.0+build")
    (True, False, False)
    """
    return _matched(text) is not None


def _matched(text: object) -> re.Match[str] | None:
    if not isinstance(text, str) or len(text) > LONGEST:
        return None
    return _SEMVER.fullmatch(text)
