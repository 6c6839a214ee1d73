"""The one form of a file of lenses."""

from __future__ import annotations

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.lenses.reading import read_file
from atdata_codegen.source.discover import LexiconFile
from atdata_schema.lenses import format_text

__all__ = ["formatted"]


def formatted(file: LexiconFile) -> tuple[tuple[str, str] | None, tuple[Diagnostic, ...]]:
    """The text of a file as it is and as it should be; nothing for a file that is not understood."""
    read = read_file(file, named=False)
    errors = tuple(found for found in read.diagnostics if found.severity == "error")
    if errors:
        return None, errors
    text = file.data.decode("utf-8")
    return (text, format_text(read.text)), ()
