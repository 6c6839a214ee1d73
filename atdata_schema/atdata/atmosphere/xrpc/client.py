"""Calls to one server."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import IO, Any, BinaryIO, Final, Protocol, TypeVar, final

from atdata.atmosphere.settings import Settings
from atdata.atmosphere.xrpc.asking import (
    HEADERS,
    SLOWEST,
    ask,
    authorized,
    check_encoding,
    read_all,
)
from atdata.atmosphere.xrpc.failures import check_answer
from atdata.atmosphere.xrpc.messages import (
    JSON,
    Params,
    json_bytes,
    query_of,
    read_object,
    secrets_of,
)
from atdata.atmosphere.xrpc.secret import Secret
from atdata.atmosphere.xrpc.trying import TRIES, Login, tried
from atdata.atmosphere.xrpc.upload import Part
from atdata.errors import XrpcError
from atdata.shards.sources.network import Refused, network
from atdata.shards.sources.pace import Pace
from atdata.shards.sources.redirects import Streamed, leave
from atdata.shards.sources.retrying import Passing, Patience
from atdata_schema.syntax import check

__all__ = ["MAX_ANSWER", "Params", "Reading", "Xrpc"]

MAX_ANSWER: Final = 4 << 20
"""Bytes that an answer in JSON may have, where nothing else is said."""

T = TypeVar("T")


class Reading(Protocol):
    """The bytes of an answer, as they come."""

    def read(self, amount: int, /) -> bytes:
        """The next bytes, at most so many; none at the end.

        Raises:
            XrpcError: it breaks off, or the server sends too slowly.
        """
        ...


class _Body:
    """The body of an answer, whose faults say where it is from."""

    def __init__(self, body: Streamed, where: str) -> None:
        self._body = body
        self._where = where

    def read(self, amount: int, /) -> bytes:
        try:
            return self._body.read(amount)
        except Passing as fault:
            raise XrpcError(f"{self._where}: {fault.reason}") from None

    def close(self) -> None:
        self._body.close()


@final
class Xrpc:
    """Calls to one server.

    Only public addresses are reached, unless the settings are for experiments. Answers are bounded, a server that stalls is left.
    GETs are made again where that may help; POSTs only where nothing can have happened. A token goes to the server that it is of
    and nowhere else, and stands in no text.

    Answers and bodies are JSON as `json` has it; `atdata_schema.data.from_json` and `to_json` lead to values of the data model.

    Args:
        origin: the server, as `https://host`.
        settings: whether http and private addresses are reached.
        login: whose token is sent.
        pace: how slowly it may answer.
        patience: how often it is asked.

    Attributes:
        origin: the server.
    """

    __slots__ = ("_local", "_login", "_pace", "_patience", "origin")

    def __init__(
        self,
        origin: str,
        *,
        settings: Settings | None = None,
        login: Login | None = None,
        pace: Pace = SLOWEST,
        patience: Patience = TRIES,
    ) -> None:
        self.origin: Final = origin
        self._local: Final = settings is not None and settings.local
        self._login: Final = login
        self._pace: Final = pace
        self._patience: Final = patience

    def __repr__(self) -> str:
        return f"Xrpc({self.origin!r})"

    def query(
        self, nsid: str, params: Params | None = None, *, max_bytes: int = MAX_ANSWER
    ) -> dict[str, Any]:
        """GET what is answered in JSON.

        Raises:
            XrpcError: no answer came, or one that cannot be used, or an error: `status` and `name` say which.
        """

        def read(response: Any) -> dict[str, Any]:
            return read_object(response, max_bytes)

        return self._get(nsid, params, read)

    def fetch(self, nsid: str, params: Params | None = None, *, max_bytes: int) -> bytes:
        """GET bytes, such as a CAR.

        Raises:
            XrpcError: as `query`.
        """

        def read(response: Any) -> bytes:
            return read_all(response, max_bytes)

        return self._get(nsid, params, read)

    @contextmanager
    def stream(self, nsid: str, params: Params | None = None) -> Iterator[Reading]:
        """GET bytes of any number, read as they come.

        Raises:
            XrpcError: as `query`; also while they are read.
        """
        response = self._get(nsid, params, _unread)
        with closing(_Body(Streamed(response), self._where(nsid))) as body:
            yield body

    def call(
        self,
        nsid: str,
        body: Mapping[str, Any] | None = None,
        *,
        max_bytes: int = MAX_ANSWER,
        repeat: bool = False,
    ) -> dict[str, Any]:
        """POST JSON; an empty answer is `{}`.

        Args:
            nsid: the procedure.
            body: its input.
            max_bytes: bytes that the answer may have.
            repeat: make it again also where it may have been done: of a procedure for which that does not matter.

        Raises:
            XrpcError: as `query`. Without a status it is not known whether it was done.
        """
        content = b"" if body is None else json_bytes(body)
        kind = None if body is None else JSON
        secrets = [] if body is None else secrets_of(body)
        sent = io.BytesIO(content)
        return self._post(nsid, sent, len(content), kind, max_bytes, self._pace, repeat, secrets)

    def upload(self, nsid: str, body: BinaryIO, size: int, content_type: str) -> dict[str, Any]:
        """POST a file, from where it stands, without holding it in memory.

        It is sent again after a fault, which does not matter: a server has each content once.

        Args:
            nsid: the procedure, such as `com.atproto.repo.uploadBlob`.
            body: the file. It has to be seekable where it should be sent again after a fault.
            size: how many bytes of it.
            content_type: what the server is told that it is.

        Raises:
            XrpcError: as `call`; a file that is too large is status 413.
        """
        # It is answered when all is stored.
        pace = replace(self._pace, grace=4 * self._pace.grace)
        return self._post(nsid, body, size, content_type, MAX_ANSWER, pace, True, [])

    def _where(self, nsid: str) -> str:
        return f"{self.origin}: {nsid}"

    def _url(self, nsid: str, params: Params | None = None) -> str:
        query = query_of(params or {})
        return f"{self.origin}/xrpc/{check('nsid', nsid)}" + (f"?{query}" if query else "")

    def _get(self, nsid: str, params: Params | None, read: Callable[[Any], T]) -> T:
        url, where = self._url(nsid, params), self._where(nsid)

        def act(token: Secret | None) -> T:
            response = ask(url, HEADERS, local=self._local, token=token, pace=self._pace)
            try:
                check_answer(response, where, [token] if token else [])
                check_encoding(response)
                return read(response)
            except BaseException:
                leave(response)
                raise

        return tried(act, where, login=self._login, again=_always, patience=self._patience)

    def _post(
        self,
        nsid: str,
        body: IO[bytes],
        size: int,
        content_type: str | None,
        max_bytes: int,
        pace: Pace,
        repeat: bool,
        secrets: list[Secret],
    ) -> dict[str, Any]:
        url, where = self._url(nsid), self._where(nsid)
        headers = {**HEADERS, "Content-Length": str(size)}
        if content_type is not None:
            headers["Content-Type"] = content_type
        begin = body.tell() if body.seekable() else None
        sent = False

        def act(token: Secret | None) -> dict[str, Any]:
            nonlocal sent
            if sent:
                if begin is None:
                    raise Refused("the token has ended, and what is uploaded cannot be read again")
                body.seek(begin)
            sent = True
            response = network().request(
                "POST",
                url,
                authorized(headers, token),
                public_only=not self._local,
                body=Part(body, size) if size else None,
                pace=pace,
            )
            try:
                # A redirect is an error: what was meant for one server is sent to no other.
                check_answer(response, where, [*secrets, *([token] if token else [])])
                check_encoding(response)
                return read_object(response, max_bytes, empty=True)
            finally:
                leave(response)

        def again(fault: Passing) -> bool:
            return begin is not None and (repeat or not fault.sent)

        return tried(act, where, login=self._login, again=again, patience=self._patience)


def _unread(response: Any) -> Any:
    return response


def _always(fault: Passing) -> bool:
    return True
