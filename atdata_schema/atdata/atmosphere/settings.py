"""Which servers of the network are asked: the user's configuration, and what the environment says instead."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from atdata.atmosphere.identity.dids import PLC_DIRECTORY
from atdata.atmosphere.identity.hosts import origin_of
from atdata.errors import IdentityError, LoadError
from atdata.home import home

__all__ = ["JETSTREAM", "RELAYS", "Settings", "settings"]

RELAYS: Final = (
    "https://relay1.us-east.bsky.network",
    "https://relay1.us-west.bsky.network",
    "https://lightrail.microcosm.blue",
)
"""Relays that say which repositories have records of a collection; the next is asked where one does not answer."""

JETSTREAM: Final = "wss://jetstream.us-east.bsky.network"
"""A server that sends what is published, as it is published."""

_MOST_NAMES: Final = 10_000  # of DNS names that the configuration answers for


@dataclass(frozen=True, slots=True)
class Settings:
    """Which servers are asked, and which addresses may be reached.

    Attributes:
        directory: the directory of did:plc, as an origin.
        relays: relays, as origins, in the order in which they are asked.
        jetstream: a Jetstream, as an origin of `wss` or `ws`.
        local: take http, `localhost`, `.test` and private addresses: for experiments and tests on one machine.
        dns: TXT records that are known without DNS, by name, for networks that have none.

    Raises:
        LoadError: an address is none, or is not public while `local` is not set.

    >>> Settings(dns={"_atproto.alice.test": ("did=did:plc:z72i7hdynmk6r22z27h6tvur",)}, local=True).directory
    'https://plc.directory'
    """

    directory: str = PLC_DIRECTORY
    relays: tuple[str, ...] = RELAYS
    jetstream: str = JETSTREAM
    local: bool = False
    dns: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def __post_init__(self) -> None:
        for name, value in (
            ("directory", _origin(self.directory, "directory", self.local)),
            ("relays", tuple(_origin(relay, "relays", self.local) for relay in self.relays)),
            ("jetstream", _web_socket(self.jetstream, self.local)),
            ("dns", {key.lower().rstrip("."): texts for key, texts in self.dns.items()}),
        ):
            object.__setattr__(self, name, value)


def settings() -> Settings:
    """What the user has set.

    `[atmosphere]` of `ATDATA_HOME/config.toml` has `directory`, `relays`, `jetstream`, `local`, and a table `dns`. The
    environment comes first: `ATDATA_PLC_DIRECTORY`, `ATDATA_RELAYS` (with commas between), `ATDATA_JETSTREAM`,
    `ATDATA_LOCAL` (`1` or `0`).

    Raises:
        LoadError: the file is no TOML, or something in it or in the environment is not as it should be. The message names it.
    """
    path = home() / "config.toml"
    found = _read_file(path)
    where = f"{path}: [atmosphere]"
    unknown = sorted(found.keys() - _KEYS.keys())
    if unknown:
        raise LoadError(
            f"{where} has {unknown[0][:40]!r}, which means nothing; it may have {', '.join(_KEYS)}"
        )
    given = {key: _KEYS[key](value, f"{where} {key}") for key, value in found.items()}
    for variable, (key, read) in _VARIABLES.items():
        if text := os.environ.get(variable):
            given[key] = read(text, variable)
    try:
        return Settings(**given)
    except LoadError as error:
        raise LoadError(f"{where}, or the environment: {error}") from None


def _read_file(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise LoadError(f"{path}: cannot be read: {error}") from None
    table: Any = content.get("atmosphere", {})
    if not isinstance(table, dict):
        raise LoadError(f"{path}: [atmosphere] is a table of settings")
    return dict(table)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise LoadError(f"{where} is a text in quotes")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise LoadError(f"{where} is a list of texts")


def _truth(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise LoadError(f"{where} is true or false")
    return value


def _records(value: object, where: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or len(value) > _MOST_NAMES:
        raise LoadError(
            f"{where} is a table of at most {_MOST_NAMES} names, each with a list of TXT records"
        )
    return {
        str(name): (
            (text,) if isinstance(text, str) else _texts(text, f"{where}: {str(name)[:80]!r}")
        )
        for name, text in value.items()
    }


def _switch(text: str, where: str) -> bool:
    if text not in ("0", "1"):
        raise LoadError(f"{where} is 1 or 0, not {text[:20]!r}")
    return text == "1"


def _listed(text: str, where: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_KEYS: Final[Mapping[str, Callable[[object, str], Any]]] = {
    "directory": _text,
    "relays": _texts,
    "jetstream": _text,
    "local": _truth,
    "dns": _records,
}
_VARIABLES: Final[Mapping[str, tuple[str, Callable[[str, str], Any]]]] = {
    "ATDATA_PLC_DIRECTORY": ("directory", _text),
    "ATDATA_RELAYS": ("relays", _listed),
    "ATDATA_JETSTREAM": ("jetstream", _text),
    "ATDATA_LOCAL": ("local", _switch),
}


def _origin(url: str, key: str, local: bool) -> str:
    try:
        return origin_of(url, local=local)
    except IdentityError as error:
        remedy = "" if local else "; `local` allows http and this machine, for experiments"
        raise LoadError(f"{key}: {error}{remedy}") from None


def _web_socket(url: str, local: bool) -> str:
    """An origin of web sockets, checked as the web's is."""
    scheme, separator, rest = url.partition("://")
    kinds = {"wss": "https", "ws": "http"}
    if not separator or scheme not in kinds:
        raise LoadError(f"jetstream: {url[:80]!r} is no address of the form wss://host")
    return f"{scheme}://{urlsplit(_origin(f'{kinds[scheme]}://{rest}', 'jetstream', local)).netloc}"
