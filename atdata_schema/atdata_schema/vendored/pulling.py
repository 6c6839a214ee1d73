"""Fetching lexicons with everything that they refer to, held against what was fetched before.

All of it is fetched and judged before anything is written. Whoever fetched a lexicon once gets the same one again: where its owner
publishes another by now, that is refused unless it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from atdata_schema.errors import AtdataError, ManifestError
from atdata_schema.references import references
from atdata_schema.schema import document_cid
from atdata_schema.syntax import is_valid
from atdata_schema.vendored.manifest import Manifest, Resolution

__all__ = ["MOST", "FetchedLexicon", "Fetching", "Pulled", "Wanted", "pull"]

MOST: Final = 1000
"""Lexicons that one pull fetches or keeps."""

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FetchedLexicon:
    """A lexicon as its owner has it.

    Attributes:
        uri: where it is.
        cid: its CID.
        document: what it says, with its `$type` where it came with one.
    """

    uri: str
    cid: str
    document: dict[str, Any]

    @property
    def nsid(self) -> str:
        """Its NSID."""
        return str(self.document["id"])


class Fetching(Protocol):
    """Where lexicons come from."""

    def fetch(self, nsid: str, uri: str | None = None, cid: str | None = None) -> FetchedLexicon:
        """A lexicon, proved and legal."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A lexicon that is asked for.

    Attributes:
        nsid: which one.
        uri: its record, where that is given; else DNS is asked.
    """

    nsid: str
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull comes to.

    Attributes:
        manifest: the new manifest.
        fetched: the documents that are new or others than before, by NSID.
        kept: the NSIDs of those that are there as they were fetched.
        changed: the CIDs that those had before whose owner publishes others now.
        dropped: NSIDs that were fetched before, and that nothing refers to any more.
    """

    manifest: Manifest
    fetched: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    kept: tuple[str, ...] = ()
    changed: Mapping[str, str] = field(default_factory=dict[str, str])
    dropped: tuple[str, ...] = ()


def pull(
    network: Fetching,
    wanted: Sequence[Wanted],
    manifest: Manifest,
    present: Mapping[str, Document],
    *,
    installed: Callable[[str], bool] = lambda nsid: False,
    update: bool = False,
) -> Pulled:
    """Fetch lexicons and everything that they refer to.

    Args:
        network: where they come from.
        wanted: the lexicons that are asked for, beside those of the manifest.
        manifest: what was fetched before.
        present: the documents of the project's folders, by NSID.
        installed: whether an installed package has a lexicon, which is not fetched then.
        update: take what owners publish now, in place of what is pinned.

    Raises:
        ManifestError: one has another CID than is pinned, was changed here, stands in the way of a file of the project's own, or
            cannot be fetched; or there are too many.
    """
    return _Pull(network, manifest, present, installed, update).run(wanted)


class _Pull:
    def __init__(
        self,
        network: Fetching,
        manifest: Manifest,
        present: Mapping[str, Document],
        installed: Callable[[str], bool],
        update: bool,
    ) -> None:
        self._network = network
        self._manifest = manifest
        self._present = present
        self._installed = installed
        self._update = update
        self._fetched: dict[str, dict[str, Any]] = {}
        self._resolved: dict[str, Resolution] = {}
        self._changed: dict[str, str] = {}

    def run(self, wanted: Sequence[Wanted]) -> Pulled:
        roots = {nsid: Wanted(nsid) for nsid in self._manifest.lexicons}
        roots |= {item.nsid: item for item in wanted}
        pending = sorted(roots.values(), key=lambda item: item.nsid, reverse=True)
        while pending:
            item = pending.pop()
            if item.nsid in self._resolved:
                continue
            if item.nsid not in roots and self._is_given(item.nsid):
                continue
            if len(self._resolved) == MOST:
                raise ManifestError(
                    f"these lexicons refer to more than {MOST}, and no more are fetched"
                )
            document = self._document(item)
            pending.extend(map(Wanted, sorted(_referred(document), reverse=True)))
        before = self._manifest.resolutions
        return Pulled(
            Manifest(tuple(sorted(roots)), self._resolved),
            self._fetched,
            tuple(sorted(self._resolved.keys() - self._fetched.keys())),
            self._changed,
            tuple(sorted(before.keys() - self._resolved.keys())),
        )

    def _is_given(self, nsid: str) -> bool:
        """Whether a lexicon that is referred to is there: the project's own, or an installed package's."""
        if nsid in self._manifest.resolutions:
            return False
        return nsid in self._present or self._installed(nsid)

    def _document(self, item: Wanted) -> Document:
        nsid = item.nsid
        pinned = self._manifest.resolutions.get(nsid)
        here = self._present.get(nsid)
        own = None if here is None else document_cid(here)
        if pinned is not None and own not in (None, pinned.cid) and not self._update:
            raise ManifestError(
                f"{nsid} was fetched with the CID {pinned.cid}, and its file is another one now, {own}: files that were "
                "fetched are not edited; take the change back, or fetch it anew with --update"
            )
        if pinned is not None and own == pinned.cid and not self._update and item.uri is None:
            self._resolved[nsid] = pinned
            assert here is not None
            return here
        found = self._fetch(item, pinned)
        if pinned is None and own not in (None, found.cid):
            raise ManifestError(
                f"{nsid} is a lexicon of this project, and what {found.uri} publishes differs from it: remove the file to "
                "have theirs"
            )
        self._resolved[nsid] = Resolution(found.uri, found.cid)
        if pinned is not None and pinned.cid != found.cid:
            self._changed[nsid] = pinned.cid
        if own != found.cid:
            self._fetched[nsid] = found.document
        return found.document

    def _fetch(self, item: Wanted, pinned: Resolution | None) -> FetchedLexicon:
        if pinned is None or self._update:
            uri = item.uri or (None if pinned is None else pinned.uri)
            return self._network.fetch(item.nsid, uri)
        try:
            return self._network.fetch(item.nsid, item.uri or pinned.uri, pinned.cid)
        except AtdataError as error:
            raise ManifestError(
                f"{item.nsid} is pinned to the CID {pinned.cid}, and is not to be had so ({error}): --update takes what is "
                "published now"
            ) from error


def _referred(document: Document) -> set[str]:
    """The NSIDs that a document refers to, by tokens among known values too."""
    return references(document) | {
        nsid for nsid in _tokens(document.get("defs")) if nsid != document.get("id")
    }


def _tokens(value: object) -> Iterator[str]:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, Mapping):
            known = item.get("knownValues")
            for text in known if isinstance(known, list) else ():
                nsid, mark, name = text.partition("#") if isinstance(text, str) else ("", "", "")
                if mark and name and "#" not in name and is_valid("nsid", nsid):
                    yield nsid
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
