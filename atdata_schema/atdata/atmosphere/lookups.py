"""The look-ups that identities need, over the network: DNS, and small files of strangers' hosts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from atdata.atmosphere.identity.hosts import LOCAL
from atdata.atmosphere.missing import INSTALL
from atdata.atmosphere.settings import Settings
from atdata.atmosphere.xrpc.asking import HEADERS, SLOWEST, ask, check_encoding, read_all
from atdata.errors import LoadError, SourceError
from atdata.shards.sources.network import Refused
from atdata.shards.sources.pace import Pace
from atdata.shards.sources.redirects import leave
from atdata.shards.sources.retrying import Passing
from atdata_schema.syntax.quoting import quoted

__all__ = ["LiveResolver"]

_SECONDS: Final = 10.0  # for all name servers of one question together
_TRIES: Final = 2
_NOTHING: Final = frozenset({404, 410})


class LiveResolver:
    """Look-ups over the network; a `Resolver` of `identity`.

    Args:
        settings: TXT records that are known without DNS, and whether private hosts may be reached.
        pace: how slowly a host may answer.
    """

    def __init__(self, settings: Settings, pace: Pace = SLOWEST) -> None:
        self._known: Final = settings.dns
        self._local: Final = settings.local
        self._pace: Final = pace

    def dns_txt(self, name: str) -> Sequence[str]:
        """The TXT records of a name; none where there are none.

        Raises:
            SourceError: no answer came.
            LoadError: dnspython is not installed.
        """
        known = self._known.get(name.lower())
        if known is not None:
            return known
        # Nobody else knows of these.
        if self._local and name.lower().rpartition(".")[2] in LOCAL:
            return ()
        return _asked(name)

    def https_get(self, url: str, max_bytes: int) -> bytes | None:
        """What a URL answers; None where it says that there is nothing.

        Raises:
            SourceError: no answer came, or one that is too large or an error.
        """
        for left in reversed(range(_TRIES)):
            try:
                return self._read(url, max_bytes)
            except Passing as fault:
                if not left:
                    raise SourceError(f"{quoted(url)}: {fault.reason}") from None
            except Refused as refused:
                raise SourceError(f"{quoted(url)}: {refused.reason}") from None
        raise AssertionError  # the last try returns or raises

    def _read(self, url: str, max_bytes: int) -> bytes | None:
        response = ask(url, HEADERS, local=self._local, pace=self._pace)
        try:
            if response.status in _NOTHING:
                return None
            if response.status >= 500:
                raise Passing(f"the server answered {response.status}")
            if response.status != 200:
                raise Refused(f"the server answered {response.status}")
            check_encoding(response)
            return read_all(response, max_bytes)
        finally:
            leave(response)


def _asked(name: str) -> tuple[str, ...]:
    """The TXT records of a name, asked of the system's name servers."""
    try:
        import dns.exception
        import dns.name
        import dns.resolver
    except ImportError:
        raise LoadError(f"handles are looked up with dnspython: {INSTALL}") from None
    try:
        answer: Any = dns.resolver.resolve(name, "TXT", lifetime=_SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.name.NameTooLong, dns.name.LabelTooLong, dns.name.EmptyLabel):
        return ()  # a name that cannot be in DNS
    except (dns.exception.DNSException, OSError) as error:
        raise SourceError(
            f"DNS says nothing of {quoted(name)} ({type(error).__name__}): check the network; [atmosphere.dns] of "
            "config.toml may have records for networks without it"
        ) from None
    # No DID has other characters than those of ASCII.
    return tuple(b"".join(record.strings).decode("ascii", "backslashreplace") for record in answer)
