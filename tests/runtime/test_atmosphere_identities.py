"""Accounts by handle or DID: looked up once a day, shared between programs, there without a network."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from atdata.atmosphere import Atmosphere, Settings
from atdata.atmosphere.identities import Identities
from atdata.atmosphere.lookups import LiveResolver
from atdata.errors import IdentityError, SourceError
from servers.dns import DnsServer
from servers.http import HttpServer
from servers.pds import PdsServer

pytestmark = [pytest.mark.usefixtures("user_folders")]

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
OTHER = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
KEY = "zQ3shQo6TF2moaqMTrUZEM1jeuYRQXeHEx4evX9751y2qPqRA"
DOCUMENT: dict[str, Any] = {
    "id": DID,
    "alsoKnownAs": ["at://alice.example.org"],
    "verificationMethod": [
        {"id": "#atproto", "type": "Multikey", "controller": DID, "publicKeyMultibase": KEY}
    ],
    "service": [
        {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": "https://pds.example.org",
        }
    ],
}


class Lookups:
    """A network whose answers are set, and counted."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = DOCUMENT
        self.dids = [f"did={DID}"]
        self.down = False
        self.count = 0

    def dns_txt(self, name: str) -> Sequence[str]:
        self._ask()
        return self.dids if name == "_atproto.alice.example.org" else []

    def https_get(self, url: str, max_bytes: int) -> bytes | None:
        self._ask()
        return json.dumps(self.document).encode() if url.endswith(DID) else None

    def _ask(self) -> None:
        self.count += 1
        if self.down:
            raise SourceError("no network")


class Clock:
    """The time, as a test sets it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_800_000_000.0
        monkeypatch.setattr("atdata.atmosphere.identities.time.time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_an_account_is_looked_up_once_a_day(clock: Clock) -> None:
    lookups = Lookups()
    identities = Identities(Settings(), lookups)
    found = identities.identity("@Alice.example.org")
    assert (found.did, found.handle) == (DID, "alice.example.org")
    asked = lookups.count
    for name in ("alice.example.org", DID, "@alice.example.org"):
        assert identities.identity(name) == found
        assert Identities(Settings(), lookups).identity(name) == found, "another program"
    clock.now += 86_399
    assert Identities(Settings(), lookups).identity(DID) == found
    assert lookups.count == asked
    clock.now += 2
    lookups.document = {**DOCUMENT, "service": []}
    for each in (identities, Identities(Settings(), lookups)):
        assert each.identity(DID).document.pds is None
    assert lookups.count > asked


def test_it_is_looked_up_anew_on_request(clock: Clock) -> None:
    lookups = Lookups()
    identities = Identities(Settings(), lookups)
    identities.identity(DID)
    lookups.document = {**DOCUMENT, "service": []}
    assert identities.identity(DID).document.pds == "https://pds.example.org"
    assert identities.identity(DID, fresh=True).document.pds is None
    assert identities.identity(DID).document.pds is None
    assert Identities(Settings(), lookups).identity(DID).document.pds is None


def test_another_program_that_looked_anew_is_believed(clock: Clock) -> None:
    lookups = Lookups()
    old = Identities(Settings(), lookups)
    old.identity(DID)
    clock.now += 90_000
    lookups.document = {**DOCUMENT, "service": []}
    Identities(Settings(), lookups).identity(DID)
    asked = lookups.count
    assert old.identity(DID).document.pds is None
    assert lookups.count == asked


def test_without_a_network_what_was_known_is_known(clock: Clock) -> None:
    lookups = Lookups()
    found = Identities(Settings(), lookups).identity("alice.example.org")
    clock.now += 400 * 86_400
    lookups.down = True
    identities = Identities(Settings(), lookups)
    with pytest.raises(SourceError, match="no network"):
        identities.identity("alice.example.org")
    for name in ("@alice.example.org", DID):
        assert identities.known(name) == found
    assert identities.known("bob.example.org") is None
    assert identities.known("no handle") is None
    assert identities.known(OTHER) is None


def test_a_handle_that_was_given_up_is_known_no_more(clock: Clock) -> None:
    lookups = Lookups()
    identities = Identities(Settings(), lookups)
    identities.identity("alice.example.org")
    lookups.dids = [f"did={OTHER}"]
    with pytest.raises(IdentityError):
        identities.identity("alice.example.org", fresh=True)
    assert identities.known("alice.example.org") is None
    assert identities.known(DID) is not None
    with pytest.raises(IdentityError):
        identities.identity("alice.example.org")


DAMAGED: list[str | dict[str, Any]] = [
    "",
    "[1]",
    "[" * 50_000,
    {"name": "bob.example.org"},
    {"form": 2},
    {"at": 1_900_000_000},
    {"at": "yesterday"},
    {"key": "did:key:zzz"},
    {"pds": "http://127.0.0.1"},
    {"handle": 3},
    {"claims": ["x"]},
]


@pytest.mark.parametrize("damage", DAMAGED, ids=range(len(DAMAGED)))
def test_what_is_kept_and_damaged_is_looked_up_again(
    clock: Clock, damage: str | dict[str, Any], user_folders: Path
) -> None:
    lookups = Lookups()
    found = Identities(Settings(), lookups).identity(DID)
    (path,) = (user_folders / "cache" / "identities").glob("*.json")
    kept = json.loads(path.read_text())
    path.write_text(damage if isinstance(damage, str) else json.dumps({**kept, **damage}))
    asked = lookups.count
    assert Identities(Settings(), lookups).identity(DID) == found
    assert lookups.count > asked


def test_directories_are_told_apart_and_nothing_is_kept_where_that_is_turned_off(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, user_folders: Path
) -> None:
    lookups = Lookups()
    Identities(Settings(), lookups).identity(DID)
    asked = lookups.count
    Identities(Settings(directory="https://plc.example.org"), lookups).identity(DID)
    assert lookups.count > asked
    monkeypatch.setenv("ATDATA_CACHE", "")
    identities = Identities(Settings(), lookups)
    identities.identity(DID)
    asked = lookups.count
    identities.identity(DID)
    assert lookups.count == asked, "one program remembers"
    assert Identities(Settings(), lookups).known(DID) is None
    monkeypatch.setenv("ATDATA_CACHE", "/dev/null/nowhere")
    assert Identities(Settings(), lookups).identity(DID).did == DID


def test_dns_is_asked_what_the_settings_do_not_know(dns_server: DnsServer) -> None:
    dns_server.records = {
        "_atproto.alice.example.org": [["did=did:plc:", "z72i7hdynmk6r22z27h6tvur"], ["other"]],
        "_atproto.empty.example.org": [],
        "_atproto.odd.example.org": [["did=\\255\\254"]],
    }
    resolver = LiveResolver(Settings(dns={"_atproto.Known.example.org.": ("did=x",)}))
    assert sorted(resolver.dns_txt("_atproto.alice.example.org")) == [f"did={DID}", "other"]
    assert list(resolver.dns_txt("_atproto.empty.example.org")) == []
    assert list(resolver.dns_txt("_atproto.nobody.example.org")) == []
    assert list(resolver.dns_txt("_atproto.odd.example.org")) == ["did=\\xff\\xfe"]
    assert list(resolver.dns_txt("_atproto." + "a." * 130 + "org")) == []
    asked = len(dns_server.asked)
    assert list(resolver.dns_txt("_atproto.known.example.org")) == ["did=x"]
    assert list(LiveResolver(Settings(local=True)).dns_txt("_atproto.alice.test")) == []
    assert len(dns_server.asked) == asked
    dns_server.failing = True
    with pytest.raises(SourceError, match=r"DNS says nothing of '_atproto\.alice\.example\.org'"):
        resolver.dns_txt("_atproto.alice.example.org")


def test_a_name_server_that_does_not_answer_is_not_taken_for_no(
    dns_server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.atmosphere.lookups._SECONDS", 0.2)
    dns_server.silent = True
    with pytest.raises(SourceError, match=r"\(LifetimeTimeout\): check the network"):
        LiveResolver(Settings()).dns_txt("_atproto.alice.example.org")


def test_what_is_not_installed_is_named(source_env: dict[str, str]) -> None:
    code = (
        "import sys; sys.modules['dns'] = None\n"
        "from atdata.atmosphere import Atmosphere, Settings\n"
        "try: Atmosphere(settings=Settings()).server('alice.example.org')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=source_env, capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        "LoadError handles are looked up with dnspython: pip install 'atdata[atmosphere]'\n"
    )


def test_an_account_of_did_web_is_found_by_its_host(
    http_server: HttpServer, pds: PdsServer
) -> None:
    port = http_server.url.rpartition(":")[2]
    did = f"did:web:localhost%3A{port}"
    service = {
        "id": "#atproto_pds",
        "type": "AtprotoPersonalDataServer",
        "serviceEndpoint": pds.url,
    }
    document: dict[str, Any] = {
        "id": did,
        "alsoKnownAs": ["at://lab.test"],
        "service": [service],
    }
    http_server.put(".well-known/did.json", json.dumps(document).encode())
    settings = Settings(local=True, dns={"_atproto.lab.test": (f"did={did}",)})
    found = Atmosphere(settings=settings)
    assert found.server("@lab.test").origin == pds.url
    assert found.identities.identity(did).handle == "lab.test"
    with pytest.raises(IdentityError, match="no port in this protocol"):
        Atmosphere(settings=Settings()).server(did)


def test_accounts_of_real_servers_are_found(
    pds: PdsServer, second_pds: PdsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = pds.account("alice"), second_pds.account("bob")
    reader = Atmosphere(settings=second_pds.settings())
    for account, server in ((alice, pds), (bob, second_pds)):
        identity = reader.identities.identity(f"@{account.handle}")
        assert (identity.did, identity.handle) == (account.did, account.handle)
        assert identity.document.key is not None
        assert reader.server(account.did).origin == server.url
        asked = reader.server(account.did).query("com.atproto.server.describeServer")
        assert asked["availableUserDomains"] == [".test"]
    alone = Atmosphere(settings=Settings(directory=pds.plc_url, local=True))
    assert alone.identities.known(alice.did) is not None, "kept by the other one"
    assert alone.identities.known("carol.test") is None
