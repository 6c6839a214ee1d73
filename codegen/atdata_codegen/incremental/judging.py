"""A document held against what is around it."""

from __future__ import annotations

from dataclasses import dataclass

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.incremental.opened import Opened
from atdata_codegen.incremental.surroundings import Asking, Surroundings, Trace
from atdata_codegen.placing import place_findings
from atdata_codegen.rules.lint import lint
from atdata_schema.lexicon.checks_refs import check_refs

__all__ = ["Judged", "judge"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found in one document, and on which answers that rests.

    Attributes:
        trace: what was asked of the surroundings.
        found: what is wrong or doubtful.
    """

    trace: Trace
    found: tuple[Diagnostic, ...]

    @property
    def failed(self) -> bool:
        """Whether something is an error."""
        return any(diagnostic.severity == "error" for diagnostic in self.found)


def judge(opened: Opened, around: Surroundings) -> Judged:
    """Follow the references of a document, and apply the rules of the linter.

    Args:
        opened: its file.
        around: everything else.
    """
    asking, document = Asking(around), opened.document
    findings = [*check_refs(asking, document), *lint(document.id, asking.lexicons)]
    found = place_findings(findings, {document.id: opened.source})
    return Judged(asking.trace, found)
