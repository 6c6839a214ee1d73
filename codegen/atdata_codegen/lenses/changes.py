"""What changed in a type since a lens was checked against it, as far as the compiled package still has it.

A build that stops writes nothing, so the package on disk is compiled from the types that the lock speaks of:
their documents are taken from its modules, which are read and never run.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from atdata_codegen.diagnostics import Diagnostic, diagnose
from atdata_codegen.lenses.checking import CheckedFile
from atdata_codegen.lenses.lock import Moved
from atdata_codegen.lenses.placing import span_of
from atdata_schema.compare import compare
from atdata_schema.errors import AtdataError
from atdata_schema.lenses.report import place_in
from atdata_schema.names import module_path
from atdata_schema.schema import Schema

__all__ = ["about_moved", "compiled_document"]

_MOST = 12


def about_moved(
    change: Moved, file: CheckedFile, folder: Path, documents: Mapping[str, Mapping[str, Any]]
) -> Diagnostic:
    """The finding about a type that has changed.

    Args:
        change: the lens, and the type.
        file: the file that holds the lens.
        folder: the compiled package on disk.
        documents: the documents of the type as they are now.
    """
    places = next(item.places for name, item in file.file.lenses if name == change.lens)
    span = place_in(places, (change.side,))
    return diagnose(
        file.file.path,
        None if span is None else span_of(span),
        file.file.text,
        severity="error",
        rule="lens-types-changed",
        message=(
            f"the type {change.type} has changed since {change.lens} was checked against it: "
            f"it was {change.before}, and is {change.now}"
        ),
        hint="mend the lens where it is needed, then run `atdata-gen build --update-lenses`",
        notes=tuple(_differences(change, folder, documents)),
    )


def _differences(
    change: Moved, folder: Path, documents: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    before = {
        nsid: compiled_document(folder, nsid) or document for nsid, document in documents.items()
    }
    old, new = Schema(change.type, before), Schema(change.type, documents)
    try:
        if old.cid != change.before:
            yield "what it was is not known here; compare with an earlier commit"
            return
        found = compare(old.model, new.model).findings
    except AtdataError as error:
        yield f"what it was cannot be read: {error}"
        return
    if not found:
        yield "only descriptions, or what does not concern samples, differ"
    for finding in found[:_MOST]:
        yield str(finding)
    if len(found) > _MOST:
        yield f"and {len(found) - _MOST} more"


def compiled_document(folder: Path, nsid: str) -> dict[str, Any] | None:
    """The document that a module of a compiled package was made from; nothing of it runs.

    Args:
        folder: the folder of the package.
        nsid: the lexicon.
    """
    place = folder.joinpath(*module_path(nsid))
    for path in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
        try:
            value = _literal(ast.parse(path.read_bytes()))
            found = None if value is None else json.loads(value)
        except (OSError, ValueError, SyntaxError, RecursionError):
            continue
        if isinstance(found, dict) and found.get("id") == nsid:
            return found
    return None


def _literal(tree: ast.Module) -> str | None:
    """The text that `LEXICON` is made of."""
    for node in tree.body:
        if not isinstance(node, ast.AnnAssign) or ast.unparse(node.target) != "LEXICON":
            continue
        if not isinstance(node.value, ast.Call):
            continue
        for argument in node.value.args[:1]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                return argument.value
    return None
