"""What lexicons are held against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.source.discover import Discovery, LexiconFile, path_of

__all__ = ["Baseline", "BaselineError", "baseline_of_documents"]


class BaselineError(Exception):
    """What lexicons are to be held against is not there; the message is one sentence, with the remedy."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Lexicons as they were.

    Attributes:
        name: as it was asked for.
        about: what it is, for people: the commit.
        discovery: the files, whose paths say where they are.
    """

    name: str
    about: str
    discovery: Discovery


def baseline_of_documents(
    name: str, about: str, documents: Mapping[str, Mapping[str, object]]
) -> Baseline:
    """A baseline of documents that are in no files.

    Args:
        name: as it was asked for.
        about: what it is, for people.
        documents: by NSID.
    """
    files: list[LexiconFile] = []
    problems: list[Diagnostic] = []
    for nsid, document in sorted(documents.items()):
        path = f"{name}/{path_of(nsid)}"
        try:
            text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
            files.append(LexiconFile(path, nsid, text.encode()))
        except (TypeError, ValueError, RecursionError) as error:
            message = f"it is no document: {error}"
            problems.append(
                Diagnostic(path=path, severity="error", rule="unreadable-file", message=message)
            )
    return Baseline(name, about, Discovery(tuple(files), tuple(problems)))
