"""Two accounts that publish, each on a server of its own, and a relay over both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from atdata.atmosphere import Atmosphere
from atdata.atmosphere.records.collections import ENTRY, SCHEMA, new_tid
from discovery_data import a_schema, array, entry_record, schema_record
from servers.pds import Account, AtmosphereOf, PdsServer
from servers.relay import Relay, RelayOf

__all__ = ["SCAN", "Author"]

SCAN = a_schema("org.example.scan", volume=array("int16", "D", "H", "W"), site={"type": "string"})


class Author:
    """An account that publishes."""

    def __init__(self, account: Account, atmosphere: Atmosphere) -> None:
        self.account = account
        self.did = account.did
        self._server = atmosphere.own()

    def write(
        self, collection: str, record: Mapping[str, Any], rkey: str | None = None
    ) -> tuple[str, str]:
        """Write a record; its AT-URI and its CID."""
        body = {
            "repo": self.did,
            "collection": collection,
            "rkey": rkey or new_tid(),
            "record": record,
            "validate": False,
        }
        done = self._server.call("com.atproto.repo.putRecord", body)
        return done["uri"], done["cid"]

    def delete(self, uri: str) -> None:
        """Delete a record."""
        *_, collection, rkey = uri.split("/")
        body = {"repo": self.did, "collection": collection, "rkey": rkey}
        self._server.call("com.atproto.repo.deleteRecord", body)

    def publish(self, name: str, **more: Any) -> str:
        """A dataset with its type; its AT-URI."""
        uri, cid = self.write(SCHEMA, schema_record(SCAN), "org.example.scan:1.0.0")
        return self.write(ENTRY, entry_record(name, uri, schema_cid=cid, **more))[0]


@pytest.fixture
def alice(pds: PdsServer, atmosphere_of: AtmosphereOf) -> Author:
    account = pds.account("alice")
    return Author(account, atmosphere_of(account))


@pytest.fixture
def bob(second_pds: PdsServer, atmosphere_of: AtmosphereOf) -> Author:
    account = second_pds.account("bob")
    return Author(account, atmosphere_of(account))


@pytest.fixture
def relay(pds: PdsServer, second_pds: PdsServer, relay_of: RelayOf) -> Relay:
    return relay_of(pds, second_pds)
