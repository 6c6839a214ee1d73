"""All places that lexicons come from, as one; the network is the runtime's, and asked for when it is needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from atdata_codegen.installing.folders import folder_origin, from_file
from atdata_codegen.installing.gits import from_git, git_origin, parse_git
from atdata_codegen.installing.origin import Origin
from atdata_codegen.installing.packages import SCHEME, from_package, package_origin
from atdata_codegen.source.installed import Installed
from atdata_schema.errors import ManifestError
from atdata_schema.vendored.pulling import FetchedLexicon, Wanted

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "Everywhere", "NetworkSource"]

GROUP = "atdata_gen.sources"
"""The entry point group of sources that other packages bring; `network` is the one that is asked for."""


class NetworkSource(Protocol):
    """Lexicons by their names, from their owners."""

    def wanted(self, name: str) -> list[Wanted]:
        """The lexicons that an NSID, a group such as `org.example.*` or an address means."""
        ...

    def fetch(self, nsid: str, uri: str | None = None, cid: str | None = None) -> FetchedLexicon:
        """A lexicon, proved and legal."""
        ...


class Everywhere:
    """Every source: those that were named, and by address those that `lexicons.json` pins.

    Args:
        root: the folder of the project, absolute.
        installed: the installed packages.
        network: the network, where there is one already; else the runtime is asked for it.
    """

    def __init__(
        self, root: Path, installed: Installed, network: NetworkSource | None = None
    ) -> None:
        self._root = root
        self._installed = installed
        self._network = network
        self._named: list[Origin] = []

    def wanted(self, source: str) -> list[Wanted]:
        """The lexicons that a source means, as it is typed; a folder is relative to the current one.

        Raises:
            AtdataError: it cannot be read.
        """
        if source.startswith("git+"):
            return self._all(git_origin(parse_git(self._from_root(source)), self._root))
        if source.startswith("package:"):
            return self._all(package_origin(source.removeprefix("package:"), self._installed))
        if _is_folder(source):
            folder = Path(os.path.normpath(Path.cwd() / source.removeprefix("file:")))
            return self._all(folder_origin(folder, self._root))
        return self._over_network().wanted(source)

    def fetch(self, nsid: str, uri: str | None = None, cid: str | None = None) -> FetchedLexicon:
        """A lexicon, from the first named source that has it, or from the address that pins it.

        Raises:
            AtdataError: it is not there, or has another CID.
        """
        found = self._find(nsid, uri, cid)
        if cid is not None and found.cid != cid:
            raise ManifestError(f"{found.uri} has the CID {found.cid} now")
        return found

    def _find(self, nsid: str, uri: str | None, cid: str | None) -> FetchedLexicon:
        if uri is None:
            for origin in self._named:
                if nsid in origin.documents:
                    return origin.lexicon(nsid)
            return self._over_network(nsid).fetch(nsid, None, cid)
        for origin in self._named:
            if origin.uris.get(nsid) == uri:
                return origin.lexicon(nsid)
        if uri.startswith("file:"):
            return from_file(nsid, uri, self._root)
        if uri.startswith("git+"):
            return from_git(nsid, uri, self._root)
        if uri.startswith(SCHEME):
            return from_package(nsid, uri, cid, self._installed)
        return self._over_network(nsid).fetch(nsid, uri, cid)

    def _all(self, origin: Origin) -> list[Wanted]:
        self._named.append(origin)
        return [Wanted(nsid, uri) for nsid, uri in sorted(origin.uris.items())]

    def _from_root(self, source: str) -> str:
        """A path that was typed, relative to the project; other addresses as they are."""
        prefix = "git+file:"
        if not source.startswith(prefix) or source.startswith(f"{prefix}//"):
            return source
        path, mark, rest = source.removeprefix(prefix).partition("#")
        below, at, revision = path.rpartition("@") if "@" in path else (path, "", "")
        place = Path(os.path.relpath(Path.cwd() / below, self._root)).as_posix()
        return f"{prefix}{place}{at}{revision}{mark}{rest}"

    def _over_network(self, nsid: str | None = None) -> NetworkSource:
        if self._network is None:
            self._network = _load_network(nsid)
        return self._network


def _is_folder(source: str) -> bool:
    if source.startswith("at://"):
        return False
    return source.startswith("file:") or "/" in source or os.sep in source or Path(source).is_dir()


def _load_network(nsid: str | None) -> NetworkSource:
    from importlib.metadata import entry_points

    points: Sequence[EntryPoint] = list(entry_points(group=GROUP, name="network"))
    why = f"{nsid} is in none of the sources that were named, and " if nsid else ""
    if not points:
        raise ManifestError(f"{why}the network needs pip install 'atdata[atmosphere]'")
    try:
        make = points[0].load()
    except ImportError as error:
        raise ManifestError(f"{why}the network cannot be asked: {error}") from None
    return cast("NetworkSource", make())
