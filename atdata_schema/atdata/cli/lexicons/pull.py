"""`atdata-gen pull`: fetch lexicons of others into the project."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from atdata.atmosphere.lexicons.project import Lexicons, write_pulled
from atdata.cli.lexicons.asking import command, installed, lexicons_of, parser
from atdata.cli.lexicons.source import NetworkSource
from atdata.cli.output import print_json, print_lines
from atdata.errors import LoadError
from atdata_codegen.canonical import format_document
from atdata_codegen.installing.sources import Everywhere
from atdata_codegen.source.installed import Installed
from atdata_schema.vendored.pulling import Pulled
from atdata_schema.vendored.pulling import pull as pull_lexicons

__all__ = ["pull"]

_HELP = "an NSID, a group as org.example.*, or the address of a lexicon, at://…"


@command
def pull(argv: list[str]) -> int:
    """Fetch lexicons and everything that they refer to; without names, what lexicons.json lists.

    Raises:
        AtdataError: one cannot be fetched, is not proved, or is another one than before. Nothing is written then.
    """
    made = parser(
        "pull", "Fetch lexicons of others, and everything that they refer to, into the project."
    )
    made.add_argument("names", nargs="*", metavar="NSID", help=_HELP)
    made.add_argument(
        "--update",
        action="store_true",
        help="take what is published now, in place of what is pinned",
    )
    what = "fetch nothing but what lexicons.json pins, and change nothing in it"
    made.add_argument("--locked", "--ci", action="store_true", help=what)
    made.add_argument("--dry-run", action="store_true", help="write nothing")
    arguments = made.parse_args(argv)
    if arguments.locked and (arguments.update or arguments.names):
        made.error("--locked takes neither names nor --update")
    lexicons = lexicons_of(arguments)
    source = NetworkSource()
    pulled = pull_lexicons(
        # What was installed from elsewhere is pinned in the same file, and stays where it came from.
        Everywhere(lexicons.manifest_file.parent, Installed(None), source),
        [each for name in arguments.names for each in source.wanted(name)],
        lexicons.manifest,
        lexicons.documents,
        installed=lambda nsid: installed(nsid) is not None,
        update=arguments.update,
    )
    if arguments.locked and pulled.manifest != lexicons.manifest:
        raise LoadError(
            f"{lexicons.manifest_file.name} is not up to date: {_difference(lexicons, pulled)}; "
            "atdata-gen pull brings it up to date"
        )
    files = [] if arguments.dry_run else write_pulled(lexicons, pulled, format_document)
    _report(arguments, pulled, files)
    return 0


def _difference(lexicons: Lexicons, pulled: Pulled) -> str:
    before, after = lexicons.manifest.resolutions, pulled.manifest.resolutions
    added = sorted(after.keys() - before.keys())
    if added:
        return f"{', '.join(added)} would be added"
    if pulled.dropped:
        return f"nothing refers to {', '.join(pulled.dropped)}"
    return "it is in another order or form"


def _report(arguments: argparse.Namespace, pulled: Pulled, files: list[Path]) -> None:
    names = sorted(pulled.fetched)
    shown = [os.path.relpath(path) for path in files]
    if arguments.json:
        content = {
            "fetched": names,
            "kept": list(pulled.kept),
            "changed": dict(sorted(pulled.changed.items())),
            "dropped": list(pulled.dropped),
            "files": shown,
        }
        print_json(content)
        return
    for nsid in names:
        found = pulled.manifest.resolutions[nsid]
        mark = "updated" if nsid in pulled.changed else "fetched"
        owner = found.uri.removeprefix("at://").partition("/")[0]
        origin = owner if found.uri.startswith("at://") else found.uri
        print_lines(f"{mark}  {nsid}  {found.cid}  from {origin}")
    if pulled.kept:
        print_lines(f"{len(pulled.kept)} there already")
    for nsid in pulled.dropped:
        print_lines(f"dropped  {nsid}: nothing refers to it any more")
