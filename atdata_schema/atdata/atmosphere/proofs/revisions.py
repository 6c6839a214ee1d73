"""What revision of a repository was seen before, so that an earlier state is noticed.

A signature never expires: a server can show an old state of a repository, signed as it was. What was seen is therefore kept,
a few bytes an account, and no proof is taken that goes back behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from atdata.atmosphere.proofs.commits import Commit
from atdata.errors import ProofError, RolledBack
from atdata_schema.syntax import check

__all__ = ["AHEAD", "Seen", "notice", "time_of_revision"]

AHEAD: Final = timedelta(minutes=5)
"""How far the clock of a server may be ahead of ours."""

_DIGITS: Final = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """The latest state of a repository that was seen.

    Attributes:
        rev: its revision.
        data: the CID of its tree.

    Raises:
        InvalidSyntax: the revision is no TID, or the CID none.
    """

    rev: str
    data: str

    def __post_init__(self) -> None:
        check("tid", self.rev)
        check("cid", self.data)


def time_of_revision(rev: str) -> datetime:
    """When a revision was made, by the clock of its server.

    Raises:
        InvalidSyntax: it is no TID.

    >>> time_of_revision("3jzfcijpj2z2a").isoformat()
    '2023-06-30T15:03:01.887007+00:00'
    """
    number = 0
    for letter in check("tid", rev):
        number = number * 32 + _DIGITS.index(letter)
    # The ten bits below the time are the number of a clock. What is left ends in the year 2540.
    return _EPOCH + timedelta(microseconds=number >> 10)


def notice(seen: Mapping[str, Seen], commit: Commit, now: datetime) -> dict[str, Seen]:
    """What has been seen after a commit, if the commit can follow what was seen before.

    Only signed commits are to be noticed: what a server merely says could shut an account out.

    Args:
        seen: what was seen, by DID; not changed.
        commit: a commit that was verified.
        now: the time, with its zone.

    Returns:
        What to keep in its stead.

    Raises:
        RolledBack: the commit is older than the one seen, or of the same revision and another content.
        ProofError: its revision lies in the future.
    """
    before = seen.get(commit.did)
    if time_of_revision(commit.rev) > now + AHEAD:
        raise ProofError(
            f"{commit.did}: the revision {commit.rev} is of {time_of_revision(commit.rev):%Y-%m-%d %H:%M:%S} UTC, "
            "which is in the future; if it is not, set the clock of this machine"
        )
    if before is not None and commit.rev < before.rev:
        raise RolledBack(
            f"{commit.did}: the revision {commit.rev} is older than {before.rev}, which was seen before; the server "
            "shows an earlier state: ask the account's own server, or try again later"
        )
    if before is not None and commit.rev == before.rev and commit.data != before.data:
        raise RolledBack(
            f"{commit.did}: the revision {commit.rev} was seen with the tree {before.data}, and has the tree "
            f"{commit.data} now: two states were signed as one"
        )
    return {**seen, commit.did: Seen(commit.rev, commit.data)}
