"""`atdata-gen from-python module:Class`: make a lexicon from a class that `@packable` has decorated.

The compiler knows nothing of the runtime: it imports the user's module and takes the documents of the class's
schema as they are.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from atdata_codegen.commands.options import Reporter, parser_for, project_of
from atdata_codegen.excerpt import printable
from atdata_codegen.project import ProjectError
from atdata_codegen.source.discover import path_of

__all__ = ["run"]

_LOCAL = "local.packable."
_SHARED = "dev.atdata.types"

Documents = Mapping[str, Mapping[str, Any]]


class _RefusedError(Exception):
    """The class cannot be made a lexicon; the message says why."""


def run(argv: list[str]) -> int:
    """Run the command."""
    parser = parser_for("from-python", "Make a lexicon from a @packable class.")
    parser.add_argument("target", metavar="module:Class", help="where the class is")
    parser.add_argument("--nsid", help="the id of the lexicon, where the class has none of its own")
    parser.add_argument("--force", action="store_true", help="replace files that differ")
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    try:
        documents = _documents(arguments.target)
        documents = _renamed(documents, arguments.nsid)
        folder = project_of(arguments).lexicons[0]
        for nsid, document in sorted(documents.items()):
            if nsid != _SHARED:
                _write(folder, nsid, document, force=arguments.force)
    except ProjectError as error:
        return reporter.wrong_usage(error)
    except _RefusedError as error:
        sys.stderr.write(f"atdata-gen: {printable(str(error))}\n")
        return 1
    return 0


def _documents(target: str) -> Documents:
    """The documents of a class, that of the class itself first."""
    module_name, _, class_name = target.partition(":")
    if not module_name or not class_name:
        raise ProjectError(f"{target!r} is not module:Class, such as samples:Photograph")
    sys.path.insert(0, str(Path.cwd()))
    found: Any = _imported(module_name)
    for part in class_name.split("."):
        found = getattr(found, part, None)
    schema = getattr(found, "SCHEMA", None)
    documents = getattr(schema, "documents", None)
    identifier = getattr(schema, "id", None)
    if not isinstance(documents, Mapping) or not isinstance(identifier, str):
        raise _RefusedError(f"{target} is no class that @packable has decorated")
    main = identifier.partition("#")[0]
    all_of_it = cast("Documents", documents)
    return {nsid: all_of_it[nsid] for nsid in sorted(all_of_it, key=lambda nsid: nsid != main)}


def _imported(name: str) -> object:
    try:
        return importlib.import_module(name)
    except BaseException as error:  # a user's module may do anything when it is imported
        if isinstance(error, KeyboardInterrupt):
            raise
        frames = [
            f for f in traceback.extract_tb(error.__traceback__) if "importlib" not in f.filename
        ]
        own = [frame for frame in frames if frame.filename != __file__]
        where = f"{os.path.relpath(own[-1].filename)}:{own[-1].lineno}: " if own else ""
        text = f"{where}importing {name} failed: {type(error).__name__}: {error}"
        raise _RefusedError(text) from None


def _renamed(documents: Documents, nsid: str | None) -> Documents:
    """The documents with the first one's id, and all references to it, replaced by `nsid`."""
    from atdata_schema.syntax import is_valid

    first = next(iter(documents))
    if nsid is not None and not is_valid("nsid", nsid):
        raise ProjectError(f"--nsid {nsid!r} is no NSID, such as org.example.photograph")
    if nsid is None and any(name.startswith(_LOCAL) for name in documents):
        raise ProjectError(f"{first} is a name of this program only: give it one with --nsid")
    if nsid is None:
        return documents
    group = nsid.rpartition(".")[0]
    names = {
        name: f"{group}.{name.removeprefix(_LOCAL)}"
        for name in documents
        if name.startswith(_LOCAL)
    }
    names[first] = nsid
    return {
        names.get(name, name): _replaced(document, names) for name, document in documents.items()
    }


def _replaced(value: Any, names: Mapping[str, str], key: str = "") -> Any:
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {inner: _replaced(part, names, inner) for inner, part in items}
    if isinstance(value, list):
        return [_replaced(part, names, key) for part in value]
    if isinstance(value, str) and key in ("id", "ref", "refs"):
        nsid, mark, name = value.partition("#")
        return names.get(nsid, nsid) + mark + name
    return value


def _write(folder: Path, nsid: str, document: Mapping[str, Any], *, force: bool) -> None:
    from atdata_codegen.canonical import format_document
    from atdata_codegen.diagnostics import shown_path
    from atdata_codegen.outputs import content
    from atdata_codegen.writing import write_file

    path = path_of(nsid)
    shown = shown_path(str(folder / path))
    text = format_document(document).encode()
    present = content(folder, path)
    if present is not None and present != text and not force:
        raise _RefusedError(f"{shown} is there already and differs; --force replaces it")
    try:
        if present != text:
            write_file(folder, path, text)
    except OSError as error:
        raise _RefusedError(f"{shown} cannot be written: {error.strerror}") from None
    sys.stdout.write(f"{printable(shown)}\n")
