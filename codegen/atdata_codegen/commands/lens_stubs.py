"""`atdata-gen lens stubs`: print what is missing of the code of externs."""

from __future__ import annotations

from atdata_codegen.commands.lens_options import lens_parser

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    parser = lens_parser("stubs", "Print skeletons of the functions that externs still need.")
    parser.parse_args(argv)
    return 0
