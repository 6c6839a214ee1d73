"""Commands about datasets of the network, and the options that they have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from atdata.cli.options import Fields, Index, Json, Split

if TYPE_CHECKING:
    from atdata.network_options import NetworkOptions

__all__ = ["Lock", "Locked", "Offline", "Trust", "cite", "options", "preview", "pull"]

Trust = Annotated[
    str,
    typer.Option(
        "--trust",
        metavar="LEVEL",
        help="Of the network: signed, cid or unverified.",
        show_default=False,
    ),
]
Locked = Annotated[
    bool, typer.Option("--locked", help="Of the network: only what atdata.lock pins.")
]
Lock = Annotated[
    str | None,
    typer.Option("--lock", metavar="PATH", help="Of the network: another lock than ./atdata.lock."),
]
Offline = Annotated[
    bool | None,
    typer.Option("--offline", help="Of the network: ask no server.", show_default=False),
]
Published = Annotated[
    str, typer.Argument(metavar="DATASET", help="@handle/name, @handle/name@1.2.0 or at://...")
]


def options(trust: str, locked: bool, lock: str | None, offline: bool | None) -> NetworkOptions:
    """What was said about datasets of the network."""
    from atdata.network_options import NetworkOptions

    return NetworkOptions(trust, locked, lock, offline)


def preview(
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="DATASET", help="@handle/name, at://..., a path, a URL or a name of the Index."
        ),
    ],
    count: Annotated[int, typer.Option("--count", "-n", min=0, help="How many samples.")] = 3,
    split: Split = None,
    fields: Fields = [],  # noqa: B006  # typer copies it
    trust: Trust = "signed",
    locked: Locked = False,
    lock: Lock = None,
    offline: Offline = None,
    index: Index = None,
    as_json: Json = False,
) -> int:
    """Show a few samples of a dataset before it is fetched.

    Of one of the network also who published it, and what is proved of that. No more is fetched than what is shown lies in.
    """
    from atdata.cli.commands import preview as module

    names = [name for text in fields for name in text.split(",") if name]
    network = options(trust, locked, lock, offline)
    return module.run(dataset, index, count, split, names, as_json, network)


def pull(
    dataset: Published,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="PLACE",
            help="A folder, or @local or @alias for an Index; the Index without it.",
        ),
    ] = None,
    trust: Trust = "signed",
    locked: Locked = False,
    lock: Lock = None,
    offline: Offline = None,
    index: Index = None,
    as_json: Json = False,
) -> int:
    """Bring a dataset of the network here.

    Its records are proved, its shards held against the digests in them, and what was read is pinned in atdata.lock.
    Run again, it goes on where it broke off.
    """
    from atdata.cli.commands import pull as module

    return module.run(dataset, to, index, as_json, options(trust, locked, lock, offline))


def cite(
    dataset: Published,
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help="text, bibtex or both.")
    ] = "both",
    trust: Trust = "signed",
    locked: Locked = False,
    lock: Lock = None,
    offline: Offline = None,
    as_json: Json = False,
) -> int:
    """Say how a dataset of the network is cited.

    With its address, which names the account for good, and its CID, which names this state of it.
    """
    from atdata.cli.commands import cite as module

    return module.run(dataset, None, form, as_json, options(trust, locked, lock, offline))
