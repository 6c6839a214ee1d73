"""The CIDs that the protocol computes: version 1, sha2-256, base32."""

from __future__ import annotations

import hashlib

from atdata_schema.data.cbor_encoding import to_cbor
from atdata_schema.data.links import cid_text
from atdata_schema.data.values import Value

__all__ = ["cid", "cid_of_block", "cid_of_bytes"]

_DAG_CBOR = b"\x01\x71\x12\x20"
_RAW = b"\x01\x55\x12\x20"


def cid(value: Value) -> str:
    """The CID of a value, such as a record or a lexicon: codec dag-cbor.

    Raises:
        DataError: something in it is no value of the data model.

    >>> cid({})
    'bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua'
    """
    return cid_of_block(to_cbor(value))


def cid_of_block(block: bytes) -> str:
    """The CID of a value whose DAG-CBOR is at hand.

    >>> cid_of_block(to_cbor({})) == cid({})
    True
    """
    return cid_text(_DAG_CBOR + hashlib.sha256(block).digest())


def cid_of_bytes(data: bytes) -> str:
    """The CID of bytes as they are, such as a blob: codec raw.

    >>> cid_of_bytes(b"")
    'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
    """
    return cid_text(_RAW + hashlib.sha256(data).digest())
