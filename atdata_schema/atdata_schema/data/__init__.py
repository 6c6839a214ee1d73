"""The ATProto data model: JSON, values, DAG-CBOR and the CIDs of what they spell.

A value is None, a bool, an int of 64 bits, a str, bytes, a `Link`, a list of values or a dict of values.

    >>> record = from_json({"$type": "com.example.note", "body": {"$bytes": "aGk"}, "stars": 5.0})
    >>> record
    {'$type': 'com.example.note', 'body': b'hi', 'stars': 5}
    >>> from_cbor(to_cbor(record)) == record
    True
    >>> cid(record)
    'bafyreibfcfaas6ls5x2utx7myadwevwvirp4xms4pb5rnv4s5ivdgorw4a'

Whatever is outside the data model, or above one of the limits here, raises `DataError`; its message
says where the trouble stands.

Sources: the data-model page of the AT Protocol specification, and DRISL, its profile of CBOR.
"""

from atdata_schema.data.cbor_decoding import from_cbor
from atdata_schema.data.cbor_encoding import to_cbor
from atdata_schema.data.content import cid, cid_of_block, cid_of_bytes
from atdata_schema.data.json_form import as_value, from_json, from_sample, to_json
from atdata_schema.data.json_text import parse_json
from atdata_schema.data.limits import (
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_INTEGER,
    MAX_JSON_BYTES,
    MAX_KEY_BYTES,
    MAX_RECORD_BYTES,
    MAX_SAFE_INTEGER,
    MAX_VALUES,
    MIN_INTEGER,
)
from atdata_schema.data.links import Link
from atdata_schema.data.records import check_record
from atdata_schema.data.values import Value

__all__ = [
    "MAX_DEPTH",
    "MAX_ENTRIES",
    "MAX_INTEGER",
    "MAX_JSON_BYTES",
    "MAX_KEY_BYTES",
    "MAX_RECORD_BYTES",
    "MAX_SAFE_INTEGER",
    "MAX_VALUES",
    "MIN_INTEGER",
    "Link",
    "Value",
    "as_value",
    "check_record",
    "cid",
    "cid_of_block",
    "cid_of_bytes",
    "from_cbor",
    "from_json",
    "from_sample",
    "parse_json",
    "to_cbor",
    "to_json",
]
