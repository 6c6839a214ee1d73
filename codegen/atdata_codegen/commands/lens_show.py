"""`atdata-gen lens show`: print a lens with the types along its pipes and its laws."""

from __future__ import annotations

import json
import sys
from typing import Any

from atdata_codegen.commands.lens_options import Given, judge, lens_parser, refuse
from atdata_codegen.commands.options import Reporter
from atdata_codegen.diagnostics import in_order
from atdata_codegen.excerpt import printable
from atdata_codegen.project import ProjectError
from atdata_codegen.source.discover import LENS
from atdata_schema.lenses import Lens, show
from atdata_schema.lenses.program.printing import clause_text

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    description = (
        "Print a lens: what its pipe carries at each point, the class of each clause and of the whole, with "
        "examples of what does not hold."
    )
    parser = lens_parser("show", description)
    what = "the NSID of a file of lenses, the full name of one lens, or a file"
    parser.add_argument("lens", help=what)
    parser.add_argument("--json", action="store_true", help="print a JSON array of lenses")
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    name: str = arguments.lens
    is_file = name.endswith((LENS, ".json"))
    try:
        given = judge(arguments, [name] if is_file else [])
    except ProjectError as error:
        return reporter.wrong_usage(error)
    found = given.lenses if is_file else _named(given, name)
    if not found:
        return _missing(given, name, reporter)
    if arguments.json:
        sys.stdout.write(json.dumps([_row(*each) for each in found], indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(_text(*each) for each in found))
    return 0


def _named(given: Given, name: str) -> tuple[tuple[str, Lens[Any, Any]], ...]:
    exact = tuple(each for each in given.lenses if each[0] == name)
    return exact or tuple(each for each in given.lenses if each[0].partition("#")[0] == name)


def _missing(given: Given, name: str, reporter: Reporter) -> int:
    """Say that there is no such lens, or what is wrong with it."""
    errors = [found for found in given.diagnostics if found.severity == "error"]
    if errors:
        reporter.findings(in_order(errors))
        return refuse(f"no lens {printable(name)} without errors is there", 1)
    return refuse(f"there is no lens {printable(name)}; {known(given)}", 1)


def known(given: Given) -> str:
    """Which lenses there are."""
    names = [name for name, _ in given.lenses]
    return f"there are {', '.join(map(printable, names))}" if names else "the project has none"


def _text(name: str, lens: Lens[Any, Any]) -> str:
    text = show(lens)
    return text if name == lens.name else f"{printable(name)}\n{text}"


def _row(name: str, lens: Lens[Any, Any]) -> dict[str, Any]:
    program = lens.program
    ends = {"source": program.source, "view": program.view}
    return {
        "name": name,
        "cid": lens.cid,
        **{side: {"id": ref.id, "cid": ref.cid} for side, ref in ends.items()},
        "word": lens.word,
        **lens.claims,
        "growth": {"factor": lens.growth.factor, "constant": lens.growth.constant},
        "clauses": [_clause(joint) for joint in lens.clauses],
    }


def _clause(joint: Any) -> dict[str, Any]:
    laws = joint.laws
    steps = () if joint.chain is None else joint.chain.steps
    proofs = {
        "injective": laws.injective,
        "putPut": laws.put_put,
        "getTotal": laws.get_total,
        "putTotal": laws.put_total,
    }
    return {
        "text": clause_text(joint.clause),
        "class": laws.kind,
        "pipe": [
            {"op": str(step.op), "gives": [str(kind) for kind in step.gives]} for step in steps
        ],
        "laws": {
            name: {"holds": proof.holds, "how": proof.how, "example": proof.example}
            for name, proof in proofs.items()
        },
        "tolerance": laws.tolerance,
    }
