"""An account of did:web on a server of the tests: its document is served here, and it is made as an account that moves in."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from atdata.atmosphere.identity.keys import Curve
from proof_data import key_pair, sign
from servers.http import HttpServer
from servers.pds import Account, PdsServer

__all__ = ["web_account"]


@contextmanager
def web_account(pds: PdsServer, name: str) -> Generator[Account]:
    """An account whose DID is the name of a host of this machine, as long as the block lasts."""
    host = HttpServer()
    did = f"did:web:localhost%3A{host.url.rpartition(':')[2]}"
    handle, password = pds.accounts.free_handle(name), secrets.token_urlsafe(18)
    private, public = key_pair()
    try:
        _publish(host, did, handle, public.multikey, pds.url)
        service = pds.get("com.atproto.server.describeServer")["did"]
        proof = _proof(private, did, service)
        body = {
            "did": did,
            "handle": handle,
            "email": f"{handle}@example.org",
            "password": password,
        }
        made = pds.post("com.atproto.server.createAccount", body, proof)
        token = made["accessJwt"]
        wanted = pds.get("com.atproto.identity.getRecommendedDidCredentials", token)
        key = wanted["verificationMethods"]["atproto"].removeprefix("did:key:")
        _publish(host, did, handle, key, pds.url)
        pds.post("com.atproto.server.activateAccount", None, token)
        account = Account(did, handle, password, pds.url)
        pds.accounts.add(account)
        yield account
    finally:
        host.close()


def _publish(host: HttpServer, did: str, handle: str, key: str, pds: str) -> None:
    document = {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": did,
        "alsoKnownAs": [f"at://{handle}"],
        "verificationMethod": [
            {
                "id": f"{did}#atproto",
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key,
            }
        ],
        "service": [
            {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds}
        ],
    }
    host.put(".well-known/did.json", json.dumps(document).encode())


def _proof(private: ec.EllipticCurvePrivateKey, did: str, service: str) -> str:
    """What proves to a server that the DID is ours."""
    now = int(time.time())
    payload = {
        "iss": did,
        "aud": service,
        "lxm": "com.atproto.server.createAccount",
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_hex(16),
    }
    signed = f"{_part({'typ': 'JWT', 'alg': 'ES256K'})}.{_part(payload)}"
    return f"{signed}.{_spelled(sign(private, Curve.K256, signed.encode()))}"


def _part(value: Mapping[str, Any]) -> str:
    return _spelled(json.dumps(value).encode())


def _spelled(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
