"""Where lexicons come from: the documents of a source, and the address that each of them is pinned by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from atdata_schema.errors import LexiconError, ManifestError
from atdata_schema.lexicon.parse import parse
from atdata_schema.schema import document_cid
from atdata_schema.syntax.quoting import quoted
from atdata_schema.vendored.pulling import FetchedLexicon

__all__ = ["Origin", "fetched", "sound"]

_TYPE: Final = "com.atproto.lexicon.schema"


@dataclass(frozen=True, slots=True)
class Origin:
    """A source that was read.

    Attributes:
        shown: how it is called in messages.
        documents: its lexicons, by NSID.
        uris: the address of each.
    """

    shown: str
    documents: Mapping[str, Mapping[str, Any]]
    uris: Mapping[str, str]

    def lexicon(self, nsid: str) -> FetchedLexicon:
        """One of its lexicons.

        Raises:
            ManifestError: it is not there.
        """
        if nsid not in self.documents:
            raise ManifestError(f"{self.shown} has no lexicon {nsid}")
        return fetched(self.uris[nsid], self.documents[nsid])


def fetched(uri: str, document: Mapping[str, Any]) -> FetchedLexicon:
    """A lexicon as it is pinned: with the `$type` that its CID is counted with."""
    whole = {"$type": _TYPE, **document}
    return FetchedLexicon(uri, document_cid(whole), whole)


def sound(value: object, nsid: str, where: str) -> Mapping[str, Any]:
    """The document that a value is, if it is one of that name.

    Raises:
        ManifestError: it is no lexicon, or another one.
    """
    document, findings = parse(value, nsid)
    wrong = [each for each in findings if each.severity == "error"]
    if document is None or wrong:
        raise ManifestError(f"{where} is no lexicon: {LexiconError('', wrong).findings[0]}")
    if document.id != nsid:
        raise ManifestError(
            f"{where} is the lexicon {quoted(document.id)}, where {nsid} is expected: the path of a file is its NSID"
        )
    return document.raw
