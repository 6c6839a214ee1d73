"""Commands that find datasets of others, and their options."""

from __future__ import annotations

from typing import Annotated

import typer

from atdata.cli.options import Index, Json, Tags, Versions

__all__ = ["search", "watch"]


def search(
    text: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT]...",
            help="Words, or what they begin with, in names, tags, types and descriptions.",
            show_default=False,
        ),
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            "--field",
            "-f",
            metavar="PATTERN",
            help="Whose samples have such a field: image, 'image: uint8[H, W, 3]', '*: float32[*]'.",
        ),
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema",
            metavar="TYPE",
            help="Of this type, of one that it reads, or one lens away from it: an NSID, a lexicon file, nsid@1.0.0 of the Index.",
        ),
    ] = None,
    tag: Tags = [],  # noqa: B006  # typer copies it
    license: Annotated[
        str | None,
        typer.Option("--license", metavar="ID", help="Under this licence: CC-BY-4.0, 'CC-*'."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="HANDLE", help="Of this account: @alice.example.org, or a DID."
        ),
    ] = None,
    versions: Versions = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many at most.")
    ] = 20,
    refresh: Annotated[
        bool, typer.Option("--refresh", "-r", help="Ask relays and servers for what is new first.")
    ] = False,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="With --refresh: ask every relay.")
    ] = False,
    index: Index = None,
    as_json: Json = False,
) -> int:
    """Find datasets that others published on the AT Protocol network.

    It searches a catalogue on this machine; --refresh and `atdata watch` fill it. What is found is what servers said:
    whoever loads a dataset proves it.
    """
    from atdata.cli.commands import search as module

    asked = module.Asked(
        text=" ".join(text or []),
        field=field,
        schema=schema,
        tags=tuple(tag),
        license=license,
        by=by,
        versions=versions,
        limit=limit,
        index=index,
    )
    return module.run(asked, refresh=refresh, thorough=thorough, as_json=as_json)


def watch(
    collection: Annotated[
        list[str],
        typer.Option(
            "--collection",
            "-c",
            metavar="NSID",
            help="This collection; may be repeated. All that matter without it.",
        ),
    ] = [],  # noqa: B006  # typer copies it
    jetstream: Annotated[
        str | None,
        typer.Option(
            "--jetstream",
            metavar="URL",
            help="Another Jetstream: wss://host, or wss://host/subscribe for an older one.",
        ),
    ] = None,
    firehose: Annotated[
        str | None,
        typer.Option(
            "--firehose",
            metavar="URL",
            help="The firehose of a server or a relay instead, which proves what it says.",
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option("--count", "-n", min=1, help="End after so many.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object of JSON a line.")] = False,
) -> int:
    """Follow what is published on the AT Protocol network, one line for each change, until Ctrl-C.

    What comes is filed in the catalogue that `atdata search` searches. The next `watch` goes on where this one ends.
    """
    from atdata.cli.commands import watch as module

    return module.run(collection, jetstream, firehose, count, as_json)
