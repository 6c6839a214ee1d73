"""What compiled modules say, read from their source: compiling for one package runs no code of another.

Compiled modules hold their document and packages hold their index as literals. A package that was written by
hand may hold them otherwise; then there is nothing to read, and it has to be imported.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

__all__ = ["document_in", "file_of", "index_in"]


def file_of(module: str) -> str | None:
    """The source of a module; None if it is not a file in a folder. Nothing is imported.

    >>> file_of("json.decoder") == json.decoder.__file__, file_of("nowhere.at.all")
    (True, None)
    """
    top, *rest = module.split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if not rest:
        return _existing(spec.origin)
    for folder in spec.submodule_search_locations or ():
        place = Path(folder, *rest)
        for candidate in (place / "__init__.py", place.with_name(f"{rest[-1]}.py")):
            if candidate.is_file():
                return str(candidate)
    return None


def _existing(path: str | None) -> str | None:
    return path if path is not None and path.endswith(".py") and Path(path).is_file() else None


def index_in(path: str | None) -> Mapping[str, str] | None:
    """`LEXICONS` of a package; None if it is no literal."""
    value = _assigned(path, "LEXICONS")
    try:
        found: object = ast.literal_eval(value) if value is not None else None
    except ValueError:
        return None
    return cast("dict[str, str]", found) if isinstance(found, dict) else None


def document_in(path: str | None) -> Mapping[str, Any] | None:
    """The document of `LEXICON` in a compiled module; None if it is no literal text."""
    match _assigned(path, "LEXICON"):
        case ast.Call(
            func=ast.Attribute(attr="Lexicon"), args=[ast.Constant(value=str() as text), *_]
        ):
            document: object = json.loads(text)
            return cast("dict[str, Any]", document) if isinstance(document, dict) else None
        case _:
            return None


def _assigned(path: str | None, name: str) -> ast.expr | None:
    """What a module assigns to a name at its top level."""
    if path is None:
        return None
    for node in ast.parse(Path(path).read_bytes()).body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=found)) if found == name:
                return node.value
            case ast.Assign(targets=[ast.Name(id=found)]) if found == name:
                return node.value
            case _:
                continue
    return None
