"""What an installation comes to: the files that are new, and the new `lexicons.json`, held against what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atdata_codegen.canonical import format_document
from atdata_codegen.diagnostics import shown_path
from atdata_codegen.installing.packages import SCHEME
from atdata_codegen.installing.sources import Everywhere
from atdata_codegen.project import Project
from atdata_codegen.source.discover import path_of
from atdata_codegen.source.installed import Installed
from atdata_codegen.writing import write_together
from atdata_schema.errors import ManifestError
from atdata_schema.lexicon.parse_folder import read_folder
from atdata_schema.schema import document_cid
from atdata_schema.shared_types import TYPES
from atdata_schema.vendored.manifest import NAME, Manifest, read_manifest
from atdata_schema.vendored.pulling import Pulled, pull

__all__ = ["Installation", "install", "write_installation"]


@dataclass(frozen=True, slots=True)
class Installation:
    """What is to be done.

    Attributes:
        project: the project.
        manifest: what is pinned now.
        pulled: what would be pinned, and the documents that are new.
        present: the documents of the project's folders, by NSID.
    """

    project: Project
    manifest: Manifest
    pulled: Pulled
    present: Mapping[str, Mapping[str, Any]]

    @property
    def files(self) -> dict[Path, bytes]:
        """The files that would be written; lexicons of packages are not among them.

        `lexicons.json` is the first: a fetched lexicon that it does not name would pass for one of the project's own.
        """
        found: dict[Path, bytes] = {}
        place = self.project.root / NAME
        if self.pulled.manifest != self.manifest or not place.exists():
            found[place] = self.pulled.manifest.to_text().encode()
        for nsid in self.restored:
            text = format_document(self.pulled.fetched[nsid])
            found[self.project.lexicons[0] / path_of(nsid)] = text.encode()
        return found

    @property
    def left_over(self) -> tuple[Path, ...]:
        """The files of lexicons that nothing refers to any more, where they are as they were fetched."""
        before = self.manifest.resolutions
        return tuple(
            self.project.lexicons[0] / path_of(nsid)
            for nsid in self.pulled.dropped
            if nsid in self.present and document_cid(self.present[nsid]) == before[nsid].cid
        )

    @property
    def restored(self) -> tuple[str, ...]:
        """The NSIDs of the documents that would be written, sorted."""
        resolutions = self.pulled.manifest.resolutions
        return tuple(
            nsid
            for nsid in sorted(self.pulled.fetched)
            if not resolutions[nsid].uri.startswith(SCHEME)
        )


def install(
    project: Project, sources: Sequence[str], *, locked: bool = False, update: bool = False
) -> Installation:
    """Find everything; nothing is written.

    Args:
        project: where it goes.
        sources: what is asked for, as it is typed, beside what is pinned.
        locked: take nothing but what is pinned, and pin nothing else.
        update: take what sources have now, in place of what is pinned.

    Raises:
        AtdataError: a source cannot be read, a document is another one than is pinned, a package has compiled one already, or
            with `locked` something would be pinned otherwise.
    """
    manifest = read_manifest(project.root / NAME)
    if locked and not (project.root / NAME).exists():
        raise ManifestError(f"there is no {shown_path(str(project.root / NAME))} to be locked to")
    installed = Installed(project.package)
    everywhere = Everywhere(project.root, installed)
    present = _present(project)
    wanted = [each for source in sources for each in everywhere.wanted(source)]
    pulled = pull(
        everywhere,
        wanted,
        manifest,
        present,
        installed=lambda nsid: nsid == TYPES["id"] or bool(installed.claims(nsid)),
        update=update,
    )
    if locked and pulled.manifest != manifest:
        raise ManifestError(f"{NAME} is not up to date: {_difference(manifest, pulled)}")
    _refuse_compiled(pulled, installed)
    _refuse_one_file({*present, *pulled.manifest.resolutions})
    return Installation(project, manifest, pulled, present)


def write_installation(installation: Installation) -> list[Path]:
    """Write the files, all or none, and remove those that nothing needs any more; the files that were written.

    Raises:
        ManifestError: the disk refuses.
    """
    files = installation.files
    try:
        write_together(files)
        for path in installation.left_over:
            path.unlink(missing_ok=True)
    except OSError as error:
        name = shown_path(str(error.filename or installation.project.root))
        raise ManifestError(f"{name} cannot be written: {error.strerror or error}") from None
    return list(files)


def _present(project: Project) -> Mapping[str, Mapping[str, Any]]:
    """The documents of the project's folders; what is wrong with others is the linter's to say."""
    found: dict[str, Mapping[str, Any]] = {}
    for folder in project.lexicons:
        for document in read_folder(folder)[0]:
            if found.setdefault(document.id, document.raw) != document.raw:
                raise ManifestError(f"two files have the lexicon {document.id}, and they differ")
    return found


def _refuse_compiled(pulled: Pulled, installed: Installed) -> None:
    """A copy of what an installed package has compiled would be compiled a second time."""
    for nsid, resolution in pulled.manifest.resolutions.items():
        claims = installed.claims(nsid)
        if claims and not resolution.uri.startswith(SCHEME):
            raise ManifestError(
                f"{nsid} is compiled by {claims[0].origin}: refs need no copy of it; package:{claims[0].distribution} pins "
                "what is installed"
            )


def _refuse_one_file(nsids: Iterable[str]) -> None:
    """Names that differ by case alone have one file on some file systems, where one would replace the other."""
    known: dict[str, str] = {}
    for nsid in sorted(nsids):
        other = known.setdefault(nsid.casefold(), nsid)
        if other != nsid:
            raise ManifestError(f"{other} and {nsid} would be one file where case does not count")


def _difference(manifest: Manifest, pulled: Pulled) -> str:
    before, after = manifest.resolutions, pulled.manifest.resolutions
    added = sorted(after.keys() - before.keys())
    if added:
        return f"{', '.join(added)} would be added"
    if pulled.dropped:
        return f"nothing refers to {', '.join(pulled.dropped)}"
    changed = [nsid for nsid in sorted(after) if after[nsid] != before[nsid]]
    if changed:
        return f"{', '.join(changed)} would be pinned otherwise"
    return "it lists other lexicons than were asked for"
