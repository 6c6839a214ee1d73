"""`atdata-gen pull`: fetch lexicons of others into the project."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from atdata.atmosphere.lexicons.fetching import Network, owner_of
from atdata.atmosphere.lexicons.project import Lexicons, write_pulled
from atdata.atmosphere.lexicons.pulling import Pulled, Wanted
from atdata.atmosphere.lexicons.pulling import pull as pull_lexicons
from atdata.atmosphere.records.collections import LEXICON
from atdata.cli.lexicons.asking import command, lexicons_of, network, parser
from atdata.cli.output import print_json, print_lines
from atdata.errors import LoadError
from atdata_codegen.canonical import format_document
from atdata_codegen.source.installed import Installed
from atdata_schema import syntax
from atdata_schema.syntax import parse_at_uri
from atdata_schema.syntax.quoting import quoted

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
    reader = network()
    pulled = pull_lexicons(
        reader,
        _wanted(reader, arguments.names),
        lexicons.manifest,
        lexicons.documents,
        installed=_installed(),
        update=arguments.update,
    )
    if arguments.locked and pulled.manifest != lexicons.manifest:
        raise LoadError(
            f"{lexicons.manifest_file.name} is not up to date: {_difference(lexicons, pulled)}; "
            "atdata-gen pull brings it up to date"
        )
    files = (
        []
        if arguments.dry_run
        else write_pulled(lexicons, pulled.fetched, pulled.manifest, format_document)
    )
    _report(arguments, pulled, files)
    return 0


def _wanted(reader: Network, names: list[str]) -> list[Wanted]:
    """The lexicons that names mean.

    Raises:
        LoadError: a name means none.
    """
    found: list[Wanted] = []
    for name in names:
        if name.startswith("at://"):
            uri = parse_at_uri(name)
            if uri.collection != LEXICON or uri.rkey is None:
                raise LoadError(
                    f"{quoted(name)} is no address of a lexicon: at://<did>/{LEXICON}/<nsid>"
                )
            found.append(Wanted(syntax.check("nsid", uri.rkey), name))
        elif name.endswith(".*"):
            found += _group(reader, name.removesuffix(".*"))
        else:
            found.append(Wanted(syntax.check("nsid", name)))
    return found


def _group(reader: Network, group: str) -> list[Wanted]:
    owner = owner_of(reader, syntax.check("nsid", f"{group}.any"))
    names = reader.published_in(group, owner)
    if not names:
        raise LoadError(f"{group}.*: {owner} publishes no lexicon of this group")
    return [Wanted(nsid) for nsid in names]


def _installed() -> _Find:
    return _Find(Installed(None))


class _Find:
    """Whether an installed package has a lexicon; the kernel has the field types."""

    def __init__(self, installed: Installed) -> None:
        self._installed = installed

    def __call__(self, nsid: str) -> bool:
        from atdata_schema.schema import TYPES

        return nsid == TYPES.id or self._installed.find(nsid) is not None


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
        print_lines(f"{mark}  {nsid}  {found.cid}  from {parse_at_uri(found.uri).authority}")
    if pulled.kept:
        print_lines(f"{len(pulled.kept)} there already")
    for nsid in pulled.dropped:
        print_lines(
            f"nothing refers to {nsid} any more: its file stays, and is the project's own now"
        )
