"""Types that no finite data has, because they require themselves.

A definition has data if all that it requires has; a closed union if one of its members has. What has data
is found from the bottom up, in time linear in the size of the documents, and what remains is circular.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.checks_walk import target
from atdata_schema.lexicon.findings import Finding
from atdata_schema.lexicon.nodes import Definition, Pointer
from atdata_schema.lexicon.parse_report import Report

if TYPE_CHECKING:
    from atdata_schema.lexicon.catalog import Catalog

__all__ = ["check_cycles"]

_Atom: TypeAlias = "str | tuple[str, Pointer]"  # a definition by its full name, or a closed union


@dataclass(slots=True)
class _Graph:
    """What each definition and each closed union needs, with the place that says so."""

    catalog: Catalog
    needs: dict[_Atom, dict[_Atom, Pointer]] = field(default_factory=dict)

    def add(self, full: str, node: Definition, base: str) -> None:
        self.needs[full] = dict(self._needed(node, base))

    def _needed(self, node: Definition, base: str) -> Iterator[tuple[_Atom, Pointer]]:
        if isinstance(node, nodes.Record):
            yield from self._needed(node.record, base)
        elif isinstance(node, nodes.Object):
            for name in node.required or ():
                if name in node.properties and name not in (node.nullable or ()):
                    yield from self._needed(node.properties[name], base)
        elif isinstance(node, nodes.Array) and node.min_length:
            yield from self._needed(node.items, base)
        elif isinstance(node, nodes.Ref):
            full, found = target(self.catalog, node.ref, base)
            # What is built in requires nothing of the catalogue.
            if found is not None and full.partition("#")[0] in self.catalog:
                yield full, node.pointer
        elif isinstance(node, nodes.Union) and node.closed and node.refs:
            yield self._choice(node, base), node.pointer

    def _choice(self, node: nodes.Union, base: str) -> _Atom:
        atom = (base, node.pointer)
        # A member that is not there may be anything.
        members = [target(self.catalog, ref, base) for ref in node.refs]
        known = all(found is not None for _, found in members)
        self.needs[atom] = {full: node.pointer for full, _ in members} if known else {}
        return atom


def check_cycles(catalog: Catalog) -> list[Finding]:
    """One finding for each circle of definitions that require each other."""
    graph = _Graph(catalog)
    for document in catalog.documents:
        for name, node in document.defs.items():
            full = document.id if name == "main" else f"{document.id}#{name}"
            graph.add(full, node, document.id)
    stuck = _without_data(graph.needs)
    return [_finding(circle, graph.needs) for circle in _circles(stuck, graph.needs)]


def _without_data(needs: dict[_Atom, dict[_Atom, Pointer]]) -> set[_Atom]:
    missing = {atom: len(needed) for atom, needed in needs.items()}
    users: defaultdict[_Atom, list[_Atom]] = defaultdict(list)
    for atom, needed in needs.items():
        for other in needed:
            users[other].append(atom)
    ready = [atom for atom, count in missing.items() if count == 0]
    stuck = set(needs) - set(ready)
    while ready:
        for user in users[ready.pop()]:
            missing[user] -= 1
            # One member is enough for a union.
            if user in stuck and (missing[user] == 0 or isinstance(user, tuple)):
                stuck.discard(user)
                ready.append(user)
    return stuck


def _circles(stuck: set[_Atom], needs: dict[_Atom, dict[_Atom, Pointer]]) -> Iterator[list[_Atom]]:
    seen: set[_Atom] = set()
    for start in needs:
        trail: dict[_Atom, int] = {}
        atom = start
        while atom in stuck and atom not in seen:
            seen.add(atom)
            trail[atom] = len(trail)
            atom = next(other for other in needs[atom] if other in stuck)
        if atom in trail:
            yield list(trail)[trail[atom] :]


def _finding(circle: list[_Atom], needs: dict[_Atom, dict[_Atom, Pointer]]) -> Finding:
    # Begin at a definition: a union has no name that a reader knows.
    first = next(index for index, atom in enumerate(circle) if isinstance(atom, str))
    circle = circle[first:] + circle[:first]
    names = [atom for atom in circle if isinstance(atom, str)]
    shown = " requires ".join([*names[:8], *(["..."] if len(names) > 8 else []), names[0]])
    report = Report(names[0].partition("#")[0])
    pointer = needs[circle[0]][circle[1 % len(circle)]]
    hint = "make one property of the circle optional, or put it in an array that may be empty"
    report.add("circular-required", pointer, f"{shown}: no finite data has this type", hint)
    return report.findings[0]
