"""Finding the members of a tar archive, whoever wrote it, however hostile.

Only regular files are given out. Links, devices and sparse files are refused, since a sample is none of
them; so are extended headers without end, names that lead elsewhere, and sizes beyond the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from atdata.shards.forward import Forward
from atdata.shards.keys import check_name
from atdata.shards.pax import read_records, size_of
from atdata.shards.tar import BLOCK, Header, TarFault, padding, read_header

__all__ = ["Member", "scan"]

LONGEST_EXTENDED = 64 * 1024
"""Bytes of extended headers that one member may have."""

_ZEROS = bytes(BLOCK)
_REFUSED = {
    "1": "a hard link",
    "2": "a symbolic link",
    "3": "a character device",
    "4": "a block device",
    "6": "a pipe",
    "S": "a sparse file",
}


class Member(NamedTuple):
    """A regular file in an archive.

    Attributes:
        name: its path.
        offset: where its payload begins, in bytes from the beginning of the (unpacked) archive.
        size: bytes of its payload.
    """

    name: str
    offset: int
    size: int


def scan(source: Forward) -> Iterator[Member]:
    """The regular files of an archive, in order.

    At each one the source stands at its payload; the caller may read it or leave it.

    Raises:
        TarFault: the archive is damaged or refused. The members before the fault were given out.
    """
    last: str | None = None
    while (header := _next_header(source, last)) is not None:
        last = header.name
        end = source.at + header.size + padding(header.size)
        if _is_sample(header):
            _check_end(source, header)
            yield Member(header.name, source.at, header.size)
        if source.skip_to(end) < end:
            raise TarFault("the archive ends within its payload", header.name)
    _check_rest(source)


def _next_header(source: Forward, last: str | None) -> Header | None:
    """The header of the next member, its extended headers applied; `None` at the archive's end."""
    records: dict[str, str] = {}
    budget = LONGEST_EXTENDED
    while (header := _read_one(source, last)) is not None:
        if header.kind not in "xgLK":
            return _resolved(header, records)
        budget -= header.size + BLOCK
        if budget < 0:
            raise TarFault(f"a member has more than {LONGEST_EXTENDED} bytes of extended headers")
        records |= _extended(source, header)
    if records:
        raise TarFault("the archive ends behind an extended header")
    return None


def _read_one(source: Forward, last: str | None) -> Header | None:
    start, block = source.at, source.read(BLOCK)
    if block == _ZEROS:
        return None
    if len(block) == BLOCK:
        try:
            return read_header(block)
        except TarFault as fault:
            if start:
                raise
            raise TarFault(f"this is no tar archive ({fault})") from None
    where = "where its first header should be" if last is None else f"after {last!r}"
    how = "within a header" if block else "without the two blocks of zeros that end an archive"
    raise TarFault(f"the file ends {where}, {how}")


def _extended(source: Forward, header: Header) -> dict[str, str]:
    """What an extended header says about the member behind it."""
    data = source.read(header.size)
    rest = padding(header.size)
    if len(data) + len(source.read(rest)) < header.size + rest:
        raise TarFault("the file ends within an extended header")
    if header.kind == "K":  # a long link target: the link will be refused
        return {}
    if header.kind == "L":
        return {"path": _long_name(data)}
    records = read_records(data)
    if header.kind == "g" and records:
        raise TarFault("a global header gives every member one name or size")
    return records


def _long_name(data: bytes) -> str:
    try:
        return data.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        raise TarFault(f"the name {data[:80]!r} is not UTF-8") from None


def _resolved(header: Header, records: dict[str, str]) -> Header:
    name = records.get("path", header.name)
    size = size_of(records["size"]) if "size" in records else header.size
    check_name(name)
    return Header(name, size, header.kind)


def _is_sample(header: Header) -> bool:
    """Whether a member is a regular file with content for us; directories and metadata are not.

    Raises:
        TarFault: it is a thing that no shard should hold.
    """
    if header.kind == "5" or (header.kind == "0" and header.name.endswith("/")):
        if header.size:
            raise TarFault("a folder with content", header.name)
        return False
    if header.kind not in "07":
        what = _REFUSED.get(header.kind, f"a member of the unknown kind {header.kind!r}")
        raise TarFault(f"{header.name!r} is {what}; only regular files are read")
    # WebDataset keeps notes about the shard itself in members named `__like_this__`.
    return not (header.name.startswith("__") and header.name.endswith("__"))


def _check_end(source: Forward, header: Header) -> None:
    if source.total is not None and source.at + header.size > source.total:
        raise TarFault(
            f"its payload of {header.size} bytes goes beyond the end of the file, "
            f"which has {source.total} bytes",
            header.name,
        )


def _check_rest(source: Forward) -> None:
    """Nothing but zeros may follow the first block of zeros, and at least one more block of them."""
    at = source.at
    rest = source.read(BLOCK)
    if rest != _ZEROS:
        raise TarFault(f"one block of zeros at byte {at - BLOCK}, where two should end the archive")
    while rest := source.read(64 * 1024):
        if rest.count(0) != len(rest):
            raise TarFault(f"there is more behind the end of the archive at byte {at + BLOCK}")
