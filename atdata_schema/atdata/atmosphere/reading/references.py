"""What a user types to name a dataset of the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from atdata.errors import LoadError
from atdata_schema.errors import InvalidSyntax
from atdata_schema.syntax import AtUri, check, parse_at_uri
from atdata_schema.syntax.quoting import quoted

__all__ = ["NamedDataset", "Reference", "is_published", "parse_reference"]

_LONGEST: Final = 200  # characters of a name, as records have it
_LONGEST_VERSION: Final = 50
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class NamedDataset:
    """A dataset by the name that its owner gave it.

    Attributes:
        authority: the owner: a handle, in lower case, or a DID.
        name: the name.
        version: the version, where one is asked for.

    >>> str(NamedDataset("alice.example.org", "cells", "1.2.0"))
    '@alice.example.org/cells@1.2.0'
    """

    authority: str
    name: str
    version: str | None = None

    def __str__(self) -> str:
        rest = "" if self.version is None else f"@{self.version}"
        return f"@{self.authority}/{self.name}{rest}"


Reference: TypeAlias = NamedDataset | AtUri
"""A dataset by its name, or a record by its address."""


def is_published(text: str) -> bool:
    """Whether a text names something of the network, rather than a file or a dataset of an Index.

    >>> [is_published(text) for text in ("@alice.example.org/cells", "@did:plc:abc/cells", "@lab/cells", "cells.tar")]
    [True, True, False, False]
    """
    if text.startswith("at://"):
        return True
    authority = text[1:].partition("/")[0]
    return text.startswith("@") and ("." in authority or ":" in authority)


def parse_reference(text: str) -> Reference:
    """What a text names.

    Args:
        text: `@handle/name`, `@handle/name@1.2.0`, the same with a DID, or `at://authority/collection/rkey`.

    Raises:
        LoadError: it names nothing of the network; the message says what does.

    >>> parse_reference("@Alice.example.org/cells@1.2.0")
    NamedDataset(authority='alice.example.org', name='cells', version='1.2.0')
    >>> parse_reference("at://alice.example.org/science.alt.dataset.entry/3jzfcijpj2z2a").rkey
    '3jzfcijpj2z2a'
    """
    try:
        return _uri(text) if text.startswith("at://") else _named(text)
    except InvalidSyntax as error:
        raise LoadError(f"{quoted(text)} names nothing of the network: {error}") from None


def _uri(text: str) -> AtUri:
    found = parse_at_uri(text)
    if found.rkey is None:
        raise LoadError(
            f"{quoted(text)} is no record: the address of one is at://handle/collection/key; a dataset by its "
            f"name is @{found.authority}/name"
        )
    return AtUri(_authority(found.authority), found.collection, found.rkey)


def _named(text: str) -> NamedDataset:
    authority, slash, rest = text.removeprefix("@").partition("/")
    name, at, version = rest.partition("@")
    if not slash or not name or (at and not version):
        raise LoadError(
            f"{quoted(text)} names no dataset: give @handle/name, @handle/name@1.2.0, or at://… of its record"
        )
    if len(name) > _LONGEST or len(version) > _LONGEST_VERSION or _CONTROL.search(rest):
        raise LoadError(
            f"{quoted(text)} names no dataset: a name has at most {_LONGEST} characters, a version "
            f"{_LONGEST_VERSION}, and neither has control characters"
        )
    return NamedDataset(_authority(check("at-identifier", authority)), name, version or None)


def _authority(text: str) -> str:
    return text if text.startswith("did:") else text.lower()
