"""Handles: what a domain says, and that both directions have to agree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from atdata.atmosphere.identity.dids import resolve_did
from atdata.atmosphere.identity.document import MAX_DOCUMENT_BYTES
from atdata.atmosphere.identity.handles import normal_handle, resolve_handle
from atdata.atmosphere.identity.identities import resolve_identity
from atdata.errors import IdentityError, SourceError
from proof_data import DID

HANDLE = "alice.example.org"
TXT = f"_atproto.{HANDLE}"
WELL_KNOWN = f"https://{HANDLE}/.well-known/atproto-did"
DOCUMENT = f"https://plc.directory/{DID}"
OTHER = "did:plc:yk4dd2qkboz2yv6tpubpc6co"
VECTORS = Path(__file__).parent.parent / "data" / "syntax"


@dataclass
class Told:
    """A network of what it is told, which remembers what was asked."""

    txt: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    down: set[str] = field(default_factory=set[str])
    asked: list[str] = field(default_factory=list[str])
    most: list[int] = field(default_factory=list[int])

    def dns_txt(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if name in self.down:
            raise SourceError(f"{name}: no answer")
        return self.txt.get(name, [])

    def https_get(self, url: str, max_bytes: int) -> bytes | None:
        self.asked.append(url)
        self.most.append(max_bytes)
        if url in self.down:
            raise SourceError(f"{url}: no answer")
        return self.files.get(url)


def document(handle: str | None = HANDLE, did: str = DID) -> bytes:
    """A DID document."""
    names = [] if handle is None else [f"at://{handle}"]
    return json.dumps({"id": did, "alsoKnownAs": names}).encode()


def by_dns(*records: str) -> Told:
    """A network in which DNS has records of the handle."""
    return Told({TXT: list(records)}, {DOCUMENT: document()})


def by_web(content: bytes) -> Told:
    """A network in which the handle's web server has a DID."""
    return Told({}, {WELL_KNOWN: content, DOCUMENT: document()})


def test_dns_says_whose_a_handle_is() -> None:
    network = by_dns("v=spf1 -all", f"did={DID}", "DID=no", "x did=no")
    assert resolve_handle("@Alice.Example.org", network) == DID
    assert network.asked == [TXT], "the web is not asked where DNS has an answer"
    assert resolve_handle(HANDLE, by_dns(f"did={DID}", f"did={DID}")) == DID


@pytest.mark.parametrize("content", [DID, f"{DID}\n", f"  {DID}\r\n"])
def test_the_web_says_it_where_dns_does_not(content: str) -> None:
    network = by_web(content.encode())
    assert resolve_handle(HANDLE, network) == DID
    assert network.asked == [TXT, WELL_KNOWN]
    assert network.most == [2050]


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (by_dns(f"did={DID}", f"did={OTHER}"), "names 2 DIDs, so it is not clear whose"),
        (by_dns("did="), "holds '', which is no DID"),
        (by_dns("did=alice"), "holds 'alice', which is no DID"),
        (by_dns(f"did= {DID}"), "which is no DID"),
        (by_dns(*["x"] * 101), "has 101 TXT records; at most 100"),
        (Told(), f"nobody has the handle {HANDLE}: there is neither"),
        (by_web(b""), "holds '', which is no DID"),
        (by_web(b"<!doctype html>"), "which is no DID"),
        (by_web(f"{DID}\n{DID}".encode()), "which is no DID"),
        (by_web(DID.encode("utf-16")), "holds no DID"),
        (by_web(b"did:plc:\x1b[2J"), r"holds 'did:plc:\\x1b\[2J', which is no DID"),
    ],
)
def test_a_domain_that_says_nothing_clear_is_refused(network: Told, message: str) -> None:
    with pytest.raises(IdentityError, match=message):
        resolve_handle(HANDLE, network)


def test_no_answer_is_not_an_answer() -> None:
    network = by_web(DID.encode())
    network.down = {TXT}
    with pytest.raises(SourceError):
        resolve_handle(HANDLE, network)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alice", "at least two segments"),
        ("@@alice.example.org", "each segment"),
        ("alice.example.org/x", "each segment|last segment"),
        ("127.0.0.1", "the last segment of a handle starts with a letter"),
        ("alice.localhost", "no domain ends in .localhost"),
        ("alice.LOCAL", "no domain ends in .local"),
        ("alice.internal", "no domain ends in .internal"),
        ("alice.example", "no domain ends in .example"),
        ("alice.test", "no domain ends in .test"),
        ("handle.invalid", "no domain ends in .invalid"),
    ],
)
def test_what_is_no_handle_of_an_account_is_never_looked_up(text: str, message: str) -> None:
    network = Told()
    with pytest.raises(IdentityError, match=message):
        resolve_identity(text, network)
    assert network.asked == []


def test_experiments_have_handles_of_test() -> None:
    assert normal_handle("alice.TEST", local=True) == "alice.test"
    assert normal_handle("alice.localhost", local=True) == "alice.localhost"
    with pytest.raises(IdentityError):
        normal_handle("alice.internal", local=True)


def test_the_vectors_of_handles() -> None:
    for name, good in (("handle_syntax_valid.txt", True), ("handle_syntax_invalid.txt", False)):
        lines = (VECTORS / name).read_text("utf-8").split("\n")
        for text in (line for line in lines if line and not line.startswith("#")):
            top = text.rpartition(".")[2].lower()
            if good and top not in ("test", "arpa", "local", "onion", "example", "internal"):
                assert normal_handle(text) == text.lower()
            elif not good and not text.startswith("@"):
                with pytest.raises(IdentityError):
                    normal_handle(text)


def test_handle_and_did_name_each_other() -> None:
    for network in (by_dns(f"did={DID}"), by_web(DID.encode())):
        found = resolve_identity("@Alice.Example.org", network)
        assert (found.did, found.handle) == (DID, HANDLE)
        assert found.document.did == DID
        assert network.asked[-1] == DOCUMENT
        assert resolve_identity(DID, network) == found


def test_documents_are_limited() -> None:
    network = by_dns(f"did={DID}")
    resolve_identity(HANDLE, network)
    assert network.most == [MAX_DOCUMENT_BYTES]


@pytest.mark.parametrize("claimed", [None, "bob.example.org", "alice.example.net"])
def test_a_handle_that_the_did_does_not_claim_is_refused(claimed: str | None) -> None:
    """A revoked handle, or a domain that points to somebody else's account."""
    network = by_dns(f"did={DID}")
    network.files[DOCUMENT] = document(claimed)
    with pytest.raises(IdentityError, match=f"{HANDLE} names {DID}, whose document claims"):
        resolve_identity(HANDLE, network)
    assert resolve_identity(DID, network).handle is None


def test_a_did_that_claims_a_handle_of_somebody_else_has_none() -> None:
    network = by_dns(f"did={OTHER}")
    assert resolve_identity(DID, network).handle is None
    network = by_dns()
    assert resolve_identity(DID, network).handle is None
    network.down = {TXT}
    assert resolve_identity(DID, network).handle is None


def test_a_did_that_claims_a_private_name_has_no_handle() -> None:
    network = by_dns(f"did={DID}")
    network.files[DOCUMENT] = document("router.local")
    assert resolve_identity(DID, network).handle is None
    assert network.asked == [DOCUMENT], "it is not looked up"


def test_documents_that_are_not_there_or_of_another() -> None:
    with pytest.raises(IdentityError, match=f"there is no such DID; {DOCUMENT} has nothing"):
        resolve_did(DID, Told())
    with pytest.raises(IdentityError, match=f"it is that of '{OTHER}'"):
        resolve_did(DID, Told({}, {DOCUMENT: document(did=OTHER)}))
    with pytest.raises(SourceError):
        resolve_did(DID, Told(down={DOCUMENT}))


def test_a_did_web() -> None:
    did = "did:web:lab.example.org"
    url = "https://lab.example.org/.well-known/did.json"
    network = Told({"_atproto.lab.example.org": [f"did={did}"]}, {})
    network.files[url] = document("lab.example.org", did)
    assert resolve_identity("lab.example.org", network).did == did
    assert network.asked == ["_atproto.lab.example.org", url]
