"""`atdata-gen publish` and `atdata-gen unpublish`: the project's lexicons in the repository of the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from atdata.atmosphere.lexicons.breaking import breaks
from atdata.atmosphere.lexicons.fetching import Network
from atdata.atmosphere.lexicons.sending import (
    Sent,
    check_owner,
    publish_lexicons,
    unpublish_lexicons,
)
from atdata.cli.lexicons.asking import account, agreed, command, installed, lexicons_of, parser
from atdata.cli.output import print_json, print_lines
from atdata_schema.syntax import check

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere

__all__ = ["publish", "unpublish"]


@command
def publish(argv: list[str]) -> int:
    """Publish lexicons of the project, all at once, after asking.

    Raises:
        AtdataError: one is wrong, its domain names another account, it is published with other contents, or the server refuses.
    """
    made = parser("publish", "Publish lexicons of the project under your own name.", acts=True)
    made.add_argument("names", nargs="*", metavar="NSID", help="some of them; all without it")
    what = "replace lexicons that are published with other contents"
    made.add_argument("--update", action="store_true", help=what)
    what = "replace them also where that breaks what others have"
    made.add_argument("--breaking", action="store_true", help=what)
    made.add_argument(
        "--skip-dns-check",
        action="store_true",
        help="publish although DNS does not name the account",
    )
    arguments = made.parse_args(argv)
    lexicons = lexicons_of(arguments)
    documents = lexicons.chosen(arguments.names)
    publisher = account(arguments)
    if not arguments.skip_dns_check:
        check_owner(Network(publisher), list(documents), _did(publisher))

    def judge(before: Mapping[str, Mapping[str, Any]]) -> list[str]:
        return [] if arguments.breaking else breaks(before, lexicons.documents, installed)

    planned = publish_lexicons(
        publisher, documents, update=arguments.update, judge=judge, dry_run=True
    )
    lines = _lines(planned, "would become public", "would be replaced")
    if arguments.dry_run or not (planned.created or planned.updated):
        _report(planned, lines, arguments.json)
        return 0
    shown = [*lines, f"as {publisher.handle} ({publisher.did}), for everybody to read"]
    if not agreed(shown, "Publish?", yes=arguments.yes):
        print_lines("nothing was published")
        return 1
    sent = publish_lexicons(publisher, documents, update=arguments.update, judge=judge)
    _report(sent, _lines(sent, "published", "replaced"), arguments.json)
    return 0


@command
def unpublish(argv: list[str]) -> int:
    """Take lexicons away, all at once, after asking.

    Raises:
        AtdataError: one is not published by the account, or the server refuses.
    """
    made = parser("unpublish", "Take lexicons away that you published.", acts=True)
    made.add_argument("names", nargs="+", metavar="NSID")
    arguments = made.parse_args(argv)
    names = [check("nsid", name) for name in arguments.names]
    publisher = account(arguments)
    going = unpublish_lexicons(publisher, names, dry_run=True)
    lines = [f"would go  {nsid}" for nsid in going]
    lines += [f"  {other} refers to it" for others in going.values() for other in others]
    if not arguments.dry_run:
        if not agreed(lines, "Unpublish?", yes=arguments.yes):
            print_lines("nothing was unpublished")
            return 1
        going = unpublish_lexicons(publisher, names)
        lines = [f"gone  {nsid}" for nsid in going]
    if arguments.json:
        print_json({"gone": going})
    else:
        print_lines("\n".join(lines))
    return 0


def _did(publisher: Atmosphere) -> str:
    publisher.own()  # refuses where nobody is logged in
    assert publisher.did is not None
    return publisher.did


def _lines(sent: Sent, new: str, other: str) -> list[str]:
    marks = ((new, sent.created), (other, sent.updated), ("published already", sent.same))
    return [f"{mark}  {nsid}" for mark, names in marks for nsid in names]


def _report(sent: Sent, lines: list[str], as_json: bool) -> None:
    if as_json:
        content = {"created": sent.created, "updated": sent.updated, "same": sent.same}
        print_json(content)
    else:
        print_lines("\n".join(lines) or "there are no lexicons to publish")
