"""Arguments and options that several commands have, and how every group of commands answers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from atdata.cli.completion import dataset_names, schema_names

__all__ = [
    "OPTIONS",
    "Account",
    "Dataset",
    "Fields",
    "Index",
    "Json",
    "Split",
    "Tags",
    "Type",
    "Versions",
    "Yes",
]

_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
# Plain help: no boxes, the same in a pipe as on a terminal.
OPTIONS: dict[str, Any] = {
    "rich_markup_mode": None,
    "context_settings": _SETTINGS,
    "no_args_is_help": True,
}

Dataset = Annotated[
    str,
    typer.Argument(
        metavar="DATASET",
        help="A path, a URL, or a name of the Index or of the network.",
        autocompletion=dataset_names,
    ),
]
Type = Annotated[
    str,
    typer.Argument(
        metavar="TYPE",
        help="nsid or nsid@1.0.0 of the Index, a lexicon file, or a dataset.",
        autocompletion=schema_names,
    ),
]
Index = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="URL",
        help="Another Index: a URL, the path of a SQLite file, or @alias of config.toml.",
        envvar="ATDATA_INDEX",
        show_envvar=True,
    ),
]
Account = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="HANDLE",
        help="Which account; the one that logged in last without it.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Split = Annotated[
    str | None,
    typer.Option("--split", metavar="NAME", help="Which split; train, or the first, without it."),
]
Fields = Annotated[
    list[str],
    typer.Option(
        "--fields", "-f", metavar="NAMES", help="These fields alone: a,b; may be repeated."
    ),
]
Tags = Annotated[
    list[str],
    typer.Option("--tag", "-t", metavar="TAG", help="With this tag; may be repeated."),
]
Versions = Annotated[
    bool, typer.Option("--versions", "-a", help="Every version, not the latest alone.")
]
