"""Which Index a command is about: that of `--index` or `ATDATA_INDEX`, else the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atdata.errors import LoadError, NameRefused

if TYPE_CHECKING:
    from atdata.index.index import Index

__all__ = ["index_and_name", "index_of"]


def index_of(given: str | None) -> Index:
    """The Index of a command.

    Args:
        given: a URL, the path of a SQLite file, or an alias of `config.toml` as `@lab`; what `--index` has, or
            the environment in its place.

    Raises:
        LoadError: there is no such alias.
        CatalogError: it is no URL or path of an Index.
    """
    from atdata.index.index import Index

    if given is not None and given.startswith("@"):
        return Index(_alias(given[1:]))
    return Index(given or None)


def _alias(name: str) -> str | None:
    from atdata.index.resolve import aliases

    if name == "local":
        return None
    known = aliases()
    if name not in known:
        listed = ", ".join(f"@{alias}" for alias in known) or "none"
        raise LoadError(f"there is no Index '@{name}': config.toml names {listed}")
    return known[name]


def index_and_name(reference: str, given: str | None) -> tuple[Index, str]:
    """The Index that a reference is about, and the reference as that Index takes it.

    Args:
        reference: `name`, `name@1.2.0`, `name@label`, or one of these behind `@local/` or `@alias/`.
        given: the Index that was asked for.

    Raises:
        LoadError: there is no such alias.
        NameRefused: there is no name behind the `@`.
    """
    if not reference.startswith("@"):
        return index_of(given), reference
    authority, slash, name = reference.partition("/")
    if not slash:
        raise NameRefused(f"{reference!r} names no dataset: give {reference}/name")
    return index_of(given if authority == "@local" else authority), name
