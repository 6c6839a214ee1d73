"""Repositories for tests: a writer of trees, commits and CARs that shares no code with the reader."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from atdata.atmosphere.identity.document import DidDocument
from atdata.atmosphere.identity.keys import Curve, PublicKey
from atdata_schema.data import Link, Value, cid_of_block, to_cbor

__all__ = [
    "DID",
    "Repository",
    "car",
    "key_pair",
    "layer",
    "number",
    "section",
    "sign",
    "tree",
    "way",
]

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
ORDERS = {
    Curve.K256: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    Curve.P256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}
Blocks = dict[str, bytes]


def layer(key: str) -> int:
    """The layer of a key, counted in digits."""
    bits = "".join(f"{byte:08b}" for byte in hashlib.sha256(key.encode()).digest())
    return (256 if "1" not in bits else bits.index("1")) // 2


def put(blocks: Blocks, value: Any) -> str:
    """Add a value to blocks."""
    block = to_cbor(value)
    cid = cid_of_block(block)
    blocks[cid] = block
    return cid


def tree(records: Mapping[str, str]) -> tuple[str, Blocks]:
    """The root of the tree of records, and its nodes."""
    blocks: Blocks = {}
    keys = sorted(records, key=str.encode)
    if not keys:
        return put(blocks, {"l": None, "e": []}), blocks
    root = _node(keys, max(map(layer, keys)), records, blocks)
    assert root is not None
    return root, blocks


def _node(keys: list[str], at: int, records: Mapping[str, str], blocks: Blocks) -> str | None:
    if not keys:
        return None
    own = [index for index, key in enumerate(keys) if layer(key) == at]
    bounds = [*own, len(keys)]
    left = _node(keys[: bounds[0]], at - 1, records, blocks)
    entries: list[Value] = []
    previous = b""
    for index, end in zip(own, bounds[1:], strict=True):
        key = keys[index].encode()
        kept = next(
            (i for i, (a, b) in enumerate(zip(previous, key, strict=False)) if a != b),
            min(len(previous), len(key)),
        )
        below = _node(keys[index + 1 : end], at - 1, records, blocks)
        entries.append(
            {
                "p": kept,
                "k": key[kept:],
                "v": Link(records[keys[index]]),
                "t": None if below is None else Link(below),
            }
        )
        previous = key
    return put(blocks, {"l": None if left is None else Link(left), "e": entries})


def number(value: int) -> bytes:
    """A varint."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def section(cid: bytes, block: bytes) -> bytes:
    """A section of a CAR."""
    return number(len(cid) + len(block)) + cid + block


def car(root: str, blocks: Mapping[str, bytes]) -> bytes:
    """A CAR."""
    header = to_cbor({"version": 1, "roots": [Link(root)]})
    sections = (section(Link(cid).binary, block) for cid, block in blocks.items())
    return number(len(header)) + header + b"".join(sections)


def key_pair(
    curve: Curve = Curve.K256, secret: int = 7
) -> tuple[ec.EllipticCurvePrivateKey, PublicKey]:
    """A key and its public half, always the same."""
    found = ec.derive_private_key(secret, ec.SECP256K1() if curve is Curve.K256 else ec.SECP256R1())
    point = found.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return found, PublicKey(curve, point)


def sign(
    secret: ec.EllipticCurvePrivateKey, curve: Curve, message: bytes, *, high: bool = False
) -> bytes:
    """A signature, of low S if not told otherwise."""
    r, s = decode_dss_signature(secret.sign(message, ec.ECDSA(SHA256())))
    if (s > ORDERS[curve] // 2) != high:
        s = ORDERS[curve] - s
    assert encode_dss_signature(r, s)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass
class Repository:
    """A repository with some records, signed."""

    records: Mapping[str, Any]
    did: str = DID
    curve: Curve = Curve.K256
    secret: int = 7
    rev: str = "3jzfcijpj2z2a"
    change: Mapping[str, Any] = field(default_factory=dict[str, Any])
    high: bool = False

    def __post_init__(self) -> None:
        self.blocks: Blocks = {}
        cids = {path: put(self.blocks, record) for path, record in self.records.items()}
        self.cids = cids
        self.data, nodes = tree(cids)
        self.blocks |= nodes
        secret, self.key = key_pair(self.curve, self.secret)
        unsigned: dict[str, Any] = {
            "did": self.did,
            "version": 3,
            "data": Link(self.data),
            "rev": self.rev,
            "prev": None,
            **self.change,
        }
        signature = sign(secret, self.curve, to_cbor(unsigned), high=self.high)
        self.root = put(self.blocks, {**unsigned, "sig": signature})
        self.document = DidDocument(self.did, "alice.example.org", self.key, None)

    def proof(self, path: str) -> bytes:
        """What a server answers about a path."""
        return car(self.root, self.proof_blocks(path))

    def proof_blocks(self, path: str) -> Blocks:
        """The commit, the nodes on the way, and the record."""
        wanted = [self.root, *way(self.blocks, self.data, path)]
        if path in self.cids:
            wanted.append(self.cids[path])
        return {cid: self.blocks[cid] for cid in wanted}

    def whole(self) -> bytes:
        """The CAR of all of it."""
        return car(self.root, self.blocks)


def way(blocks: Mapping[str, bytes], root: str, path: str) -> Iterable[str]:
    """The nodes on the way to a path."""
    from atdata_schema.data import from_cbor

    at: str | None = root
    while at is not None:
        yield at
        node: Any = from_cbor(blocks[at])
        below, key = node["l"], b""
        for entry in node["e"]:
            key = key[: entry["p"]] + entry["k"]
            if key == path.encode():
                return
            if key > path.encode():
                break
            below = entry["t"]
        at = None if below is None else below.text
