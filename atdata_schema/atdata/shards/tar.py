"""The headers of tar archives: ours written, everyone's read.

We write POSIX.1-1988 (ustar) headers that never vary except in name, size and checksum, so that a shard is
a function of its samples. We read ustar, PAX and GNU headers, of regular files alone.

>>> header = write_header("000000001.msgpack", 31)
>>> read_header(header)
Header(name='000000001.msgpack', size=31, kind='0')
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BLOCK",
    "END",
    "Header",
    "LARGEST_MEMBER",
    "TarFault",
    "padding",
    "read_header",
    "write_header",
]

BLOCK = 512
"""Bytes of a tar block: headers take one, payloads are padded to whole ones."""

END = bytes(2 * BLOCK)
"""The end of an archive: two blocks of zeros."""

LARGEST_MEMBER = 8**11 - 1
"""What eleven octal digits can say: one byte less than 8 GiB."""

# Mode 0444, owner and group 0, time 0, a regular file: header bytes that are the same for every sample.
_IDS = b"0000444\0" + b"0000000\0" + b"0000000\0"
_TIME = b"00000000000\0"
_TAIL = (b"0" + bytes(100) + b"ustar\0" + b"00").ljust(BLOCK - 156, b"\0")
# The checksum counts its own eight bytes as spaces.
_SUM = sum(_IDS) + sum(_TIME) + sum(_TAIL) + 8 * 32


class TarFault(Exception):
    """What is wrong with an archive; the reader of shards says which one.

    Attributes:
        member: the name of the member it is wrong at, where it can be named.
    """

    def __init__(self, reason: str, member: str | None = None) -> None:
        super().__init__(reason)
        self.member = member


@dataclass(frozen=True, slots=True)
class Header:
    """One header block.

    Attributes:
        name: the member's path, as this block has it; extended headers may replace it.
        size: bytes that follow the header.
        kind: the type flag: `"0"` a regular file, `"x"` a PAX header, ...
    """

    name: str
    size: int
    kind: str


def write_header(name: str, size: int) -> bytes:
    """The header block of a regular file; `name` is ASCII and at most 100 bytes long.

    Raises:
        ValueError: the name is too long, or the size 8 GiB or more.
    """
    path = name.encode("ascii")
    if len(path) > 100 or not 0 <= size <= LARGEST_MEMBER:
        raise ValueError(f"a tar header cannot hold {name!r} of {size} bytes")
    digits = b"%011o\0" % size
    check = b"%06o\0 " % (_SUM + sum(path) + sum(digits))
    return b"".join((path.ljust(100, b"\0"), _IDS, digits, _TIME, check, _TAIL))


def padding(size: int) -> int:
    """Bytes of zeros behind a payload, up to the next block."""
    return -size % BLOCK


def read_header(block: bytes) -> Header:
    """Read one header block.

    Raises:
        TarFault: the checksum or a number is not what tar allows.
    """
    _check_sum(block)
    name = _text(block[:100])
    # GNU archives have other things where POSIX puts the front part of a long path.
    if block[257:263] == b"ustar\0" and block[345]:
        name = f"{_text(block[345:500])}/{name}"
    kind = "0" if block[156] == 0 else chr(block[156])
    return Header(name, _number(block[124:136], "size"), kind)


def _check_sum(block: bytes) -> None:
    said = _number(block[148:156], "checksum")
    unsigned = sum(block) - sum(block[148:156]) + 8 * 32
    if said == unsigned:
        return
    # Some old writers summed signed bytes.
    high = sum(byte > 127 for byte in block) - sum(byte > 127 for byte in block[148:156])
    if said != unsigned - 256 * high:
        raise TarFault(f"a header's checksum is {said}, its bytes give {unsigned}")


def _number(field: bytes, what: str) -> int:
    """A number in octal digits, or (GNU) in base 256, marked by the first bit."""
    if field[0] & 0x80:
        if field[0] & 0x40:
            raise TarFault(f"a header's {what} is negative")
        return int.from_bytes(bytes([field[0] & 0x3F]) + field[1:])
    digits = field.strip(b"\0 ")
    if not digits:
        return 0
    if digits.strip(b"01234567"):
        raise TarFault(f"a header's {what} is {field!r}, no octal number")
    return int(digits, 8)


def _text(field: bytes) -> str:
    """A name, up to its first zero byte.

    Bytes that are not UTF-8 become lone surrogates: a longer name may follow elsewhere, of which this is the
    beginning, cut at any byte.
    """
    return field.partition(b"\0")[0].decode(errors="surrogateescape")
