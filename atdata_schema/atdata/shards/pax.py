r"""PAX records: names and sizes that a plain tar header cannot hold.

>>> read_records(b"20 path=a/b.msgpack\n")
{'path': 'a/b.msgpack'}
"""

from __future__ import annotations

from atdata.shards.tar import TarFault

__all__ = ["read_records", "size_of"]

_DIGITS = 7  # a record as long as the longest extended header we take has no more digits


def read_records(data: bytes) -> dict[str, str]:
    r"""The records of an extended header that matter to us: `path` and `size`.

    Each record is `<length> <key>=<value>\n`, its length counting all of it (POSIX.1-2001, pax).

    Raises:
        TarFault: a record's length lies, a value is not UTF-8, or the member is a sparse file, which says
            little about its size and much about its content.
    """
    records: dict[str, str] = {}
    start = 0
    while start < len(data) and data[start]:
        stop = start + _length(data, start)
        key, equals, value = data[data.index(b" ", start) + 1 : stop - 1].partition(b"=")
        if not equals or data[stop - 1 : stop] != b"\n":
            raise TarFault("a PAX record does not end where it says")
        if key.startswith(b"GNU.sparse"):
            raise TarFault("sparse members are refused")
        if key in (b"path", b"size"):
            records[key.decode()] = _value(value)
        start = stop
    return records


def size_of(text: str) -> int:
    """The number of bytes that a `size` record gives.

    Raises:
        TarFault: it is no decimal number, or one of more than 18 digits.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise TarFault(f"a PAX header says size {text[:40]!r}")
    return int(text)


def _length(data: bytes, start: int) -> int:
    digits, space, _ = data[start : start + _DIGITS + 1].partition(b" ")
    if not space or not digits.isdigit():
        raise TarFault("a PAX record has no length")
    length = int(digits)
    if length <= len(digits) + 1 or start + length > len(data):
        raise TarFault("a PAX record is longer than its header")
    return length


def _value(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise TarFault(f"a PAX header holds {raw[:80]!r}, which is not UTF-8") from None
