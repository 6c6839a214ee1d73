"""What PostgreSQL and its driver say, as an error of ours that names the database, what is wrong, and the remedy.

Messages of the driver hold no password, but for those about a URL that it cannot read, which hold parts of
the URL: these are never repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from atdata.errors import ProviderError

if TYPE_CHECKING:
    import psycopg

__all__ = ["is_conflict", "translated"]

_MESSAGES: Final = {
    "25006": "it may only be read: name the server that may be written, or ask its owner",
    "3F000": "no schema of the search path lets this user make tables; give it the rights, or name another user",
    "42501": "this user may not do that; give it the rights on the tables atdata_*, and to make tables in the schema",
    "53100": "the disk of the server is full",
    "53300": "the server has no connection left; try again, or raise max_connections",
    "54000": "an entry is larger than PostgreSQL holds; make several datasets of it",
    "55P03": "another process has kept it locked for too long; try again, or end that process",
    "57014": "the server took too long to answer, or somebody cancelled it; try again",
    "3D000": "there is no such database; make it first",
    "28P01": "the user or the password is wrong",
    "28000": "the server does not let this user in",
    "22P05": "its encoding does not hold these characters; make a database with ENCODING 'UTF8'",
}

_CONFLICTS: Final = ("40001", "40P01")


def is_conflict(error: psycopg.Error) -> bool:
    """Whether the server ended a transaction for the sake of another one, so that trying again helps."""
    return error.sqlstate in _CONFLICTS


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn errors of the driver into ours.

    Raises:
        ProviderError: the driver raised an error.
    """
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise ProviderError(f"{url}: {_reason(error)}") from error


def _reason(error: psycopg.Error) -> str:
    known = _MESSAGES.get(error.sqlstate or "")
    if known is not None:
        return known
    said = next(
        (line.strip() for line in str(error).splitlines() if line.strip()), "no reason given"
    )
    if error.sqlstate is None and _is_operational(error):
        return f"the server cannot be reached, or went away ({said}); see whether it runs, and try again"
    return f"PostgreSQL reports: {said}"


def _is_operational(error: psycopg.Error) -> bool:
    import psycopg

    return isinstance(error, psycopg.OperationalError)
