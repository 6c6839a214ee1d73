"""Some records written at once, planned anew where somebody else wrote meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from atdata.atmosphere.publishing.repository import OwnRepository, Write
from atdata.errors import PublishError, XrpcError

__all__ = ["MOST_WRITES", "transact"]

MOST_WRITES: Final = 200
"""Records that one commit may write."""

_TRIES: Final = 5


def transact(
    repository: OwnRepository, what: str, plan: Callable[[], Sequence[Write]]
) -> Sequence[Write]:
    """Write what a plan says, or nothing; what the last plan said.

    A lost answer is settled by planning anew: what is there then needs no writing.

    Args:
        repository: the account's repository.
        what: what is done, in messages.
        plan: reads what is there and says what is to be written; nothing where all is as it should be.

    Raises:
        PublishError: the server refuses, others write all the time, or no answer comes.
    """
    reason: XrpcError | None = None
    before: Sequence[Write] = ()
    for _ in range(_TRIES):
        head = repository.head()
        writes = plan()
        if not writes:
            # The answer to the same writes was lost, or there was nothing to do.
            return before
        try:
            repository.apply(writes, head)
            return writes
        except XrpcError as error:
            lost = error.status is None or error.status >= 500
            if not lost and error.name != "InvalidSwap":
                raise PublishError(f"{what}: {error}") from error
            before = writes if lost else before
            reason = error
    raise PublishError(
        f"{what} was not done at {_TRIES} tries ({reason}): nothing is half done; do this again"
    ) from reason
