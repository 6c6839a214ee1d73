"""From a project and a baseline to what a change breaks, each finding with its place in the files."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from atdata_codegen.analysis import Analysis, analyse
from atdata_codegen.breaking import CATEGORIES, Breaking
from atdata_codegen.diagnostics import Diagnostic, in_order
from atdata_codegen.evolution.baseline import Baseline
from atdata_codegen.evolution.change import Change, Part
from atdata_codegen.evolution.names import module_changes
from atdata_codegen.evolution.placing import place_change
from atdata_codegen.plan import Modules, plan_within
from atdata_codegen.project import Project
from atdata_codegen.rules.about_changes import change_rules
from atdata_codegen.source.discover import Discovery
from atdata_schema.compare import CatalogComparison, CatalogFinding, compare_catalogs
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.properties import properties_of
from atdata_schema.references import references

__all__ = ["Judgement", "judge"]

_UNSTABLE: Final = frozenset({"temp", "unspecced", "experimental"})
_PACKAGE: Final = "lexicons"
_OBJECTS: Final = (nodes.Object, nodes.Token, *nodes.PRIMARY)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a change of a project's lexicons comes to.

    Attributes:
        baseline: what they are held against.
        old: the lexicons as they were.
        new: the lexicons as they are.
        comparison: what differs.
        changes: the same with its places, and what counts of it.
        problems: errors of the lexicons as they are, and of the settings; what they keep from being compared.
    """

    baseline: Baseline
    old: Analysis
    new: Analysis
    comparison: CatalogComparison
    changes: tuple[Change, ...]
    problems: tuple[Diagnostic, ...]

    @property
    def breaks(self) -> tuple[Change, ...]:
        """What counts, and breaks something."""
        return tuple(change for change in self.changes if change.counts and change.breaks)


def judge(
    project: Project, discovery: Discovery, baseline: Baseline, settings: Breaking
) -> Judgement:
    """Hold a project's lexicons against those of a baseline.

    Args:
        project: the project.
        discovery: its files.
        baseline: what they are held against.
        settings: what counts.
    """
    lexicons = replace(discovery, lenses=())
    # Whose a lexicon is, `build` and `lint` say: here another package may hold what is compared.
    unclaimed = replace(project, compiles=False)
    new = analyse(unclaimed, lexicons)
    old = analyse(replace(unclaimed, ignore={}), baseline.discovery)
    problems = [found for found in new.diagnostics if found.severity == "error"]
    problems += [_unread(old, nsid) for nsid in sorted(old.broken)]
    problems += [found for found in baseline.discovery.diagnostics if found not in problems]
    if not baseline.discovery.files and discovery.files:
        problems.append(_empty(project, baseline))
    sides = (_sound(old, new), _sound(new, old))
    try:
        comparison = compare_catalogs(
            old.catalog, new.catalog, old_nsids=sides[0], new_nsids=sides[1]
        )
    except LexiconError as error:
        problems.append(_problem(project, "no-comparison", f"they cannot be compared: {error}"))
        comparison = CatalogComparison(())
    parts = [_of_data(found) for found in comparison.findings]
    if "source" in settings.categories:
        parts += _of_names(old, new, comparison, project)
    changes = [place_change(part, old, new) for part in parts]
    counted, unused = _count(changes, settings)
    problems += [_problem(project, "unused-ignore", text, "warning") for text in unused]
    problems += [_problem(project, "configuration", text) for text in _unknown(settings)]
    return Judgement(
        baseline,
        old,
        new,
        comparison,
        tuple(sorted(counted, key=_order)),
        in_order(new.ignored.keep_placed(problems)),
    )


def _sound(side: Analysis, other: Analysis) -> list[str]:
    """The documents of a side that can be compared: those without errors on either."""
    return [nsid for nsid in side.nsids if nsid not in side.broken | other.broken]


def _unread(old: Analysis, nsid: str) -> Diagnostic:
    message = f"{nsid} had errors in what it is held against, and was not compared"
    source = old.sources.get(nsid)
    path = source.path if source is not None else nsid
    return Diagnostic(path=path, severity="warning", rule="not-compared", message=message)


def _empty(project: Project, baseline: Baseline) -> Diagnostic:
    message = f"{baseline.name} holds no lexicons, so everything is new"
    return _problem(project, "empty-baseline", message, "warning")


def _problem(
    project: Project, rule: str, message: str, severity: Literal["error", "warning"] = "error"
) -> Diagnostic:
    path = str(project.pyproject or "<options>")
    return Diagnostic(path=path, severity=severity, rule=rule, message=message)


def _order(change: Change) -> tuple[str, int, int, str, str, str]:
    at = change
    return at.path, at.line, at.column, at.place, at.rule, at.message


def _of_data(found: CatalogFinding) -> Part:
    finding = found.finding
    return Part(
        finding.rule,
        found.place,
        found.document,
        f"{finding.path}: {finding.message}" if finding.path else finding.message,
        tuple(sorted(finding.breaks)) if found.severity == "error" else (),
        tuple(name for name in CATEGORIES if name in found.categories),
        found.severity,
        found.old,
        found.new,
        (
            "the rules of publication permit it: the field had no constraint"
            if found.permitted
            else None
        ),
    )


def _of_names(
    old: Analysis, new: Analysis, comparison: CatalogComparison, project: Project
) -> Iterator[Part]:
    package = project.package or _PACKAGE
    before, after = (
        Modules(side.catalog, package, side.external, frozenset(_sound(side, other)))
        for side, other in ((old, new), (new, old))
    )
    for nsid in comparison.removed:
        text = f"the module {before.module(nsid)} is gone"
        yield _name_part("module-removed", nsid, nsid, text, ("defs",), None)
    for nsid in sorted(_touched(comparison.changed, after)):
        try:
            plans = plan_within(before, nsid), plan_within(after, nsid)
        except LexiconError:  # no package could be compiled; `build` says so
            continue
        for change in module_changes(*plans):
            owner = change.owner or nsid
            pointers = [_pointer(side, owner, change.property) for side in (old, new)]
            place = owner if "#" in owner or not change.property else f"{owner}#main"
            place += f".{change.property}" if change.property else ""
            text = f"{change.text} ({after.module(nsid)})"
            yield _name_part(change.rule, place, nsid, text, *pointers)


def _name_part(
    rule: str,
    place: str,
    nsid: str,
    text: str,
    old: nodes.Pointer | None,
    new: nodes.Pointer | None,
) -> Part:
    return Part(rule, place, nsid, text, ("code",), ("source",), "error", old, new)


def _pointer(side: Analysis, owner: str, name: str) -> nodes.Pointer | None:
    document = side.catalog.get(owner.partition("#")[0])
    definition = (owner.partition("#")[2] or "main").partition(".")[0]
    if document is None or definition not in document.defs:
        return None
    node = properties_of(document, owner).get(name) if name else None
    if node is not None:
        return node.pointer
    return None if name else ("defs", definition)


def _touched(changed: Iterable[str], modules: Modules) -> set[str]:
    """The documents whose modules may differ: those that changed, and those that refer to one.

    What is no object is written out where it is referred to, so it hands a change on.
    """
    users: dict[str, set[str]] = {}
    for nsid in modules.nsids:
        document = modules.catalog.get(nsid)
        for target in references(document.raw) if document is not None else ():
            users.setdefault(target, set()).add(nsid)
    found: set[str] = set()
    handed_on = list(changed)
    while handed_on:
        nsid = handed_on.pop()
        found.add(nsid)
        for user in users.get(nsid, set()) - found:
            found.add(user)
            document = modules.catalog.get(user)
            nodes_of = document.defs.values() if document is not None else ()
            if not all(isinstance(node, _OBJECTS) for node in nodes_of):
                handed_on.append(user)
    return found


def _count(changes: Iterable[Change], settings: Breaking) -> tuple[list[Change], list[str]]:
    """What counts of the changes, and which reasons are for nothing."""
    found: list[Change] = []
    used: set[str] = set()
    for change in changes:
        keys = [key for key in settings.ignore if _ignores(key, change)]
        used.update(keys)
        unstable = settings.ignore_unstable and _UNSTABLE & set(change.document.split("."))
        reason = settings.ignore[keys[0]] if keys else "it is unstable" if unstable else None
        found.append(replace(change, ignored=reason, asked=_is_asked(change, settings)))
    unused = [
        key for key in settings.ignore if key not in used and key.split()[0] in change_rules()
    ]
    return found, [f"nothing is let pass by {key!r}: remove it from `ignore`" for key in unused]


def _is_asked(change: Change, settings: Breaking) -> bool:
    if not change.breaks:
        return True
    data = {*change.breaks} & {*settings.directions}
    directed = bool(data) or "code" in change.breaks
    return directed and bool({*change.categories} & {*settings.categories})


def _ignores(key: str, change: Change) -> bool:
    rule, *place = key.split()
    if rule != change.rule:
        return False
    if not place or change.place == place[0]:
        return True
    inside = change.place.removeprefix(place[0])
    return inside != change.place and inside[0] in "#.[("


def _unknown(settings: Breaking) -> Iterator[str]:
    for key in settings.ignore:
        rule = key.split()[0]
        if rule not in change_rules():
            near = difflib.get_close_matches(rule, change_rules(), 1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            yield f"there is no change {rule!r} to let pass{hint}"
