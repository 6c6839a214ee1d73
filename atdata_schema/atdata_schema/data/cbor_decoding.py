"""DAG-CBOR to values: the canonical form, and nothing else.

What `from_cbor` takes is exactly what `to_cbor` gives, so a block that is decoded and encoded again keeps
its CID. Memory stays in proportion to the bytes: a declared length is compared with what is left before
anything is made for it.

libipld decodes some thirty times faster and is no replacement: it takes longer heads than needed, floats and
integers beyond 64 bits with sign, does not tell a link from bytes that look like its CID, and has no limits.
A block of 2 kB takes 0.1 ms here, which is little beside fetching it.
"""

from __future__ import annotations

from atdata_schema.data.faults import Fault
from atdata_schema.data.limits import MAX_DEPTH, MAX_INTEGER, MAX_VALUES
from atdata_schema.data.links import Link, link_of_bytes
from atdata_schema.data.maps import check_entries, check_key, check_map
from atdata_schema.data.values import Value
from atdata_schema.errors import DataError, IntegerTooLarge

__all__ = ["from_cbor"]

_SIMPLE = {0xF4: False, 0xF5: True, 0xF6: None}
_FLOATS = (0xF9, 0xFA, 0xFB)
_LINK_TAG = 42
# For each size of number after a head: its bytes, and the least number that needs them.
_WIDTHS = {24: (1, 24), 25: (2, 1 << 8), 26: (4, 1 << 16), 27: (8, 1 << 32)}


def from_cbor(data: bytes | bytearray | memoryview) -> Value:
    """The value of a DAG-CBOR block.

    Raises:
        DataError: the bytes are not the canonical DAG-CBOR of a value: truncated, or with bytes after the
            value, longer heads than needed, keys out of order or twice, floats, tags other than links,
            indefinite lengths, text that is no UTF-8, or above one of the limits.

    >>> from_cbor(bytes.fromhex("a26161f562626201"))
    {'a': True, 'bb': 1}
    """
    given: object = data  # callers without a type checker give other things
    if not isinstance(given, bytes | bytearray | memoryview):
        raise DataError(f"CBOR is bytes, not a {type(given).__name__}")
    decoder = _Decoder(bytes(given))
    try:
        return decoder.whole()
    except Fault as fault:
        fault.reason += f" (before byte {decoder.at})"
        raise fault.error() from None


class _Decoder:
    __slots__ = ("at", "data", "left")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.left = MAX_VALUES

    def whole(self) -> Value:
        value = self.value(0)
        if self.at != len(self.data):
            raise Fault(f"{len(self.data) - self.at} bytes follow the value")
        return value

    def value(self, depth: int) -> Value:
        major, number = self.head()
        if major == 3:
            return self.text(number)
        if major == 5:
            return self.map(number, depth)
        if major == 0:
            return _integer(number)
        if major == 7:
            return _SIMPLE[number]
        if major == 4:
            return self.list(number, depth)
        if major == 2:
            return self.take(number)
        return self.link(number) if major == 6 else -1 - _integer(number)

    def head(self) -> tuple[int, int]:
        """The major type of the next item and its number; the first byte itself for simple values."""
        if self.at >= len(self.data):
            raise Fault("the bytes end where a value should stand")
        first = self.data[self.at]
        self.at += 1
        major, info = first >> 5, first & 0x1F
        if major == 7:
            return major, _simple(first)
        return (major, info) if info < 24 else (major, self.number(info))

    def number(self, info: int) -> int:
        if info not in _WIDTHS:
            raise Fault("lengths are definite in DAG-CBOR, and this one is not")
        width, least = _WIDTHS[info]
        number = int.from_bytes(self.take(width), "big")
        if number < least:
            raise Fault(f"the number {number} is written with more bytes than it needs")
        return number

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise Fault(f"{count} bytes should follow, and there are {len(self.data) - self.at}")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def text(self, count: int) -> str:
        try:
            return str(self.take(count), "utf-8")
        except UnicodeDecodeError as error:
            raise Fault(f"a text is no UTF-8: {error.reason}") from None

    def enter(self, count: int, items: int, depth: int) -> None:
        check_entries(count)
        if items > len(self.data) - self.at:  # each item has at least one byte
            raise Fault(f"{items} items should follow, in {len(self.data) - self.at} bytes")
        if depth >= MAX_DEPTH:
            raise Fault(f"lists and maps are nested more than {MAX_DEPTH} levels deep")
        self.left -= count
        if self.left < 0:
            raise Fault(f"there are more than {MAX_VALUES} values in all")

    def list(self, count: int, depth: int) -> list[Value]:
        self.enter(count, count, depth)
        values: list[Value] = []
        try:
            while len(values) < count:
                values.append(self.value(depth + 1))
        except Fault as fault:
            fault.inside(len(values))
            raise
        return values

    def map(self, count: int, depth: int) -> dict[str, Value]:
        self.enter(count, 2 * count, depth)
        values: dict[str, Value] = {}
        previous = b""
        for _ in range(count):
            start = self.at
            key = self.key()
            written = self.data[start : self.at]  # with its head: shorter keys come first
            if written <= previous:
                raise Fault("the keys of a map are sorted by length and then by bytes, each once")
            previous = written
            try:
                values[key] = self.value(depth + 1)
            except Fault as fault:
                fault.inside(key)
                raise
        check_map(values)
        return values

    def key(self) -> str:
        major, number = self.head()
        if major != 3:
            raise Fault("the keys of a map are texts")
        key = self.text(number)
        check_key(key)
        return key

    def link(self, tag: int) -> Link:
        if tag != _LINK_TAG:
            raise Fault(f"the tag {tag} is not allowed; 42, for links, is the only one")
        major, number = self.head()
        binary = self.take(number) if major == 2 else b""
        if not binary.startswith(b"\x00"):
            raise Fault("a link holds bytes: a zero byte and a CID")
        return link_of_bytes(binary[1:])


def _simple(first: int) -> int:
    if first in _SIMPLE:
        return first
    if first in _FLOATS:
        raise Fault("the data model has no floats")
    raise Fault("of the simple values of CBOR only false, true and null are allowed")


def _integer(number: int) -> int:
    if number > MAX_INTEGER:
        raise Fault("an integer has at most 64 bits, with its sign", IntegerTooLarge)
    return number
