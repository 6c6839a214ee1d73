"""From a folder of JSON files to documents, with everything that is wrong in any of them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from atdata_schema import syntax
from atdata_schema.lexicon.findings import Finding
from atdata_schema.lexicon.nodes import Document, Pointer
from atdata_schema.lexicon.parse import parse
from atdata_schema.lexicon.parse_report import Report, shown
from atdata_schema.lexicon.parse_scan import MAX_DEPTH

__all__ = ["MAX_FILE_BYTES", "decode", "read_folder"]

MAX_FILE_BYTES = 1 << 26
"""Larger files are no lexicons, and are not read."""


def read_folder(folder: Path) -> tuple[list[Document], list[Finding]]:
    """Read all `*.json` below a folder, in the order of their paths.

    Names that begin with a dot are passed over. A folder is read once, however many links lead to it.

    Returns:
        The documents that could be made, and all findings; these name the file by its path.
    """
    documents: list[Document] = []
    findings: list[Finding] = []
    for path in _files(folder):
        label = path.relative_to(folder).as_posix()
        report = Report(label)
        text = _read(path, report)
        document = None if text is None else _document(text, report, label)
        findings.extend(report.findings)
        if document is not None:
            documents.append(document)
    return documents, findings


def _files(folder: Path) -> Iterator[Path]:
    seen: set[str] = set()
    found: list[Path] = []
    for root, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        names = [name for name in files if name.endswith(".json") and not name.startswith(".")]
        found.extend(Path(root, name) for name in names)
    yield from sorted(found)


def _read(path: Path, report: Report) -> str | None:
    try:
        if not path.is_file():  # a pipe would block, a broken link leads nowhere
            report.add("unreadable-file", (), "this is no regular file")
        elif (size := path.stat().st_size) > MAX_FILE_BYTES:
            report.add("unreadable-file", (), f"{size} bytes; at most {MAX_FILE_BYTES} are read")
        else:
            return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is not UTF-8"
        report.add("unreadable-file", (), message, "save the file as UTF-8")
    except OSError as error:
        report.add("unreadable-file", (), error.strerror or type(error).__name__)
    return None


def _document(text: str, report: Report, label: str) -> Document | None:
    decoded, duplicates = decode(text, report)
    if duplicates is None:
        return None
    for pointer, key in duplicates:
        message = f"the key {shown(key)} stands twice in this object"
        report.add("duplicate-key", pointer, message, "remove one of them")
    document, findings = parse(decoded, label)
    report.findings.extend(findings)
    if document is not None:
        _check_path(document.id, report, label)
    return document


def decode(text: str, report: Report) -> tuple[object, list[tuple[Pointer, str]] | None]:
    """Decode JSON; duplicate keys are given with the place of their object.

    Returns:
        The value and the duplicates, which are None if the text is no JSON.
    """
    doubled: list[tuple[dict[str, object], str]] = []

    def make(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            doubled.extend((made, key) for key, count in counts.items() if count > 1)
        return made

    try:
        value: object = json.loads(text, object_pairs_hook=make)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        report.add("schema-json-parse", (), f"not JSON: {error.msg} at {where}")
    except RecursionError:
        report.add("too-deep", (), f"more than {MAX_DEPTH} levels of JSON")
    except ValueError:
        report.add("schema-json-parse", (), "an integer of thousands of digits")
    else:
        return value, list(_located(value, doubled))
    return None, None


def _located(
    value: object, doubled: list[tuple[dict[str, object], str]]
) -> Iterator[tuple[Pointer, str]]:
    if not doubled:
        return
    keys: dict[int, list[str]] = {}
    for made, key in doubled:
        keys.setdefault(id(made), []).append(key)
    stack: list[tuple[object, Pointer]] = [(value, ())]
    while stack:
        part, pointer = stack.pop()
        for key in keys.get(id(part), ()):
            yield pointer, key
        if isinstance(part, dict):
            items = cast("dict[str, object]", part).items()
            stack.extend((item, (*pointer, key)) for key, item in items)
        elif isinstance(part, list):
            entries = enumerate(cast("list[object]", part))
            stack.extend((item, (*pointer, index)) for index, item in entries)


def _check_path(nsid: str, report: Report, label: str) -> None:
    claimed = label.removesuffix(".json").replace("/", ".")
    wanted = nsid.replace(".", "/") + ".json"
    if claimed == nsid:
        return
    if syntax.is_valid("nsid", claimed):
        message = f"the path says {claimed}, the id {nsid}"
        report.add("nsid-path-mismatch", ("id",), message, f"move the file to {wanted}")
    else:
        message = f"the path is none of an NSID; the id is {nsid}"
        report.add("path-not-nsid", ("id",), message, f"move the file to {wanted}")
