"""Which addresses strangers may send us to."""

from __future__ import annotations

import ipaddress
import os
from functools import lru_cache
from typing import Final

from atdata.errors import LoadError

__all__ = ["is_public", "may_be_reached"]

_VARIABLE: Final = "ATDATA_ALLOW_PRIVATE_HOSTS"
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public network, whatever it is wrapped in.

    >>> is_public("93.184.215.14"), is_public("::ffff:127.0.0.1"), is_public("169.254.169.254")
    (True, False, False)
    """
    found = _unwrapped(address)
    return found.is_global and not found.is_multicast


def may_be_reached(address: str) -> bool:
    """Whether strangers may send us to an IP address: a public one, or one that the user allows.

    `ATDATA_ALLOW_PRIVATE_HOSTS` has networks that count as public, with commas between: those of an intranet.

    Raises:
        LoadError: the variable has something else.

    >>> import os
    >>> os.environ["ATDATA_ALLOW_PRIVATE_HOSTS"] = "10.1.0.0/16,fd00::/8"
    >>> may_be_reached("10.1.2.3"), may_be_reached("10.2.0.1")
    (True, False)
    >>> del os.environ["ATDATA_ALLOW_PRIVATE_HOSTS"]
    """
    if is_public(address):
        return True
    found = _unwrapped(address)
    return any(
        found.version == network.version and found in network
        for network in _allowed(os.environ.get(_VARIABLE, ""))
    )


def _unwrapped(address: str) -> Address:
    """The address that is reached, where an IPv6 address holds one of IPv4."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        return inner or found
    return found


@lru_cache(maxsize=8)
def _allowed(text: str) -> tuple[Network, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tuple(ipaddress.ip_network(part) for part in parts)
    except ValueError as error:
        raise LoadError(
            f"{_VARIABLE}: {str(error)[:100]}; it has networks with commas between, such as 10.0.0.0/8,fd00::/8"
        ) from None
