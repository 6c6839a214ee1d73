"""Commands that make datasets public, and take them away again."""

from __future__ import annotations

from typing import Annotated

import typer

from atdata.cli.completion import dataset_names
from atdata.cli.options import Account, Index, Json, Yes

__all__ = ["push", "unpublish"]


def push(
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="name, name@1.2.0 or name@label of the Index.",
            autocompletion=dataset_names,
        ),
    ],
    handle: Account = None,
    data_store: Annotated[
        str | None,
        typer.Option(
            "--data-store",
            metavar="URL",
            help="Where shards go that not everybody can read: s3://bucket/prefix. Blobs of the account without it.",
        ),
    ] = None,
    derived_from: Annotated[
        list[str],
        typer.Option(
            "--derived-from", metavar="AT-URI", help="What it was made from; may be repeated."
        ),
    ] = [],  # noqa: B006  # typer copies it
    nsid: Annotated[
        str | None,
        typer.Option("--nsid", help="What its type is called, where it has no name of its own."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would become public.")
    ] = False,
    yes: Yes = False,
    index: Index = None,
    as_json: Json = False,
) -> int:
    """Publish a dataset of the Index to the AT Protocol network.

    It shows what becomes public and asks. What breaks off is gone on with by the same command.
    """
    from atdata.cli.commands import push as module

    return module.push(
        dataset,
        index,
        handle=handle,
        data_store=data_store,
        derived_from=tuple(derived_from),
        nsid=nsid,
        dry_run=dry_run,
        yes=yes,
        as_json=as_json,
    )


def unpublish(
    target: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="name (every version), name@1.2.0, or the at:// of a dataset, a label, a type or a lens.",
        ),
    ],
    handle: Account = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> int:
    """Take a published dataset away, with all names that stand for it.

    It says what goes and asks. Copies that others have made stay with them.
    """
    from atdata.cli.commands import push as module

    return module.unpublish(target, handle=handle, dry_run=dry_run, yes=yes, as_json=as_json)
