"""Files of lenses: from bytes to lenses as they are written, and all that is wrong with that."""

from __future__ import annotations

import re
from dataclasses import dataclass

from atdata_codegen.diagnostics import Diagnostic, diagnose
from atdata_codegen.lenses.naming import is_name, lens_name
from atdata_codegen.lenses.placing import placed
from atdata_codegen.lenses.types import named_in
from atdata_codegen.source.discover import LexiconFile
from atdata_codegen.source.span import Span
from atdata_codegen.source.undecodable import not_utf8
from atdata_schema.lenses import parse
from atdata_schema.lenses.language.lowering import Lowered

__all__ = ["LensFile", "read_file"]

_COMMENTS = re.compile(r"\s*((?:#[^\n]*\n[ \t]*)*)")


@dataclass(frozen=True, slots=True)
class LensFile:
    """One file of lenses as it was read.

    Attributes:
        path: where it lies, absolute.
        nsid: what its path stands for among the lexicons.
        text: what it holds; empty if that is no text.
        lenses: the lenses in it, each by its full name.
        diagnostics: what is wrong with it as it is written.
    """

    path: str
    nsid: str
    text: str
    lenses: tuple[tuple[str, Lowered], ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def types(self) -> frozenset[str]:
        """The NSIDs of the documents that its lenses name."""
        return frozenset(nsid for _, lens in self.lenses for nsid in named_in(lens.program))

    @property
    def description(self) -> str:
        """The comment that it begins with; may be empty."""
        found = _COMMENTS.match(self.text)
        lines = found[1].splitlines() if found else []
        return "\n".join(line.strip().removeprefix("#").strip() for line in lines).strip()

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def read_file(file: LexiconFile, *, named: bool = True) -> LensFile:
    """The lenses of a file.

    Args:
        file: the file.
        named: whether its path has to be that of an NSID, as it has in a folder of lexicons.
    """
    try:
        text = file.data.decode("utf-8")
    except UnicodeDecodeError as error:
        return LensFile(
            file.path, file.nsid, "", (), (not_utf8(file.path, file.data, error, "LN001"),)
        )
    if text.startswith("\ufeff"):
        return LensFile(file.path, file.nsid, "", (), (_marked(file, text),))
    text = text.replace("\r\n", "\n")
    read = parse(text)
    diagnostics = list(placed(read.findings, file.path, text))
    if named and not is_name(file.nsid):
        diagnostics.append(_unnamed(file, text))
    lenses = tuple((lens_name(file.nsid, read, item), item) for item in read.lenses)
    if read.tree is not None and not read.tree.items:
        diagnostics.append(_empty(file, text))
    return LensFile(file.path, file.nsid, text, lenses, tuple(diagnostics))


def _unnamed(file: LexiconFile, text: str) -> Diagnostic:
    return diagnose(
        file.path,
        Span(1, 1, 1, 2),
        text,
        severity="error",
        rule="lens-path",
        message=f"the path stands for {file.nsid!r}, which is no NSID",
        hint="below the folder of lexicons, put it at the path of its name: org/example/frameToTrain.lens",
    )


def _empty(file: LexiconFile, text: str) -> Diagnostic:
    return diagnose(
        file.path,
        Span(1, 1, 1, 2),
        text,
        severity="error",
        rule="LN001",
        message="the file holds no lens",
        hint="`atdata-gen lens derive A B` writes one to begin with",
    )


def _marked(file: LexiconFile, text: str) -> Diagnostic:
    return diagnose(
        file.path,
        Span(1, 1, 1, 2),
        text,
        severity="error",
        rule="LN001",
        message="the file begins with a byte order mark",
        hint="save it as UTF-8 without one",
    )
