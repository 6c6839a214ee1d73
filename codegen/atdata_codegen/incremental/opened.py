"""A file of lexicons that is read and parsed when somebody asks, and once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from atdata_codegen.source.discover import LexiconFile
from atdata_codegen.source.reader import Source, read
from atdata_schema.lexicon import Document, Finding, parse

__all__ = ["Opened", "Sources"]


class Opened:
    """One file.

    Attributes:
        file: its path and bytes.
    """

    def __init__(self, file: LexiconFile) -> None:
        self.file = file

    @cached_property
    def source(self) -> Source:
        """The file as JSON, with what is wrong with it as such."""
        return read(self.file.path, self.file.data)

    @cached_property
    def parsed(self) -> tuple[Document | None, list[Finding]]:
        """Its document, and what is wrong or doubtful in it; findings name the path."""
        if self.source.value is None and self.source.diagnostics:
            return None, []
        return parse(self.source.value, self.file.path)

    @property
    def document(self) -> Document:
        """Its document, where it is known that there is one."""
        document, _ = self.parsed
        assert document is not None  # `Facts` named it
        return document


class Sources(Mapping[str, Source]):
    """Files as JSON, by NSID and by path, each read when it is looked at."""

    def __init__(self, files: Mapping[str, Opened]) -> None:
        self._files = files

    def __getitem__(self, name: str) -> Source:
        return self._files[name].source

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)
