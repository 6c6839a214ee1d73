"""`atdata-gen lens path A B`: find the best way between two types."""

from __future__ import annotations

import json
import sys
from typing import Any

from atdata_codegen.commands.lens_options import Given, judge, lens_parser, refuse
from atdata_codegen.commands.options import Reporter
from atdata_codegen.excerpt import printable
from atdata_codegen.project import ProjectError
from atdata_schema.errors import AmbiguousLensPath, LensError
from atdata_schema.lenses import Finding, Graph, Route
from atdata_schema.lenses.routes.costs import Cost
from atdata_schema.schema import Schema

__all__ = ["run"]

_INDEX = "--index"


def run(argv: list[str]) -> int:
    """Run the command."""
    if any(word == _INDEX or word.startswith(f"{_INDEX}=") for word in argv):
        return _over_index(argv)
    description = (
        "Find the best way between two types through the lenses of the project: by trust, then fields that "
        "may refuse, are made up, lost, or approximate, then hops. Ends with 1 where there is none, or where "
        "several are equally good and do not do the same."
    )
    parser = lens_parser("path", description)
    parser.add_argument("source", help="the type to begin at: its NSID, or nsid#name")
    parser.add_argument("view", help="the type to come to")
    parser.add_argument("--explain", action="store_true", help="tell what each hop costs, by field")
    parser.add_argument("--json", action="store_true", help="print the way as a JSON object")
    what = "look among the lenses of an Index instead (a command of the runtime)"
    parser.add_argument(_INDEX, metavar="URL", help=what)
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    names = [arguments.source, arguments.view]
    try:
        given = judge(arguments, names=names)
    except ProjectError as error:
        return reporter.wrong_usage(error)
    ends = [given.types.find(name) for name in names]
    if isinstance(ends[0], Finding) or isinstance(ends[1], Finding):
        lost = next(found for found in ends if isinstance(found, Finding))
        return refuse(f"{printable(lost.message)}: {printable(lost.help or '')}", 1)
    _warn(given)
    try:
        graph = Graph([lens for _, lens in given.lenses], pins=_pins(given))
        route = graph.route(ends[0].cid, ends[1].cid)
    except AmbiguousLensPath as error:
        hint = f'pin one: [tool.atdata-gen.lens-paths] "{names[0]} -> {names[1]}" = ["its lenses"]'
        return refuse(f"{_readable(str(error), given, ends[0], ends[1])}\n{hint}", 1)
    except LensError as error:
        return refuse(_readable(str(error), given, ends[0], ends[1]), 1)
    _print(route, given, arguments.json, arguments.explain)
    return 0


def _over_index(argv: list[str]) -> int:
    from atdata_codegen.commands.extra import run_extra

    status = run_extra("lens.path", argv)
    if status is None:
        return refuse("lens path --index needs the runtime of atdata: pip install atdata", 2)
    return status


def _warn(given: Given) -> None:
    """Say that lenses are left out because of errors."""
    errors = sum(1 for found in given.diagnostics if found.severity == "error")
    if errors:
        sys.stderr.write(
            f"atdata-gen: lenses with errors are left out ({errors} found); `atdata-gen lens check` tells them\n"
        )


def _pins(given: Given) -> dict[tuple[str, str], list[str]]:
    """The ways of the configuration, by the CIDs of types and lenses.

    Raises:
        LensError: one names a type or a lens that is not there.
    """
    lenses = {name: lens.cid for name, lens in given.lenses}
    found: dict[tuple[str, str], list[str]] = {}
    for way, names in given.project.lens_paths.items():
        ends = [given.types.find(part.strip()) for part in way.split("->")]
        unknown = [name for name in names if name not in lenses]
        if unknown:
            raise LensError(
                f"the way {way!r} of lens-paths needs the lens {unknown[0]}, which is not here"
            )
        if isinstance(ends[0], Schema) and isinstance(ends[1], Schema):
            found[ends[0].cid, ends[1].cid] = [lenses[name] for name in names]
    return found


def _readable(text: str, given: Given, *types: Schema) -> str:
    """A message about CIDs with the names that people know."""
    named = {schema.cid: schema.id for schema in types}
    for _, lens in given.lenses:
        named |= {
            ref.cid or "": ref.id for ref in (lens.program.source, lens.program.view) if ref.cid
        }
    for cid, name in named.items():
        text = text.replace(cid, name)
    return "\n".join(map(printable, text.split("\n")))


def _print(route: Route, given: Given, as_json: bool, explain: bool) -> None:
    names = {lens.cid: name for name, lens in given.lenses}
    if as_json:
        sys.stdout.write(json.dumps(_row(route, names), indent=2) + "\n")
    elif explain:
        sys.stdout.write("\n".join(map(printable, route.explain().split("\n"))) + "\n")
    else:
        for hop in route.hops:
            line = f"{hop.direction}\t{names[hop.lens.cid]}\t{hop.target}"
            sys.stdout.write(printable(line.replace("\t", "  ")) + "\n")


def _cost(cost: Cost) -> dict[str, int]:
    keys = ("trust", "partial", "fabricated", "lost", "approximate", "hops", "backwards")
    return dict(zip(keys, cost.rank, strict=True))


def _row(route: Route, names: dict[str, str]) -> dict[str, Any]:
    return {
        "cost": _cost(route.cost),
        "hops": [
            {
                "lens": names[hop.lens.cid],
                "direction": hop.direction,
                "to": hop.target,
                "cost": _cost(hop.cost),
                "reasons": list(hop.cost.reasons),
            }
            for hop in route.hops
        ],
    }
