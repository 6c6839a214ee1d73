"""Types that no finite data has, because they require themselves.

A definition has data if all that it requires has; a closed union if one of its members has. What has data
is found from the bottom up, in time linear in the size of the documents, and what remains is circular.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.findings import Finding
from atdata_schema.lexicon.nodes import Definition, Document, Pointer, absolutise
from atdata_schema.lexicon.parse_report import Report

__all__ = ["Need", "check_cycles", "needs_of"]

_Atom: TypeAlias = "str | tuple[str, Pointer]"  # a definition by its full name, or a closed union


@dataclass(frozen=True, slots=True)
class Need:
    """What a definition cannot be without.

    Attributes:
        pointer: the place that says so.
        options: full names of definitions, one of which is enough.
        choice: whether a closed union says so.
    """

    pointer: Pointer
    options: tuple[str, ...]
    choice: bool = False


def needs_of(document: Document) -> dict[str, tuple[Need, ...]]:
    """What each definition of a document needs, by its full name; the document alone says so.

    >>> pair = nodes.Object(required=("next",), properties={"next": nodes.Ref(ref="#main")})
    >>> needs_of(Document(id="org.example.pair", defs={"main": pair}, raw={}))
    {'org.example.pair': (Need(pointer=(), options=('org.example.pair',), choice=False),)}
    """
    return {
        absolutise(f"#{name}", document.id): tuple(_needed(node, document.id))
        for name, node in document.defs.items()
    }


def _needed(node: Definition, base: str) -> Iterator[Need]:
    if isinstance(node, nodes.Record):
        yield from _needed(node.record, base)
    elif isinstance(node, nodes.Object):
        for name in node.required or ():
            if name in node.properties and name not in (node.nullable or ()):
                yield from _needed(node.properties[name], base)
    elif isinstance(node, nodes.Array) and node.min_length:
        yield from _needed(node.items, base)
    elif isinstance(node, nodes.Ref):
        yield Need(node.pointer, (absolutise(node.ref, base),))
    elif isinstance(node, nodes.Union) and node.closed and node.refs:
        yield Need(node.pointer, tuple(absolutise(ref, base) for ref in node.refs), choice=True)


def check_cycles(needs: Mapping[str, tuple[Need, ...]]) -> list[Finding]:
    """One finding for each circle of definitions that require each other.

    Args:
        needs: of every definition that there is. What is not there may be anything, and what is built in requires
            nothing.
    """
    graph = _graph(needs)
    stuck = _without_data(graph)
    return [_finding(circle, graph) for circle in _circles(stuck, graph)]


def _graph(needs: Mapping[str, tuple[Need, ...]]) -> dict[_Atom, dict[_Atom, Pointer]]:
    """What each definition and each closed union needs, with the place that says so."""
    graph: dict[_Atom, dict[_Atom, Pointer]] = {}
    for full, needed in needs.items():
        edges: dict[_Atom, Pointer] = {}
        for need in needed:
            known = all(option in needs for option in need.options)
            if need.choice:
                atom = (full.partition("#")[0], need.pointer)
                graph[atom] = dict.fromkeys(need.options if known else (), need.pointer)
                edges[atom] = need.pointer
            elif known:
                edges[need.options[0]] = need.pointer
        graph[full] = edges
    return graph


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
