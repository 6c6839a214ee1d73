"""Identifiers taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from atdata_schema.errors import InvalidSyntax
from atdata_schema.syntax.kinds import check
from atdata_schema.syntax.quoting import quoted

__all__ = ["AtUri", "nsid_parts", "parse_at_uri", "ref_parts"]

_DEFINITION_NAME = re.compile(r"[^\s#.]+")


@dataclass(frozen=True, slots=True)
class AtUri:
    """The address of a repository, of a collection in it, or of a record.

    Attributes:
        authority: the DID or the handle of the account.
        collection: the NSID of the collection.
        rkey: the record key; there is one only where there is a collection.

    >>> str(AtUri("did:plc:asdf123", "com.example.post"))
    'at://did:plc:asdf123/com.example.post'
    """

    authority: str
    collection: str | None = None
    rkey: str | None = None

    def __str__(self) -> str:
        steps = (self.authority, self.collection, self.rkey)
        return "at://" + "/".join(step for step in steps if step is not None)


def parse_at_uri(text: str) -> AtUri:
    """Take an AT-URI apart; `str` puts it together again.

    Raises:
        InvalidSyntax: the text is no AT-URI.

    >>> parse_at_uri("at://alice.example.com/com.example.post/self")
    AtUri(authority='alice.example.com', collection='com.example.post', rkey='self')
    """
    return AtUri(*check("at-uri", text)[5:].split("/"))


def nsid_parts(nsid: str) -> tuple[str, str]:
    """The authority of an NSID, as the domain name that it is, and its name.

    Raises:
        InvalidSyntax: the text is no NSID.

    >>> nsid_parts("science.alt.dataset.getSchema")
    ('dataset.alt.science', 'getSchema')
    """
    *authority, name = check("nsid", nsid).split(".")
    return ".".join(reversed(authority)), name


def ref_parts(ref: str) -> tuple[str, str]:
    """The lexicon and the definition that a reference names.

    Args:
        ref: `nsid#name`, or `nsid` for the definition `main`, or `#name` inside the same lexicon.

    Returns:
        The NSID, empty for a reference inside the same lexicon, and the name of the definition.

    Raises:
        InvalidSyntax: the text is no reference.

    >>> ref_parts("com.example.defs#view"), ref_parts("com.example.post"), ref_parts("#view")
    (('com.example.defs', 'view'), ('com.example.post', 'main'), ('', 'view'))
    """
    given: object = ref
    if not isinstance(given, str):
        raise InvalidSyntax(f"a {type(given).__name__} is no reference: it has to be a str")
    nsid, hash_sign, name = ref.partition("#")
    if nsid or not hash_sign:
        check("nsid", nsid)
    if not hash_sign:
        return nsid, "main"
    if not (_DEFINITION_NAME.fullmatch(name) and name.isprintable()):
        rule = "after '#' stands the name of a definition, without spaces, dots or a second '#'"
        raise InvalidSyntax(f"{quoted(ref)} is no reference: {rule}")
    return nsid, name
