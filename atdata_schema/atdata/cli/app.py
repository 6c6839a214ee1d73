"""The commands and their options.

Each command's module is imported when the command runs, so that `--help` and a slip of the pen answer soon.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from atdata.cli import discovery_commands as discovery
from atdata.cli import network_commands as network
from atdata.cli import publishing_commands as publishing
from atdata.cli.auth_app import auth
from atdata.cli.completion import dataset_names
from atdata.cli.options import (
    OPTIONS,
    Dataset,
    Fields,
    Index,
    Json,
    Split,
    Tags,
    Type,
    Versions,
    Yes,
)

__all__ = ["command"]

_HELP: Final = (
    "Typed datasets: what they are, what is in them, and where they lie.\n\n"
    "A dataset is named by a path (out/digits, data-*.tar), a URL (https://, s3://), its name in the Index "
    "(digits, digits@1.2.0, digits@best, @local/digits, @lab/digits), or its name in the network "
    "(@handle/digits, @handle/digits@1.2.0, at://...)."
)
_STATUS: Final = "Exit status: 0 done, 1 something is wrong or the answer is no, 2 not understood."

app = typer.Typer(help=_HELP, epilog=_STATUS, pretty_exceptions_enable=False, **OPTIONS)
schema = typer.Typer(help="The types of datasets.", **OPTIONS)
lens = typer.Typer(help="Types seen as others.", **OPTIONS)
cache = typer.Typer(help="What can be made again.", **OPTIONS)
app.add_typer(schema, name="schema")
app.add_typer(lens, name="lens")
app.add_typer(cache, name="cache")
app.add_typer(auth, name="auth")


def command() -> Any:
    """The command as click runs it."""
    return typer.main.get_command(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"atdata {version('atdata')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Typed datasets."""


@app.command("ls")
def ls(
    pattern: Annotated[
        str | None,
        typer.Argument(help="Names like this one: digits, 'digits-*'.", show_default=False),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option("--search", "-s", metavar="WORDS", help="With all of these words in them."),
    ] = None,
    tag: Tags = [],  # noqa: B006  # typer copies it
    field: Annotated[
        str | None,
        typer.Option("--field", metavar="NAME", help="Whose samples have this field."),
    ] = None,
    versions: Versions = False,
    index: Index = None,
    as_json: Json = False,
) -> int:
    """List the datasets of the Index."""
    from atdata.cli.commands import ls as module

    return module.run(pattern, index, search, tag, field, versions, as_json)


@app.command("info")
def info(
    dataset: Dataset,
    trust: network.Trust = "signed",
    locked: network.Locked = False,
    lock: network.Lock = None,
    offline: network.Offline = None,
    index: Index = None,
    as_json: Json = False,
) -> int:
    """Say what a dataset is.

    Its type and fields, its splits, where it lies, what is known to check it by, and its versions. Of one of the
    network also who published it, and what is proved of that.
    """
    from atdata.cli.commands import info as module

    return module.run(dataset, index, as_json, network.options(trust, locked, lock, offline))


@app.command("head")
def head(
    dataset: Dataset,
    count: Annotated[int, typer.Option("--count", "-n", min=0, help="How many samples.")] = 5,
    split: Split = None,
    fields: Fields = [],  # noqa: B006  # typer copies it
    index: Index = None,
    as_json: Json = False,
) -> int:
    """Print the first samples of a dataset.

    Arrays are shown by dtype, shape and range, files by kind and size, texts by their beginning.
    """
    from atdata.cli.commands import head as module

    names = [name for text in fields for name in text.split(",") if name]
    return module.run(dataset, index, count, split, names, as_json)


app.command("preview")(network.preview)
app.command("pull")(network.pull)
app.command("cite")(network.cite)
app.command("search")(discovery.search)
app.command("watch")(discovery.watch)


@app.command("verify")
def verify(dataset: Dataset, index: Index = None, as_json: Json = False) -> int:
    """Hold every shard against its sha-256.

    Ends with 1 where one differs, is missing, or has no digest to be held against.
    """
    from atdata.cli.commands import verify as module

    return module.run(dataset, index, as_json)


@app.command("rm")
def rm(
    datasets: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="name is every version, name@1.2.0 or name@label is one.",
            autocompletion=dataset_names,
        ),
    ],
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    index: Index = None,
    as_json: Json = False,
) -> int:
    """Remove datasets from the Index.

    It says what goes and asks. Shards stay in the store until `atdata gc` frees their space.
    """
    from atdata.cli.commands import rm as module

    return module.run(datasets, index, yes, dry_run, as_json)


app.command("push")(publishing.push)
app.command("unpublish")(publishing.unpublish)


@app.command("gc")
def gc(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be freed.")
    ] = False,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than", metavar="TIME", help="Leave what is younger: 90s, 10m, 2h, 30d."
        ),
    ] = None,
    published: Annotated[
        bool,
        typer.Option(
            "--published", help="Also what was published where it lies: when its records are gone."
        ),
    ] = False,
    index: Index = None,
    as_json: Json = False,
) -> int:
    """Free the space that no dataset needs.

    Shards that no version has, and what broken writes left behind. Others may go on writing meanwhile.
    """
    from atdata.cli.commands import gc as module

    return module.run(index, dry_run, older_than, published, as_json)


@app.command("doctor")
def doctor(index: Index = None, as_json: Json = False) -> int:
    """Look whether everything works.

    Versions, optional parts, folders, room on the disk, Indexes and stores. Ends with 1 where something does
    not work.
    """
    from atdata.cli.commands import doctor as module

    return module.run(index, as_json)


@schema.command("ls")
def schema_ls(
    pattern: Annotated[
        str | None,
        typer.Argument(help="Names like this one: 'org.example.*'.", show_default=False),
    ] = None,
    index: Index = None,
    as_json: Json = False,
) -> int:
    """List the types of the Index, each version."""
    from atdata.cli.commands import schema as module

    return module.ls(pattern, index, as_json)


@schema.command("show")
def schema_show(
    source: Type,
    python: Annotated[bool, typer.Option("--python", help="As Python classes.")] = False,
    index: Index = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="With its version, CID and all documents that it reaches."),
    ] = False,
) -> int:
    """Print the lexicon of a type."""
    from atdata.cli.commands import schema as module

    return module.show(source, index, python, as_json)


@schema.command("diff")
def schema_diff(old: Type, new: Type, index: Index = None, as_json: Json = False) -> int:
    """Say what a change of a type breaks.

    For new code on old data, and for old code on new data. Ends with 1 where something breaks.
    """
    from atdata.cli.commands import schema as module

    return module.diff(old, new, index, as_json)


@lens.command("ls")
def lens_ls(
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="TYPE", help="Those from this type: its NSID or its CID."),
    ] = None,
    view: Annotated[
        str | None,
        typer.Option("--to", metavar="TYPE", help="Those to this type."),
    ] = None,
    index: Index = None,
    as_json: Json = False,
) -> int:
    """List the lenses of the Index."""
    from atdata.cli.commands import lens as module

    return module.ls(source, view, index, as_json)


@lens.command("show")
def lens_show(
    name: Annotated[str, typer.Argument(metavar="LENS", help="Its name, or its CID.")],
    index: Index = None,
    as_json: Annotated[bool, typer.Option("--json", help="As its record.")] = False,
) -> int:
    """Print a lens, the types along its pipes, and what is proved of it.

    It is checked anew; one that does not hold is refused with what is wrong.
    """
    from atdata.cli.commands import lens as module

    return module.show(name, index, as_json)


@cache.command("ls")
def cache_ls(as_json: Json = False) -> int:
    """List what the cache holds."""
    from atdata.cli.commands import cache as module

    return module.ls(as_json)


@cache.command("rm")
def cache_rm(
    kinds: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KIND]...", help="As `cache ls` calls them; all without one."),
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than", metavar="TIME", help="Not used for longer than: 90s, 10m, 2h, 30d."
        ),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> int:
    """Empty the cache."""
    from atdata.cli.commands import cache as module

    return module.rm(kinds or [], older_than, yes, as_json)
