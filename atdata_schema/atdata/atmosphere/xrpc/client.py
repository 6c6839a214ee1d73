"""Calls to one server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Final, Protocol, TypeAlias

from atdata.atmosphere.settings import Settings

__all__ = ["Params", "Reading", "Xrpc"]

Params: TypeAlias = Mapping[str, str | int | bool | Sequence[str] | None]
"""Parameters of a query; what is None is left out, lists are repeated."""

MAX_ANSWER: Final = 4 << 20
"""Bytes that an answer in JSON may have, where nothing else is said."""


class Reading(Protocol):
    """The bytes of an answer, as they come."""

    def read(self, amount: int = -1, /) -> bytes:
        """The next bytes, at most so many; none at the end.

        Raises:
            XrpcError: it breaks off, or the server sends too slowly.
        """
        ...


class Xrpc:
    """Calls to one server.

    Only public addresses are reached, unless the settings are for experiments. Answers are bounded, a server that stalls is left.
    GETs are made again where that may help; POSTs only where nothing can have happened. A token goes to the server that it is of
    and nowhere else, and stands in no text.

    Args:
        origin: the server, as `https://host`.
        settings: whether http and private addresses are allowed.

    Attributes:
        origin: the server.
    """

    origin: str

    def __init__(self, origin: str, *, settings: Settings | None = None) -> None:
        raise NotImplementedError

    def query(
        self, nsid: str, params: Params | None = None, *, max_bytes: int = MAX_ANSWER
    ) -> dict[str, Any]:
        """GET what is answered in JSON.

        Raises:
            XrpcError: no answer came, or one that cannot be used, or an error: `status` and `name` say which.
        """
        raise NotImplementedError

    def fetch(self, nsid: str, params: Params | None = None, *, max_bytes: int) -> bytes:
        """GET bytes, such as a CAR.

        Raises:
            XrpcError: as `query`.
        """
        raise NotImplementedError

    def stream(
        self, nsid: str, params: Params | None = None
    ) -> AbstractContextManager[Reading]:
        """GET bytes of any number, read as they come.

        Raises:
            XrpcError: as `query`; also while they are read.
        """
        raise NotImplementedError

    def call(
        self, nsid: str, body: Mapping[str, Any] | None = None, *, max_bytes: int = MAX_ANSWER
    ) -> dict[str, Any]:
        """POST JSON; an empty answer is `{}`.

        Raises:
            XrpcError: as `query`. Without a status it is not known whether it was done.
        """
        raise NotImplementedError

    def upload(self, nsid: str, body: BinaryIO, size: int, content_type: str) -> dict[str, Any]:
        """POST a file, from where it stands, without holding it in memory.

        Args:
            nsid: the procedure, such as `com.atproto.repo.uploadBlob`.
            body: the file.
            size: how many bytes of it.
            content_type: what the server is told that it is.

        Raises:
            XrpcError: as `call`; a file that is too large is status 413.
        """
        raise NotImplementedError
