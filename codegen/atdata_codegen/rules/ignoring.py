"""Rules that a project leaves out, each with its reason."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.project import Project
from atdata_codegen.rules.registry import all_rules, can_be_ignored
from atdata_schema.lexicon.findings import Finding

__all__ = ["Ignoring", "ignoring"]


@dataclass(frozen=True, slots=True)
class Ignoring:
    """The rules that are left out, and what is wrong with the list itself."""

    names: frozenset[str]
    diagnostics: tuple[Diagnostic, ...] = ()

    def keep(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings of all other rules; errors of the language always stay."""
        return [finding for finding in findings if finding.rule not in self.names]

    def keep_placed(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The same of findings that have their places."""
        return [found for found in diagnostics if found.rule not in self.names]


def ignoring(project: Project) -> Ignoring:
    """The rules that a project leaves out."""
    problems = [_problem(project, name) for name in project.ignore if not can_be_ignored(name)]
    names = frozenset(name for name in project.ignore if can_be_ignored(name))
    return Ignoring(names, tuple(problems))


def _problem(project: Project, name: str) -> Diagnostic:
    from atdata_codegen.rules.about_changes import change_rules  # comparing, and numpy

    rules = all_rules()
    message = f"{name!r} cannot be ignored: it is an error of the language, not of style"
    hint: str | None = None
    if name in change_rules():
        message = f"{name!r} is about a change, and not about what a lexicon says"
        hint = "let it pass in [tool.atdata-gen.breaking], with the reason"
    elif name not in rules:
        message = f"there is no rule {name!r} to ignore"
        near = difflib.get_close_matches(name, rules, 1)
        hint = f"did you mean {near[0]!r}?" if near else None
    path = str(project.pyproject or "<options>")
    return Diagnostic(path=path, severity="error", rule="cannot-ignore", message=message, hint=hint)
