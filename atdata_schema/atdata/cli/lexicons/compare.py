"""`atdata-gen status` and `atdata-gen diff`: the project's lexicons beside what is published under their names."""

from __future__ import annotations

import argparse
import difflib

from atdata.atmosphere.lexicons.authority import record_name
from atdata.atmosphere.lexicons.comparing import Compared, State
from atdata.atmosphere.lexicons.comparing import compare as compare_lexicons
from atdata.cli.lexicons.asking import command, lexicons_of, network, parser
from atdata.cli.output import print_json, print_lines
from atdata.errors import LoadError
from atdata_codegen.canonical import format_document
from atdata_schema.schema import document_cid
from atdata_schema.syntax.quoting import quoted

__all__ = ["diff", "status"]

_DID = "look at this account, whatever DNS says"


@command
def status(argv: list[str]) -> int:
    """Say of each lexicon of the project whether it is published, and as what.

    Raises:
        AtdataError: a server does not answer, or what it has is not proved.
    """
    made = parser("status", "Compare the lexicons of the project with what is published.")
    made.add_argument("--did", help=_DID)
    made.add_argument(
        "--strict", action="store_true", help="end with 1 where one is not published as it is"
    )
    arguments = made.parse_args(argv)
    found = _compared(arguments, [])
    if arguments.json:
        print_json([_row(item) for item in found])
    else:
        width = max((len(item.state) for item in found), default=0)
        for item in found:
            print_lines(f"{item.state:<{width}}  {item.nsid}{_remark(item)}")
    other = [item for item in found if item.state not in (State.SAME, State.ELSEWHERE)]
    return 1 if arguments.strict and other else 0


@command
def diff(argv: list[str]) -> int:
    """Show how lexicons differ from what is published; 1 where one does.

    Raises:
        AtdataError: a server does not answer, or what it has is not proved.
    """
    made = parser("diff", "Show how the lexicons of the project differ from what is published.")
    made.add_argument("names", nargs="*", metavar="NSID", help="some of them; all without it")
    made.add_argument("--did", help=_DID)
    arguments = made.parse_args(argv)
    found = [
        item for item in _compared(arguments, arguments.names) if item.state is not State.ELSEWHERE
    ]
    nobody = [item.nsid for item in found if item.state is State.NOBODY]
    if nobody:
        raise LoadError(
            f"{record_name(nobody[0])} has no TXT record with did=…, so nobody is known to publish {nobody[0]}: --did names "
            "an account"
        )
    differing = [item for item in found if item.state is not State.SAME]
    if arguments.json:
        print_json([_row(item) for item in differing])
    else:
        for item in differing:
            print_lines(_difference(item))
    return 1 if differing else 0


def _compared(arguments: argparse.Namespace, names: list[str]) -> list[Compared]:
    lexicons = lexicons_of(arguments)
    own = lexicons.own
    for name in names:
        if name not in own:
            raise LoadError(f"{quoted(name)} is no lexicon of this project")
    documents = {nsid: own[nsid] for nsid in names} if names else own
    return compare_lexicons(network(), documents, did=arguments.did, others=not names)


def _row(item: Compared) -> dict[str, str | None]:
    return {
        "nsid": item.nsid,
        "state": item.state.name.lower(),
        "cid": None if item.here is None else document_cid(item.here),
        "published_cid": None if item.there is None else item.there.cid,
        "uri": None if item.there is None else item.there.uri,
    }


def _remark(item: Compared) -> str:
    if item.state is State.NOBODY:
        return f"  {record_name(item.nsid)} names no account"
    return "" if item.there is None else f"  {item.there.cid}"


def _difference(item: Compared) -> str:
    here = {} if item.here is None else {k: v for k, v in item.here.items() if k != "$type"}
    there = (
        {} if item.there is None else {k: v for k, v in item.there.document.items() if k != "$type"}
    )
    old = format_document(there).splitlines() if there else []
    new = format_document(here).splitlines()
    name = item.nsid if item.there is None else item.there.uri
    return "\n".join(difflib.unified_diff(old, new, name, item.nsid, lineterm=""))
