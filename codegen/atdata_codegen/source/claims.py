"""Whose a lexicon is: one package's, the one being compiled or an installed one, and none that needs itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.source.installed import Claim, External, Installed
from atdata_schema.lexicon.findings import Finding
from atdata_schema.references import references

__all__ = ["claimed_by_others", "claimed_twice", "depending_in_circles"]

_OWN = "this project"
_HINT = "types of the two are not the same objects; uninstall one of them"


def claimed_by_others(
    own: Mapping[str, Mapping[str, object]], installed: Installed
) -> Iterator[Finding]:
    """The project's documents that installed packages have compiled too."""
    for nsid in sorted(own):
        for claim in installed.claims(nsid):
            found = installed.read(claim)
            same = found is not None and dict(found.document) == dict(own[nsid])
            kind = "the same document" if same else "another document"
            message = f"{claim.origin} has compiled {kind} of the name {nsid}"
            hint = (
                "remove the file: refs need no copy of it"
                if same
                else "remove the file, or uninstall that package: types of the two are not the same objects"
            )
            yield Finding("claimed-lexicon", "error", ("id",), message, hint, nsid)


def claimed_twice(names: Iterable[str], installed: Installed) -> Iterator[Diagnostic]:
    """The documents of installed packages that the project needs and two of them have compiled."""
    for nsid in sorted(names):
        first, *others = installed.claims(nsid)
        for other in others:
            differ = _document(installed, first) != _document(installed, other)
            how = "as two different documents" if differ else "each for itself"
            message = f"{nsid} is compiled by {first.origin} and by {other.origin}, {how}"
            yield Diagnostic(
                path=f"<{first.package}>",
                severity="error",
                rule="claimed-lexicon",
                message=message,
                hint=_HINT,
            )


def _document(installed: Installed, claim: Claim) -> object:
    found = installed.read(claim)
    return None if found is None else dict(found.document)


def depending_in_circles(
    own: Mapping[str, Iterable[str]], external: Mapping[str, External]
) -> Iterator[Diagnostic]:
    """Packages whose lexicons refer to each other in a circle: none of them could be built first.

    Args:
        own: the project's documents, to those that each refers to.
        external: the documents of installed packages.
    """
    if not external:
        return
    owners = {nsid: found.claim.origin for nsid, found in external.items()}
    owners |= dict.fromkeys(own, _OWN)
    targets = {nsid: references(found.document) for nsid, found in external.items()}
    needed: dict[str, Iterable[str]] = {**targets, **own}
    edges: dict[str, dict[str, str]] = {}
    for nsid in sorted(needed):
        for target in sorted(needed[nsid]):
            before, after = owners[nsid], owners.get(target)
            if after is not None and before != after:
                edges.setdefault(before, {}).setdefault(after, f"{nsid} refers to {target}")
    circle = _circle(edges)
    if circle:
        steps = [
            f"{before}: {edges[before][after]} of {after}"
            for before, after in zip(circle, [*circle[1:], circle[0]], strict=True)
        ]
        yield Diagnostic(
            path="<packages>",
            severity="error",
            rule="circular-packages",
            message=f"packages depend on each other in a circle: {', '.join(circle)}",
            hint="move the lexicons that both need into a package of their own",
            notes=tuple(steps),
        )


def _circle(edges: Mapping[str, Iterable[str]]) -> list[str]:
    """The nodes of a circle, in order; empty if there is none."""
    left = {node: set(targets) for node, targets in edges.items()}
    while ends := {target for targets in left.values() for target in targets} - left.keys():
        left = {node: targets - ends for node, targets in left.items()}
        left = {node: targets for node, targets in left.items() if targets}
    if not left:
        return []
    path = [min(left)]
    while (following := min(left[path[-1]])) not in path:
        path.append(following)
    return path[path.index(following) :]
