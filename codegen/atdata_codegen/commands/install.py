"""`atdata-gen install [SOURCE …]`: bring lexicons of others into the project, pinned in `lexicons.json`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from atdata_codegen.diagnostics import render, shown_path
from atdata_codegen.excerpt import printable
from atdata_codegen.project import Options, Project, ProjectError, load_project

if TYPE_CHECKING:  # the kernel
    from atdata_codegen.installing.locking import Installation

__all__ = ["run"]

_SOURCE = (
    "a folder; git+URL[@REVISION][#FOLDER]; package:NAME, which is installed; an NSID, a group as org.example.* or an "
    "address at://… on the network"
)


def run(argv: list[str]) -> int:
    """Run the command."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.locked and (arguments.update or arguments.sources):
        parser.error("--locked takes neither sources nor --update")
    from atdata_codegen.installing.locking import install, write_installation  # the kernel
    from atdata_schema.errors import AtdataError

    try:
        project = _project(arguments)
        found = install(
            project, arguments.sources, locked=arguments.locked, update=arguments.update
        )
        files = [] if arguments.dry_run else write_installation(found)
    except ProjectError as error:
        sys.stderr.write(render(error.diagnostics, "text"))
        sys.stderr.write(f"atdata-gen install: {printable(str(error))}\n")
        return 2
    except AtdataError as error:
        sys.stderr.write(f"atdata-gen install: {printable(str(error))}\n")
        return 1
    _report(found, files, as_json=arguments.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "atdata-gen install",
        description="Bring lexicons of others, and everything that they refer to, into the first folder of lexicons, each pinned by "
        "its CID in lexicons.json. Without sources, what lexicons.json pins.",
        allow_abbrev=False,
    )
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help=_SOURCE)
    what = "bring nothing but what lexicons.json pins, and change nothing in it"
    parser.add_argument("--locked", "--ci", action="store_true", help=what)
    what = "take what the sources have now, in place of what is pinned"
    parser.add_argument("--update", action="store_true", help=what)
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    what = "the folder of lexicons, instead of [tool.atdata-gen] in pyproject.toml"
    parser.add_argument("--lexicons", metavar="DIR", help=what)
    return parser


def _project(arguments: argparse.Namespace) -> Project:
    here = Path.cwd()
    folders = () if arguments.lexicons is None else (arguments.lexicons,)
    try:
        return load_project(here, Options(folders))
    except ProjectError as error:
        if error.diagnostics or not (here / "lexicons").is_dir():
            raise
        return load_project(here, Options(("lexicons",)))


def _report(found: Installation, files: list[Path], *, as_json: bool) -> None:
    pulled = found.pulled
    shown = [shown_path(str(path)) for path in files]
    if as_json:
        content = {
            "installed": list(found.restored),
            "changed": dict(sorted(pulled.changed.items())),
            "dropped": list(pulled.dropped),
            "files": shown,
            "resolutions": {
                nsid: {"uri": each.uri, "cid": each.cid}
                for nsid, each in sorted(pulled.manifest.resolutions.items())
            },
        }
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
        return
    lines: list[str] = []
    for nsid in sorted(pulled.manifest.resolutions):
        now, before = pulled.manifest.resolutions[nsid], found.manifest.resolutions.get(nsid)
        if nsid in found.restored or now != before:
            mark = (
                "updated" if nsid in pulled.changed else "pinned" if now != before else "restored"
            )
            lines.append(f"{mark}  {nsid}  {now.cid}  {now.uri}")
    same = len(pulled.manifest.resolutions) - len(lines)
    if same:
        lines.append(f"{same} there already")
    lines += [f"dropped  {nsid}: nothing refers to it any more" for nsid in pulled.dropped]
    sys.stdout.write("".join(f"{printable(line)}\n" for line in lines))
