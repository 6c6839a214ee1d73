"""From decoded JSON to a document, with everything that is wrong with it.

>>> document, findings = parse({"lexicon": 1, "id": "org.example.image", "defs": {}})
>>> print(findings[0])
org.example.image: defs: error[empty-defs]: the document defines nothing
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from atdata_schema import syntax
from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.findings import Finding
from atdata_schema.lexicon.nodes import Document, Node, Pointer
from atdata_schema.lexicon.parse_fields import is_nsid, read_field
from atdata_schema.lexicon.parse_keys import EXTENSION, KNOWN_KEYS, Keys
from atdata_schema.lexicon.parse_opening import Place, common, open_definition
from atdata_schema.lexicon.parse_permissions import read_permission_set
from atdata_schema.lexicon.parse_primary import (
    read_procedure,
    read_query,
    read_record,
    read_subscription,
)
from atdata_schema.lexicon.parse_report import Report, kind_of, shown
from atdata_schema.lexicon.parse_scan import scan

__all__ = ["parse"]

_TOP = ("$type", "lexicon", "id", "revision", "description", "defs")
_TYPE = "com.atproto.lexicon.schema"
_LABEL = 317  # the longest NSID
_INSIDE = ("ref", "union", "unknown", "params", "permission")
_DEFINITION = Place("a definition", tuple(KNOWN_KEYS))

_PRIMARY: Mapping[str, Callable[[Keys], Node | None]] = {
    "record": read_record,
    "query": read_query,
    "procedure": read_procedure,
    "subscription": read_subscription,
}


def parse(document: object, label: str | None = None) -> tuple[Document | None, list[Finding]]:
    """Read a document and collect everything that is wrong or doubtful.

    Never raises for a bad document. It may be of any size; below `parse_scan.MAX_DEPTH` levels of
    JSON nothing is read.

    Args:
        document: the document as decoded from JSON.
        label: what findings call it until its NSID is known; a file name, say.

    Returns:
        The document, None if nothing can be made of it, and the findings. Where findings are errors,
        the document holds what could be read, and `broken` names the definitions they are in.
    """
    report = Report(label)
    if not isinstance(document, dict):
        report.add("schema-json-parse", (), f"a lexicon is an object, not {kind_of(document)}")
        return None, report.findings
    keys = Keys(cast("dict[str, object]", document), (), report)
    if label is None and isinstance(keys.raw.get("id"), str):
        report.document = cast("str", keys.raw["id"])[:_LABEL]
    if not scan(document, report):
        return None, report.findings
    nsid = _read_head(keys)
    defs = _read_defs(keys, nsid or "")
    description = keys.text("description")
    if nsid is None or defs is None:
        return None, report.findings
    broken = _broken(report.findings)
    read = Document(id=nsid, defs=defs, description=description, raw=keys.raw, broken=broken)
    return read, report.findings


def _read_head(keys: Keys) -> str | None:
    for key in keys.raw:
        if key in _TOP or not isinstance(key, str):
            continue
        if key == EXTENSION:
            message = "x-atdata belongs on definitions and fields, not at the top"
            keys.report.add("misplaced-extension", keys.at(key), message)
            continue
        hint = keys.report.suggest(key, _TOP)
        keys.report.add("unexpected-field", keys.at(key), f"unknown key {shown(key)}", hint)
    kind = keys.text("$type")
    if kind is not None and kind != _TYPE:
        message = f"$type is {shown(kind)}; a lexicon is a {_TYPE}"
        keys.report.add("document-type", keys.at("$type"), message)
    version = keys.raw.get("lexicon")
    if type(version) is not int or version != 1:
        given = shown(version) if "lexicon" in keys.raw else "missing"
        message = f"the key lexicon must be the integer 1; it is {given}"
        keys.report.add("lexicon-version", keys.at("lexicon"), message)
    return _read_id(keys)


def _read_id(keys: Keys) -> str | None:
    if "id" not in keys.raw:
        keys.report.add("invalid-nsid", (), "the document has no id", "an NSID: org.example.image")
        return None
    nsid = keys.text("id")
    if nsid is None:
        return None
    if not is_nsid(nsid):
        message = f"the id {shown(nsid)} is no NSID"
        keys.report.add("invalid-nsid", keys.at("id"), message, "for example org.example.image")
    elif not syntax.is_valid("nsid", nsid):
        message = f"the id {shown(nsid)} has two segments; an NSID has at least three"
        keys.report.add("short-nsid", keys.at("id"), message)
    return nsid


def _read_defs(keys: Keys, nsid: str) -> dict[str, Node] | None:
    raw = keys.mapping("defs")
    if raw is None and "defs" in keys.raw:
        return None
    if not raw:
        keys.report.add("empty-defs", keys.at("defs"), "the document defines nothing")
        return None
    found: dict[str, Node] = {}
    for name, definition in raw.items():
        if not isinstance(name, str):  # `scan` has reported it
            continue
        pointer = keys.at("defs", name)
        if not name or "#" in name or "." in name:
            message = f"{shown(name)} is no name of a definition: it is empty or holds '#' or '.'"
            keys.report.add("schema-json-parse", pointer, message)
        node = _read_definition(name, definition, pointer, keys.report, nsid)
        if node is not None:
            found[name] = node
    return found


def _read_definition(
    name: str, raw: object, pointer: Pointer, report: Report, nsid: str
) -> Node | None:
    opened = open_definition(raw, pointer, report, _DEFINITION)
    if opened is None:
        return None
    kind, keys = opened
    if kind in _INSIDE:
        message = f"a {kind} cannot be a definition of its own"
        report.add("not-definable", keys.at("type"), message, "write it where it is used")
        return None
    if kind == "token":
        return nodes.Token(**common(keys))
    if kind not in _PRIMARY and kind != "permission-set":
        return read_field(kind, keys)
    if name != "main":
        message = f"the {kind} {shown(name)} must be named 'main'"
        report.add("non-main-primary", pointer, message, "a document has at most one primary")
    if kind == "permission-set":
        return read_permission_set(keys, nsid)
    return _PRIMARY[kind](keys)


def _broken(findings: list[Finding]) -> frozenset[str]:
    pointers = [f.pointer for f in findings if f.severity == "error" and f.pointer[:1] == ("defs",)]
    return frozenset(
        name for _, name, *_ in (p for p in pointers if len(p) > 1) if isinstance(name, str)
    )
