"""The README of a package of lexicons, made from their descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from atdata_codegen.excerpt import printable
from atdata_codegen.packaging.layout import Layout
from atdata_codegen.plan import Modules
from atdata_codegen.plan.docs import sentence
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Document
from atdata_schema.lexicon.lower import lower_document
from atdata_schema.model import FieldModel, ObjectType

__all__ = ["code", "plain", "readme_text"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|&~$-])")
_LONGEST = 400


def readme_text(layout: Layout, modules: Modules, nsids: Sequence[str]) -> str:
    """The whole file; texts of lexicons are shown as they are, whatever Markdown would make of them.

    Args:
        layout: the project.
        modules: where its types are compiled to.
        nsids: its lexicons.
    """
    parts = [_head(layout)]
    for nsid in sorted(nsids):
        document = modules.catalog.get(nsid)
        if document is not None:
            parts.append(_section(modules, document))
    return "\n".join(parts)


def plain(text: str) -> str:
    r"""A text on one line that Markdown shows as it is.

    >>> plain("a *b*\n<script>")
    'a \\*b\\* \\<script\\>'
    """
    line = printable(" ".join(text.split()))
    line = line if len(line) <= _LONGEST else line[:_LONGEST].rstrip() + "…"
    return _SPECIAL.sub(r"\\\1", line)


def code(text: str) -> str:
    """A text as code, whatever it holds.

    >>> code("x"), code("a`b")
    ('`x`', '`` a`b ``')
    """
    line = printable(" ".join(text.split()))
    if "`" not in line:
        return f"`{line}`"
    fence = "`" * (1 + max(map(len, re.findall("`+", line))))
    return f"{fence} {line} {fence}"


def _head(layout: Layout) -> str:
    made = "`README.md`, `src/` and `lexicons/`" if layout.copies else "`README.md` and `src/`"
    return f"""\
# {layout.name}

Types declared in [Lexicon](https://atproto.com/specs/lexicon) and compiled for Python by `atdata-gen`.

    pip install {layout.name}

Another package's lexicons refer to these by their names, and need no copy of them: `{layout.name}` stands among its `dependencies` and, since
the compiler reads what is installed, in its `build-system.requires`. The classes are the same objects there.

{made} are made by `atdata-gen package`: change the lexicons, and run it again.
"""


def _section(modules: Modules, document: Document) -> str:
    nsid = document.id
    objects = _objects(modules, nsid)
    lines = [f"## {code(nsid)}", ""]
    about = str(document.raw.get("description") or "")
    definitions = cast("Mapping[str, Mapping[str, object]]", document.raw["defs"])
    shown = [about, str(definitions.get("main", {}).get("description") or "")]
    for text in dict.fromkeys(filter(None, shown)):
        lines += [plain(sentence(text)), ""]
    if objects:
        names = ", ".join(modules.class_of(found.ref) for found in objects)
        lines += ["```python", f"from {modules.module(nsid)} import {names}", "```", ""]
    for found in objects:
        lines += _object(modules, found, main_text=shown[1])
    return "\n".join(lines).rstrip("\n") + "\n"


def _objects(modules: Modules, nsid: str) -> list[ObjectType]:
    """The objects of a document that have a name of their own."""
    try:
        found = lower_document(modules.catalog, nsid)
    except LexiconError:  # said by the build
        return []
    return [each for each in found if "." not in each.ref.partition("#")[2]]


def _object(modules: Modules, found: ObjectType, main_text: str) -> Iterator[str]:
    yield f"**{modules.class_of(found.ref)}**"
    yield ""
    if found.description and found.description != main_text:
        yield plain(sentence(found.description))
        yield ""
    for field in found.fields:
        yield _field(field)
    if found.fields:
        yield ""


def _field(field: FieldModel) -> str:
    notes = [code(str(field.type))]
    if not field.required:
        notes.append("optional")
    if field.nullable:
        notes.append("may be null")
    text = plain(sentence(field.description)) if field.description else ""
    return f"* {code(field.name)} ({', '.join(notes)}){': ' if text else ''}{text}"
