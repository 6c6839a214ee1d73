"""The members of one sample, out of the stretch of an archive that holds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from atdata.shards.index.mapped import Mapped
from atdata.shards.member_names import key_and_extension
from atdata.shards.scan import scan
from atdata.shards.tar import TarFault
from atdata_schema.errors import DecodeError
from atdata_schema.wire.npy import Buffer

__all__ = ["Part", "parts_of"]


class Part(NamedTuple):
    """One member of a sample.

    Attributes:
        name: its path in the archive.
        extension: what stands behind the key, in small letters: `jpg`, `seg.png`.
        payload: its bytes.
    """

    name: str
    extension: str
    payload: Buffer


def parts_of(stretch: Buffer) -> list[Part]:
    """The members of a sample; their payloads are views of its bytes.

    Args:
        stretch: the archive from the header of its first member to the padding behind its last.

    Raises:
        DecodeError: they are not as they were when the sample was found.
    """
    try:
        parts = list(_parts(stretch))
    except TarFault as fault:
        where = "" if fault.member is None else f" at {fault.member!r}"
        raise DecodeError(f"the members of the sample cannot be read{where}: {fault}") from None
    if len({part.extension for part in parts}) < len(parts):
        raise DecodeError("two members of the sample have one extension")
    return parts


def _parts(stretch: Buffer) -> Iterator[Part]:
    view = memoryview(stretch)
    source = Mapped(np.frombuffer(view, np.uint8))
    key: str | None = None
    for member in scan(source, len(view)):
        found = key_and_extension(member.name)
        if found is None:
            continue
        if key not in (None, found[0]):
            raise TarFault(f"it belongs to the sample {found[0]!r}", member.name)
        key = found[0]
        yield Part(member.name, found[1], view[member.offset : member.offset + member.size])
