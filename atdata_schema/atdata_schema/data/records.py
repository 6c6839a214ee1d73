"""What a repository takes as a record, beyond the data model."""

from __future__ import annotations

from atdata_schema.data.cbor_encoding import encode
from atdata_schema.data.faults import Fault
from atdata_schema.data.limits import MAX_RECORD_BYTES, MAX_SAFE_INTEGER
from atdata_schema.data.values import Value
from atdata_schema.data.walk import Walk
from atdata_schema.errors import DataError, RecordTooLarge

__all__ = ["check_record"]


def check_record(value: Value) -> None:
    """Refuse a record that a repository, or a reader with JSON numbers, would not keep whole.

    Raises:
        IntegerTooLarge: an integer is beyond 2^53 - 1.
        RecordTooLarge: the DAG-CBOR of the record is above one mebibyte.
        DataError: it is no map, or something in it is no value of the data model.

    >>> check_record({"count": 2**53})
    Traceback (most recent call last):
        ...
    atdata_schema.errors.IntegerTooLarge: count: 9007199254740992 is too large; integers here go from \
-9007199254740991 to 9007199254740991
    """
    if not isinstance(value, dict):
        raise DataError(f"a record is a map, not a {type(value).__name__}")
    walk = Walk(spelled=False, native=True, least=-MAX_SAFE_INTEGER, greatest=MAX_SAFE_INTEGER)
    try:
        size = len(encode(walk.value(value)))
    except Fault as fault:
        raise fault.error() from None
    if size > MAX_RECORD_BYTES:
        raise RecordTooLarge(
            f"a record has at most {MAX_RECORD_BYTES} bytes of DAG-CBOR, and this one has {size}; "
            "put large content into a blob"
        )
