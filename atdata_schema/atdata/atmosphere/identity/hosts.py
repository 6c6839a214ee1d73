"""Names and addresses that a stranger may send us to: those of the public network.

A name can still lead to a private address: whoever connects looks at what it resolves to, as our sources do. Here is refused
what says so itself.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from atdata.errors import IdentityError
from atdata.shards.sources.addresses import may_be_reached
from atdata_schema.syntax import is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["LOCAL", "RESERVED", "check_host", "origin_of"]

RESERVED: Final = frozenset(
    ("alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion")
)
"""Top-level domains that no account and no server of the network has."""

LOCAL: Final = frozenset(("localhost", "test"))
"""Top-level domains for experiments on one machine; `test` may occur elsewhere and leads nowhere."""

_LONGEST: Final = 2048


def check_host(host: str, *, local: bool = False) -> None:
    """Refuse a host that is not on the public network.

    Args:
        host: a domain name, or an address without brackets.
        local: take `localhost`, names below it and private addresses too.

    Raises:
        IdentityError: it is no host, or not a public one.

    >>> check_host("pds.example.org")
    >>> check_host("169.254.169.254")
    Traceback (most recent call last):
        ...
    atdata.errors.IdentityError: '169.254.169.254' is not on the public network
    """
    top = host.rpartition(".")[2].lower()
    if local and (host == "localhost" or top in LOCAL):
        return
    # Only an address ends in a number, or has a colon: also 127.1, 2130706433 and 0x7f000001.
    if ":" in host or not top[:1].isalpha():
        if not _is_address(host):
            raise IdentityError(f"{quoted(host)} is no domain name and no IP address")
        if not (local or may_be_reached(host)):
            raise IdentityError(f"{quoted(host)} is not on the public network")
        return
    if host == "localhost" or top in RESERVED:
        raise IdentityError(f"{quoted(host)} is not on the public network")
    if not is_valid(
        "handle", host
    ):  # the same rules: two labels at least, and the usual characters
        raise IdentityError(f"{quoted(host)} is no domain name")


def _is_address(host: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return "%" not in host  # the interface of a link-local address


def origin_of(url: str, *, local: bool = False) -> str:
    """The origin that a URL is: a scheme, a host and perhaps a port.

    Args:
        url: an address from elsewhere; a slash at its end does not matter.
        local: take http and hosts of this machine and private networks too.

    Raises:
        IdentityError: it is no https URL, has more than an origin, or its host is not a public one.

    >>> origin_of("https://PDS.example.org/")
    'https://pds.example.org'
    """
    if (
        len(url) > _LONGEST
        or not url.isascii()
        or not url.isprintable()
        or " " in url
        or "\\" in url
    ):
        raise IdentityError(f"{quoted(url)} is no URL of a server")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise IdentityError(f"{quoted(url)} is no URL of a server") from None
    if parts.scheme not in (("https", "http") if local else ("https",)):
        raise IdentityError(f"{quoted(url)}: a server is reached by https")
    # Compared as a whole, since some parts cannot be told from absent ones: "https://host?", "https://host:".
    shown = "" if host is None else f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme}://{shown}" + ("" if port is None else f":{port}")
    if not shown or port == 0 or url.lower().removesuffix("/") != origin:
        raise IdentityError(
            f"{quoted(url)}: the address of a server is https://host or https://host:port"
        )
    check_host(host or "", local=local)
    return origin
