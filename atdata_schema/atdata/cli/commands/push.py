"""`atdata push` and `atdata unpublish`: datasets become public, and are taken away again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from atdata.cli.catalogue import index_and_name
from atdata.cli.figures import counted, size_text
from atdata.cli.misuse import Misuse
from atdata.cli.output import print_json, print_lines, progress_wanted, say

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.atmosphere.publishing.plan import Plan

__all__ = ["push", "unpublish"]


def push(
    dataset: str,
    index: str | None,
    *,
    handle: str | None,
    data_store: str | None,
    derived_from: tuple[str, ...],
    nsid: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Show what becomes public, ask, and publish it."""
    found, name = index_and_name(dataset, index)
    account = _account(handle)
    plan = account.promote_entry(
        found,
        name,
        derived_from=derived_from,
        data_store=data_store,
        nsid=nsid,
        dry_run=dry_run,
        yes=yes,
        confirm=None if yes else _agreed,
        progress=progress_wanted(),
    )
    if as_json:
        print_json(_json(plan))
    elif dry_run:
        print_lines(str(plan))
    else:
        if not plan.writes:
            say("it was published already")
        print_lines(plan.uri)
    return 0


def unpublish(target: str, *, handle: str | None, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Show what goes, ask, and take it away."""
    account = _account(handle)
    going = account.unpublish(target, dry_run=True)
    if not as_json:
        say(str(going))
    if not dry_run:
        if not yes and not _asked(f"Unpublish {counted(len(going.removed), 'record')}?"):
            say("nothing was unpublished")
            return 1
        going = account.unpublish(target)
    if as_json:
        key = "would_remove" if dry_run else "removed"
        print_json({key: list(going.removed), "stays": list(going.stays)})
    else:
        print_lines("\n".join(going.removed))
    return 0


def _account(handle: str | None) -> Atmosphere:
    from atdata.atmosphere.atmosphere import Atmosphere

    return Atmosphere.kept(handle)


def _agreed(plan: Plan) -> bool:
    """Show a plan, and ask."""
    say(str(plan))
    if plan.uploads:
        say(
            f"{size_text(plan.upload_bytes)} are sent. What is public once may be copied by anybody."
        )
    return _asked(f"Publish {plan.name}@{plan.version}?")


def _asked(question: str) -> bool:
    if not sys.stdin.isatty():
        raise Misuse("nobody can be asked here: give --yes to do it, --dry-run to look")
    import typer

    return typer.confirm(question, err=True)


def _json(plan: Plan) -> dict[str, Any]:
    return {
        "uri": plan.uri,
        "name": plan.name,
        "version": plan.version,
        "did": plan.did,
        "handle": plan.handle,
        "records": {uri: dict(value) for uri, value in plan.records.items()},
        "uploads": [
            {"file": item.source, "bytes": item.bytes, "blobs": item.parts, "why": item.why}
            for item in plan.uploads
        ],
        "target": plan.target,
        "addresses": list(plan.addresses),
    }
