"""The lexicons of a project's folders, and the manifest beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atdata.errors import LoadError
from atdata_codegen.installing.packages import SCHEME
from atdata_codegen.writing import write_together
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon.findings import Finding
from atdata_schema.lexicon.parse_folder import read_folder
from atdata_schema.schema import document_cid
from atdata_schema.vendored.manifest import NAME, Manifest, read_manifest
from atdata_schema.vendored.pulling import Pulled

__all__ = ["Lexicons", "read_lexicons", "write_pulled"]


@dataclass(frozen=True, slots=True)
class Lexicons:
    """The lexicons of a project.

    Attributes:
        folders: where they lie; what is fetched goes into the first.
        manifest_file: where the manifest is, or will be.
        manifest: what was fetched.
        documents: every document, by NSID.
        wrong: what is wrong with documents, by what findings call them: their NSID or their file.
    """

    folders: tuple[Path, ...]
    manifest_file: Path
    manifest: Manifest
    documents: Mapping[str, Mapping[str, Any]]
    wrong: Mapping[str, tuple[Finding, ...]]

    @property
    def own(self) -> dict[str, Mapping[str, Any]]:
        """Those that were not fetched, by NSID in sorted order."""
        fetched = self.manifest.resolutions
        return {nsid: item for nsid, item in sorted(self.documents.items()) if nsid not in fetched}

    def chosen(self, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """The own ones of some names; all of them where none are named.

        Raises:
            LoadError: one is not there, or was fetched; or a document is wrong.
        """
        own = self.own
        for name in names:
            if name not in own:
                fetched = name in self.manifest.resolutions
                why = "was fetched from others" if fetched else "is in none of the folders"
                raise LoadError(f"{name} {why}; the lexicons of this project are {_some(own)}")
        found = {name: own[name] for name in (sorted(set(names)) or own)}
        wrong = [item for items in self.wrong.values() for item in items]
        if wrong:
            lines = "\n  ".join(map(str, wrong[:20]))
            raise LexiconError(
                f"the lexicons have errors; atdata-gen lint says more:\n  {lines}", wrong
            )
        return found


def read_lexicons(folders: Sequence[Path], root: Path) -> Lexicons:
    """The lexicons of some folders, and the manifest in the root of the project.

    Raises:
        LoadError: the manifest is none, or two files have one NSID.
    """
    manifest_file = root / NAME
    documents: dict[str, Mapping[str, Any]] = {}
    wrong: dict[str, list[Finding]] = {}
    for folder in folders:
        found, findings = read_folder(folder)
        for finding in findings:
            if finding.severity == "error":
                wrong.setdefault(finding.document or "", []).append(finding)
        for document in found:
            if documents.setdefault(document.id, document.raw) != document.raw:
                raise LoadError(f"two files have the lexicon {document.id}, and they differ")
    return Lexicons(
        tuple(folders),
        manifest_file,
        read_manifest(manifest_file),
        documents,
        {name: tuple(items) for name, items in wrong.items()},
    )


def write_pulled(
    lexicons: Lexicons, pulled: Pulled, text_of: Callable[[Mapping[str, Any]], str]
) -> list[Path]:
    """Write what a pull comes to: the manifest, and the lexicons that were fetched; each file is whole or as it was.

    Those of installed packages stay there.

    Files of lexicons that nothing refers to any more go, if they are as they were fetched. Everything is written beside its place
    first, so that a full disk leaves all as it was. Where it breaks off after that, the manifest names what is still to be fetched,
    and the next pull does it.

    Args:
        lexicons: the project.
        pulled: what was fetched.
        text_of: the text of a lexicon file.

    Returns:
        The files that were written.

    Raises:
        LoadError: a file cannot be written.
    """
    contents: dict[Path, str] = {}
    # First: a fetched lexicon that no manifest names would pass for one of the project's own.
    if pulled.manifest != lexicons.manifest or not lexicons.manifest_file.exists():
        contents[lexicons.manifest_file] = pulled.manifest.to_text()
    for nsid, document in sorted(pulled.fetched.items()):
        if not pulled.manifest.resolutions[nsid].uri.startswith(SCHEME):
            contents[_place(lexicons.folders[0], nsid)] = text_of(document)
    try:
        write_together({path: text.encode() for path, text in contents.items()})
        for path in _left_over(lexicons, pulled):
            path.unlink(missing_ok=True)
    except OSError as error:
        name = error.filename or lexicons.folders[0]
        raise LoadError(f"{name} cannot be written: {error.strerror or error}") from None
    return list(contents)


def _left_over(lexicons: Lexicons, pulled: Pulled) -> list[Path]:
    """The files of lexicons that nothing refers to any more, where they are as they were fetched."""
    before = lexicons.manifest.resolutions
    return [
        _place(lexicons.folders[0], nsid)
        for nsid in pulled.dropped
        if nsid in lexicons.documents and document_cid(lexicons.documents[nsid]) == before[nsid].cid
    ]


def _place(folder: Path, nsid: str) -> Path:
    *group, name = nsid.split(".")
    return folder.joinpath(*group, f"{name}.json")


def _some(names: Mapping[str, object]) -> str:
    first = ", ".join(list(names)[:5])
    return f"{first}, …" if len(names) > 5 else first or "none"
