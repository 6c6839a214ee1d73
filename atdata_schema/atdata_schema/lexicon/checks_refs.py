"""Whether references lead to something that can stand where they do."""

from __future__ import annotations

from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.checks_walk import Documents, target, walk
from atdata_schema.lexicon.findings import Finding
from atdata_schema.lexicon.nodes import Document, Node, Pointer, absolutise
from atdata_schema.lexicon.parse_fields import is_nsid
from atdata_schema.lexicon.parse_report import Report, shown

__all__ = ["check_refs", "hint_at"]

_NO_DATA = (
    nodes.Token,
    nodes.Query,
    nodes.Procedure,
    nodes.Subscription,
    nodes.PermissionSet,
)


def check_refs(catalog: Documents, document: Document) -> list[Finding]:
    """Findings about the references of one document."""
    report = Report(document.id)
    for node in walk(document):
        if isinstance(node, nodes.Ref):
            _check(catalog, document, node.ref, (*node.pointer, "ref"), report, member=False)
        elif isinstance(node, nodes.Union):
            for index, ref in enumerate(node.refs):
                pointer = (*node.pointer, "refs", index)
                _check(catalog, document, ref, pointer, report, member=True)
        elif isinstance(node, nodes.String):
            _note_tokens(catalog, node, report)
    return report.findings


def _check(
    catalog: Documents,
    document: Document,
    ref: str,
    pointer: Pointer,
    report: Report,
    *,
    member: bool,
) -> None:
    full, node = target(catalog, ref, document.id)
    if node is None:
        _report_unresolved(catalog, full, ref, pointer, report)
        return
    kind = type(node).__name__
    if member and not isinstance(node, (nodes.Object, nodes.Record)):
        message = f"{shown(ref)} is a {kind}; a member of a union is an object or a record"
        report.add("invalid-ref-target", pointer, message, _remedy(node))
    elif isinstance(node, _NO_DATA):
        message = f"{shown(ref)} is a {kind}, which holds no data"
        report.add("invalid-ref-target", pointer, message, _remedy(node))


def _remedy(node: Node) -> str:
    if isinstance(node, nodes.Token):
        return "name the token in the knownValues of a string"
    return "wrap it in an object, or refer to a definition of data"


def _report_unresolved(
    catalog: Documents, full: str, ref: str, pointer: Pointer, report: Report
) -> None:
    nsid, _, name = full.partition("#")
    document = catalog.get(nsid)
    if document is None:
        message = f"{shown(ref)} leads nowhere: there is no document {shown(nsid)}"
    elif (name or "main") in document.broken:  # it is there, with errors of its own
        return
    else:
        message = f"{shown(ref)} leads nowhere: {nsid} defines no {shown(name or 'main')}"
    report.add("unresolved-ref", pointer, message, hint_at(catalog, full, report))


def hint_at(catalog: Documents, full: str, report: Report) -> str | None:
    """A hint at the definition that a full reference to nothing was probably meant to lead to."""
    nsid, mark, name = full.partition("#")
    document = catalog.get(nsid)
    if document is not None:
        near = report.near(name or "main", document.defs)
        return None if near is None else f"did you mean {absolutise(f'{nsid}#{near}')!r}?"
    group, _, last = nsid.rpartition(".")
    siblings = (other[len(group) + 1 :] for other in catalog if other.startswith(group + "."))
    if (near := report.near(last, siblings)) is not None:
        return f"did you mean '{group}.{near}{mark}{name}'?"
    groups = (other.rpartition(".")[0] for other in catalog if other.endswith("." + last))
    near = report.near(group, groups)
    return None if near is None else f"did you mean '{near}.{last}{mark}{name}'?"


def _note_tokens(catalog: Documents, node: nodes.String, report: Report) -> None:
    for key, values in (("knownValues", node.known_values), ("enum", node.enum)):
        for index, value in enumerate(values or ()):
            nsid, mark, name = value.partition("#")
            if not (mark and name and nsid) or not is_nsid(nsid):
                continue
            # Besides tokens, lists of the types of events name objects so.
            if target(catalog, value, nsid)[1] is None:
                message = f"{shown(value)} looks like a reference, and leads nowhere"
                report.add("unresolved-token", (*node.pointer, key, index), message)
