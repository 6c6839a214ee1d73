"""The network as a source of `atdata-gen install`: the entry point `network` of `atdata_gen.sources`."""

from __future__ import annotations

from atdata.atmosphere.lexicons.fetching import Network, owner_of
from atdata.atmosphere.records.collections import LEXICON
from atdata.cli.lexicons.asking import network
from atdata.errors import LoadError
from atdata_schema import syntax
from atdata_schema.syntax import parse_at_uri
from atdata_schema.syntax.quoting import quoted
from atdata_schema.vendored.pulling import FetchedLexicon, Wanted

__all__ = ["NetworkSource"]


class NetworkSource:
    """Lexicons by name, from the repositories of their owners, proved.

    Args:
        reader: who reads; a reader without an account if not given.
    """

    def __init__(self, reader: Network | None = None) -> None:
        self._reader = network() if reader is None else reader

    def wanted(self, name: str) -> list[Wanted]:
        """The lexicons that a name means: an NSID, a group such as `org.example.*`, or an address.

        Raises:
            LoadError: it means none.
        """
        if name.startswith("at://"):
            uri = parse_at_uri(name)
            if uri.collection != LEXICON or uri.rkey is None:
                raise LoadError(
                    f"{quoted(name)} is no address of a lexicon: at://<did>/{LEXICON}/<nsid>"
                )
            return [Wanted(syntax.check("nsid", uri.rkey), name)]
        if name.endswith(".*"):
            return self._group(name.removesuffix(".*"))
        return [Wanted(syntax.check("nsid", name))]

    def fetch(self, nsid: str, uri: str | None = None, cid: str | None = None) -> FetchedLexicon:
        """A lexicon, proved and legal; see `Network.fetch`.

        Raises:
            LoadError: it is not there, not proved, or has another CID.
        """
        return self._reader.fetch(nsid, uri, cid)

    def _group(self, group: str) -> list[Wanted]:
        owner = owner_of(self._reader, syntax.check("nsid", f"{group}.any"))
        names = self._reader.published_in(group, owner)
        if not names:
            raise LoadError(f"{group}.*: {owner} publishes no lexicon of this group")
        return [Wanted(nsid) for nsid in names]
