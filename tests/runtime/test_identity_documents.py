"""DID documents and where they are found: what is read, and what a stranger's document cannot do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.atmosphere.identity.base58 import base58_text
from atdata.atmosphere.identity.dids import document_url
from atdata.atmosphere.identity.document import (
    MAX_DOCUMENT_BYTES,
    DidDocument,
    parse_did_document,
)
from atdata.atmosphere.identity.hosts import check_host, origin_of
from atdata.atmosphere.identity.keys import Curve
from atdata.errors import IdentityError
from proof_data import DID, key_pair

_, KEY = key_pair()
_, OTHER_KEY = key_pair(Curve.P256)


def method(**change: Any) -> dict[str, Any]:
    """A verification method."""
    return {
        "id": f"{DID}#atproto",
        "type": "Multikey",
        "controller": DID,
        "publicKeyMultibase": KEY.multikey,
    } | change


def service(**change: Any) -> dict[str, Any]:
    """A service."""
    return {
        "id": "#atproto_pds",
        "type": "AtprotoPersonalDataServer",
        "serviceEndpoint": "https://pds.example.org",
    } | change


def document(**change: Any) -> dict[str, Any]:
    """A document as the directory gives it."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": DID,
        "alsoKnownAs": ["at://alice.example.org"],
        "verificationMethod": [method()],
        "service": [service()],
    } | change


def parsed(**change: Any) -> DidDocument:
    """A document, read."""
    return parse_did_document(json.dumps(document(**change)), DID)


def test_a_usual_document() -> None:
    assert parsed() == DidDocument(DID, "alice.example.org", KEY, "https://pds.example.org")
    assert parse_did_document(json.dumps(document()).encode(), DID) == parsed()


def test_what_is_absent_is_none() -> None:
    assert parse_did_document(f'{{"id": "{DID}"}}', DID) == DidDocument(DID, None, None, None)
    empty = parsed(alsoKnownAs=[], verificationMethod=[], service=[])
    assert empty == DidDocument(DID, None, None, None)
    assert parsed(alsoKnownAs=None).handle is None
    others = parsed(
        verificationMethod=[method(id="#atproto_label")], service=[service(id="#atproto_labeler")]
    )
    assert (others.key, others.pds) == (None, None)


@pytest.mark.parametrize("name", ["#atproto", f"{DID}#atproto"])
def test_identifiers_in_full_or_as_fragments(name: str) -> None:
    assert parsed(verificationMethod=[method(id=name)]).key == KEY
    assert parsed(service=[service(id=name + "_pds")]).pds == "https://pds.example.org"


def test_identifiers_of_another_did_are_not_its_own() -> None:
    foreign = "did:plc:yk4dd2qkboz2yv6tpubpc6co#atproto"
    assert parsed(verificationMethod=[method(id=foreign)]).key is None


def test_a_handle_is_the_first_that_is_one() -> None:
    names = [
        "https://alice.example.net",
        "at://-no",
        "at://Alice.Example.Org",
        "at://b.example.org",
    ]
    assert parsed(alsoKnownAs=names).handle == "alice.example.org"
    assert parsed(alsoKnownAs=["at://alice.example.org/path"]).handle is None
    assert parsed(alsoKnownAs=["at://did:plc:x"]).handle is None


def test_keys_of_both_curves_and_of_old_documents() -> None:
    assert (
        parsed(verificationMethod=[method(publicKeyMultibase=OTHER_KEY.multikey)]).key == OTHER_KEY
    )
    old = method(
        type="EcdsaSecp256k1VerificationKey2019", publicKeyMultibase="z" + base58_text(KEY.point)
    )
    assert parsed(verificationMethod=[old]).key == KEY


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "did:plc:yk4dd2qkboz2yv6tpubpc6co"}, "it is that of 'did:plc:yk4dd2"),
        ({"id": None}, "it is that of nobody"),
        ({"alsoKnownAs": "at://a.example.org"}, "alsoKnownAs is no list"),
        ({"alsoKnownAs": [7]}, "alsoKnownAs has an item that is no text"),
        ({"alsoKnownAs": [""] * 300}, "alsoKnownAs has 300 items; at most 256"),
        ({"verificationMethod": {}}, "verificationMethod is no list"),
        ({"verificationMethod": ["#atproto"]}, "verificationMethod has an item that is no object"),
        ({"verificationMethod": [method()] * 2}, "has #atproto twice"),
        ({"verificationMethod": [method(controller="did:plc:a")]}, "its controller is another DID"),
        ({"verificationMethod": [method(type=None)]}, "#atproto: type is no text"),
        ({"verificationMethod": [method(type="JsonWebKey2020")]}, "'JsonWebKey2020' are not used"),
        ({"verificationMethod": [method(publicKeyMultibase="zz")]}, "a key of another kind"),
        ({"verificationMethod": [method(publicKeyMultibase=1)]}, "publicKeyMultibase is no text"),
        ({"service": [service(type="x")]}, "#atproto_pds: its type is 'x'"),
        ({"service": [service(), service(id=f"{DID}#atproto_pds")]}, "has #atproto_pds twice"),
        ({"service": [service(serviceEndpoint={})]}, "serviceEndpoint is no text"),
        ({"service": [service(serviceEndpoint="http://a.example.org")]}, "is reached by https"),
        ({"service": [service(serviceEndpoint="https://10.0.0.1")]}, "not on the public network"),
        ({"x": 1.5}, "the data model has no floats"),
    ],
)
def test_what_is_there_and_wrong_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(IdentityError, match=f"the DID document of '{DID}': .*{message}"):
        parsed(**change)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON"),
        ("[]", "DID document"),
        ('{"id": "a", "id": "b"}', "occurs twice"),
        (" " * (MAX_DOCUMENT_BYTES + 1), "65536 bytes"),
        ("[" * 50_000, "DID document"),
        (b"\xff", "UTF-8"),
    ],
)
def test_what_is_no_document_is_refused(text: str | bytes, message: str) -> None:
    with pytest.raises(IdentityError, match=message):
        parse_did_document(text, DID)


jsons = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "#atproto", "Multikey"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "type", "controller"]), inner, max_size=3),
    max_leaves=5,
)
properties = st.sampled_from(["id", "alsoKnownAs", "verificationMethod", "service", "x"])


@given(st.dictionaries(properties, jsons, max_size=3))
def test_any_json_is_a_document_or_refused(content: dict[str, Any]) -> None:
    try:
        found = parse_did_document(json.dumps({"id": DID} | content), DID)
    except IdentityError:
        return
    assert found.did == DID


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://pds.example.org", "https://pds.example.org"),
        ("https://PDS.example.org/", "https://pds.example.org"),
        ("https://pds.example.org:8443", "https://pds.example.org:8443"),
        ("https://93.184.215.14", "https://93.184.215.14"),
        ("https://[2606:2800:21f:cb07::1]:8443", "https://[2606:2800:21f:cb07::1]:8443"),
    ],
)
def test_origins(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pds.example.org",
        "http://pds.example.org",
        "ftp://pds.example.org",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "https://user@pds.example.org",
        "https://user:secret@pds.example.org",
        "https://pds.example.org/xrpc",
        "https://pds.example.org//",
        "https://pds.example.org?x",
        "https://pds.example.org?",
        "https://pds.example.org#",
        "https://pds.example.org:",
        "https://pds.example.org:0",
        "https://pds.example.org:0443",
        "https://pds.example.org:99999",
        "https://pds.example.org:x",
        "https://pds.example.org\\@127.0.0.1",
        "https://pds.example.org\t",
        "https://pds.example.org\n",
        "https://pds .example.org",
        "https://pds.exämple.org",
        "https://pds",
        "https://localhost",
        "https://pds.localhost",
        "https://pds.internal",
        "https://pds.local",
        "https://a.onion",
        "https://pds.example.org.",
        "https://127.0.0.1",
        "https://127.0.0.1.",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0177.0.0.1",
        "https://0x7f.0.0.1",
        "https://10.1.2.3",
        "https://192.168.0.1",
        "https://172.16.0.1",
        "https://169.254.169.254",
        "https://100.64.0.1",
        "https://0.0.0.0",
        "https://224.0.0.1",
        "https://[::1]",
        "https://[::]",
        "https://[fe80::1]",
        "https://[fe80::1%25eth0]",
        "https://[fd00::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[64:ff9b::7f00:1]",
        "https://[2002:7f00:1::]",
        "https://[v1.x]",
        "https://[::1",
        "https://" + "a." * 1500 + "org",
    ],
)
def test_what_is_no_public_origin_is_refused(url: str) -> None:
    with pytest.raises(IdentityError):
        origin_of(url)


def test_experiments_may_stay_on_one_machine() -> None:
    for url in (
        "http://localhost:2583",
        "http://127.0.0.1:2583",
        "http://pds.test",
        "https://[::1]:1",
    ):
        assert origin_of(url, local=True) == url
        local = document(service=[service(serviceEndpoint=url)])
        assert parse_did_document(json.dumps(local), DID, local=True).pds == url
    for url in ("file:///etc/passwd", "http://user@localhost", "http://pds", "http://127.1"):
        with pytest.raises(IdentityError):
            origin_of(url, local=True)
    check_host("10.0.0.1", local=True)


@pytest.mark.parametrize(
    ("did", "url"),
    [
        (DID, f"https://plc.directory/{DID}"),
        ("did:web:lab.example.org", "https://lab.example.org/.well-known/did.json"),
    ],
)
def test_where_documents_are(did: str, url: str) -> None:
    assert document_url(did) == url


def test_another_directory() -> None:
    assert document_url(DID, directory="http://localhost:2582/") == f"http://localhost:2582/{DID}"


@pytest.mark.parametrize(
    ("did", "message"),
    [
        ("alice.example.org", "is no DID"),
        ("did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", "did:plc and did:web only"),
        ("did:plc:z72i7hdynmk6r22z27h6tvu", "is no did:plc"),
        ("did:plc:z72i7hdynmk6r22z27h6tvu1", "is no did:plc"),
        ("did:plc:Z72I7HDYNMK6R22Z27H6TVUR", "is no did:plc"),
        ("did:plc:z72i7hdynmk6r22z27h6tvur:x", "is no did:plc"),
        ("did:plc:..%2F..%2Fz72i7hdynmk6r2", "is no did:plc"),
        ("did:web:lab.example.org:user:alice", "no path"),
        ("did:web:lab.example.org%3A8443", "no port"),
        ("did:web:localhost%3A2583", "no port"),
        ("did:web:localhost", "is no host name"),
        ("did:web:lab.example.org%2Fx", "no port"),
        ("did:web:Lab.example.org", "in lower case"),
        ("did:web:127.0.0.1", "is no host name"),
        ("did:web:pds.internal", "not on the public network"),
        ("did:web:a.b.localhost", "not on the public network"),
        ("did:web:-a.example.org", "is no host name"),
    ],
)
def test_dids_that_lead_nowhere(did: str, message: str) -> None:
    with pytest.raises(IdentityError, match=message):
        document_url(did)


def test_experiments_have_dids_of_localhost() -> None:
    url = document_url("did:web:localhost%3A2583", local=True)
    assert url == "http://localhost:2583/.well-known/did.json"
    for did in ("did:web:localhost%3A2583:x", "did:web:lab.example.org%3A2583"):
        with pytest.raises(IdentityError, match=r"no path|no port"):
            document_url(did, local=True)
