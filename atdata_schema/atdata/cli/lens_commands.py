"""Commands about lenses over an Index, which `atdata-gen` finds by the entry points `atdata_gen.commands`.

`atdata-gen lens path A B --index URL` is `path`, `atdata-gen lens store FILE` is `store`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from atdata.errors import EntryNotFound, LensError, LoadError
from atdata_schema.errors import AmbiguousLensPath, LexiconError

if TYPE_CHECKING:
    from atdata.index.index import Index
    from atdata_schema.lenses import Lens, Route
    from atdata_schema.schema import Schema

__all__ = ["path", "store"]

_INDEX = "a URL, the path of a SQLite file, or @alias; else ATDATA_INDEX, else the user's own Index"


def path(argv: list[str]) -> int:
    """Print the best way between two types through the lenses of an Index.

    Raises:
        AtdataError: there is none, several are equally good, or the Index cannot be read.
    """
    parser = argparse.ArgumentParser(
        "atdata-gen lens path",
        description="Find the best way between two types through the lenses of an Index.",
        allow_abbrev=False,
    )
    parser.add_argument("source", help="the type to begin at: its NSID, nsid#name, or its CID")
    parser.add_argument("view", help="the type to come to")
    parser.add_argument("--index", metavar="URL", help=_INDEX)
    parser.add_argument("--explain", action="store_true", help="tell what each hop costs, by field")
    parser.add_argument("--json", action="store_true", help="print the way as a JSON object")
    arguments = parser.parse_args(argv)
    with closing(_index(arguments.index)) as index:
        source, view = (_type(index, name) for name in (arguments.source, arguments.view))
        try:
            route = index.lens_graph(source).route(source, view)
        except AmbiguousLensPath as error:
            raise LensError(
                f"{error}\nchoose by pins of lens_graph, or delete one of them"
            ) from None
    if arguments.json:
        _write(json.dumps(_row(route), indent=2))
    elif arguments.explain:
        _write(route.explain())
    else:
        for hop in route.hops:
            _write(f"{hop.direction}  {hop.lens.name}  {hop.target}")
    return 0


def store(argv: list[str]) -> int:
    """Store the lenses of a file in an Index.

    Raises:
        AtdataError: one of them is wrong, its types are not known, or its name is taken.
    """
    parser = argparse.ArgumentParser(
        "atdata-gen lens store",
        description="Store the lenses of a file in an Index, with their types.",
        allow_abbrev=False,
    )
    parser.add_argument("file", help="a file of lenses")
    parser.add_argument("--index", metavar="URL", help=_INDEX)
    what = "a folder of lexicons; repeatable. Types that are in none of them are looked up in the Index"
    parser.add_argument("--lexicons", metavar="DIR", action="append", help=what)
    arguments = parser.parse_args(argv)
    folders = arguments.lexicons or (["lexicons"] if Path("lexicons").is_dir() else [])
    with closing(_index(arguments.index)) as index:
        for lens in _lenses(_text(arguments.file), folders, index):
            stored = index.store_lens(lens)
            _write(f"{stored.name}  {stored.cid}")
    return 0


def _index(given: str | None) -> Index:
    from atdata.cli.catalogue import index_of

    return index_of(given or os.environ.get("ATDATA_INDEX"))


def _type(index: Index, name: str) -> str:
    """The CID of a type: of the latest version that the Index has, else of the one that its lenses are of."""
    if name.startswith("baf"):
        return name
    try:
        return index.schema(name).key.cid
    except EntryNotFound:
        pass
    found = {str(lens.source["cid"]) for lens in index.lenses(source=name)}
    found |= {str(lens.view["cid"]) for lens in index.lenses(view=name)}
    if len(found) > 1:
        raise LoadError(
            f"lenses are of {len(found)} versions of {name}: give one of the CIDs {', '.join(sorted(found))}"
        )
    if not found:
        raise LoadError(f"{index.url} has no type {name}, and no lens from or to it")
    return found.pop()


def _text(name: str) -> str:
    from atdata_schema.lenses.limits import MAX_TEXT

    try:
        with Path(name).open(encoding="utf-8") as file:
            text = file.read(MAX_TEXT + 1)  # a longer one is refused, whatever it holds
    except UnicodeDecodeError:
        raise LoadError(f"{name} is no UTF-8 text") from None
    except OSError as error:
        raise LoadError(f"{name} cannot be read: {error.strerror or error}") from None
    return text


def _lenses(text: str, folders: list[str], index: Index) -> tuple[Lens[Any, Any], ...]:
    from atdata_schema.lenses import compile_text, parse
    from atdata_schema.lexicon import Catalog

    catalogs = [Catalog.read(folder) for folder in folders]
    programs = [lens.program for lens in parse(text).lenses]
    names = {ref.id for program in programs for ref in (program.source, program.view)}
    schemas = {name: _schema(name, catalogs, index) for name in sorted(names - {""})}
    return compile_text(text, schemas)


def _schema(name: str, catalogs: list[Any], index: Index) -> Schema:
    from atdata_schema.schema import Schema

    nsid = name.partition("#")[0]
    for catalog in catalogs:
        if nsid in catalog:
            return Schema.of(catalog, name)
    try:
        found = index.schema(nsid)
    except EntryNotFound:
        raise LexiconError(
            f"there is no lexicon {nsid} in the folders, and no type of that name in {index.url}"
        ) from None
    return Schema(name, cast("dict[str, dict[str, Any]]", found.schema["documents"]))


def _row(route: Route) -> dict[str, Any]:
    keys = ("trust", "partial", "fabricated", "lost", "approximate", "hops", "backwards")
    return {
        "cost": dict(zip(keys, route.cost.rank, strict=True)),
        "hops": [
            {
                "lens": hop.lens.name,
                "direction": hop.direction,
                "to": hop.target,
                "cost": dict(zip(keys, hop.cost.rank, strict=True)),
                "reasons": list(hop.cost.reasons),
            }
            for hop in route.hops
        ],
    }


def _write(text: str) -> None:
    from atdata.cli.visible import visible

    for line in text.split("\n"):
        sys.stdout.write(visible(line) + "\n")
