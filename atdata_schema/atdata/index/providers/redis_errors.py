"""What Redis and its driver say, as an error of ours that names the database, what is wrong, and the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from atdata.errors import ProviderError

if TYPE_CHECKING:
    import redis

__all__ = ["translated"]

_KINDS: Final = {
    "ReadOnlyError": "it may only be read: name the server that may be written",
    "OutOfMemoryError": "the memory of the server is full; raise its maxmemory",
    "NoPermissionError": "this user may not do that; give it the rights to run scripts on the keys of the prefix",
    "BusyLoadingError": "the server is reading its data; try again",
}

_WORDS: Final = {
    "MISCONF": "the server cannot keep what it is given, since its disk fails; see its log",
    "WRONGTYPE": "keys of another program have the same prefix; give another one, as ?prefix=lab:",
    "BUSY": "the server is busy with a script; try again",
    "MOVED": "it is a cluster, and an Index is in one server; name one that stands alone",
    "CROSSSLOT": "it is a cluster, and an Index is in one server; name one that stands alone",
}


@contextmanager
def translated(url: str, *, writing: bool) -> Iterator[None]:
    """Turn errors of the driver into ours.

    Raises:
        ProviderError: the driver raised an error.
    """
    import redis

    try:
        yield
    except redis.RedisError as error:
        raise ProviderError(f"{url}: {_reason(error, writing)}") from error


def _reason(error: redis.RedisError, writing: bool) -> str:
    import redis

    said = str(error).partition("\n")[0]
    if type(error).__name__ in _KINDS:
        return _KINDS[type(error).__name__]
    if isinstance(error, redis.AuthenticationError):
        return f"a password is needed, or the user or the password is wrong ({said})"
    if isinstance(error, (redis.ConnectionError, redis.TimeoutError)):
        doubt = "; if it was storing, look whether it did before you try again" if writing else ""
        return f"the server cannot be reached, or went away ({said}); see whether it runs{doubt}"
    # Inside a script the word for the kind of error is not the first one.
    found = next((word for word in said.replace(":", " ").split() if word in _WORDS), None)
    return f"Redis reports: {said}" if found is None else _WORDS[found]
