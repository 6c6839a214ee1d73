"""Calls to one server."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import IO, Any, BinaryIO, Final, Protocol, TypeAlias, TypeVar, final
from urllib.parse import quote, urlencode

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

Params: TypeAlias = Mapping[str, str | int | bool | Sequence[str] | None]
"""Parameters of a query; what is None is left out, lists are repeated."""

MAX_ANSWER: Final = 4 << 20
"""Bytes that an answer in JSON may have, where nothing else is said."""

_JSON: Final = "application/json"

T = TypeVar("T")


class Reading(Protocol):
    """The bytes of an answer, as they come."""

    def read(self, amount: int, /) -> bytes:
        """The next bytes, at most so many; none at the end.

        Raises:
            XrpcError: it breaks off, or the server sends too slowly.
        """
        ...


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
            return _object(response, max_bytes)

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
        content = b"" if body is None else _json_bytes(body)
        kind = None if body is None else _JSON
        secrets = [] if body is None else _secrets_of(body)
        return self._post(nsid, io.BytesIO(content), len(content), kind, max_bytes, repeat, secrets)

    def upload(self, nsid: str, body: BinaryIO, size: int, content_type: str) -> dict[str, Any]:
        """POST a file, from where it stands, without holding it in memory.

        Args:
            nsid: the procedure, such as `com.atproto.repo.uploadBlob`.
            body: the file. It has to be seekable where it should be sent again after a fault.
            size: how many bytes of it.
            content_type: what the server is told that it is.

        Raises:
            XrpcError: as `call`; a file that is too large is status 413.
        """
        return self._post(nsid, body, size, content_type, MAX_ANSWER, False, [])

    def _where(self, nsid: str) -> str:
        return f"{self.origin}: {nsid}"

    def _url(self, nsid: str, params: Params | None = None) -> str:
        query = urlencode(list(_pairs(params or {})), quote_via=quote)
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
                    raise Refused("it would have to be sent again, and what is uploaded cannot be read again")
                body.seek(begin)
            sent = True
            response = network().request(
                "POST",
                url,
                authorized(headers, token),
                public_only=not self._local,
                body=Part(body, size) if size else None,
                pace=self._pace,
            )
            try:
                # A redirect is an error: what was meant for one server is sent to no other.
                check_answer(response, where, [*secrets, *([token] if token else [])])
                check_encoding(response)
                return _object(response, max_bytes, empty=True)
            finally:
                leave(response)

        def again(fault: Passing) -> bool:
            return repeat or not fault.sent

        return tried(act, where, login=self._login, again=again, patience=self._patience)


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


def _unread(response: Any) -> Any:
    return response


def _always(fault: Passing) -> bool:
    return True


def _pairs(params: Params) -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        if isinstance(value, bool):
            yield name, "true" if value else "false"
        elif isinstance(value, str | int):
            yield name, str(value)
        elif value is not None:
            for item in value:
                yield name, item


def _json_bytes(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _secrets_of(body: Mapping[str, Any]) -> list[Secret]:
    """What a server must not make us show that was sent to it."""
    password = body.get("password")
    return [Secret(password)] if isinstance(password, str) else []


def _object(response: Any, most: int, *, empty: bool = False) -> dict[str, Any]:
    """The object that an answer is.

    Raises:
        Passing: it broke off.
        Refused: it is none.
    """
    data = read_all(response, most)
    if empty and not data:
        return {}
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != _JSON:
        raise Refused(f"the answer is {kind[:40]!r}, where {_JSON} was expected: is this a server of the network?")
    try:
        found = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refused("the answer is no JSON") from None
    if not isinstance(found, dict):
        raise Refused("the answer is no JSON object")
    return found


def _refuse_constant(text: str) -> Any:
    raise ValueError(text)
