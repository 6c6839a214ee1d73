"""Where each field of many rows lies.

All rows of a chunk are walked at once, field by field. As long as every row is laid out as the first one,
nothing is done a row: what must be equal is noted as a stretch of bytes, and compared in one go. From the
first field that differs in length on, positions are arrays.

A chunk in which rows differ in more than lengths and types of scalars (another order of keys, lists and
maps in a field) is `Irregular`: it is decoded row by row.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar import codes
from atdata.shards.columnar.windows import Places, alike, window

__all__ = ["Irregular", "Prefix", "Span", "Walked", "walk"]

_MAX_HEAD: Final = 8
_MAX_FIELDS: Final = 1024
_MAX_TEMPLATE: Final = 1 << 16


Prefix: TypeAlias = tuple[tuple[int, int, bytes], ...]
"""Bytes that rows share before the first field that differs in length: from, to, and what stands there."""


class Irregular(Exception):  # not an error: these rows take the way that takes any row
    """The rows of a chunk are not laid out alike."""


class _Unlike(Irregular):
    """They do not share what was taken for granted; with a look at each value they may be laid out alike."""


@dataclass(frozen=True, slots=True)
class Span:
    """One field of every row.

    Attributes:
        code: the type byte, of each row where they differ: uint8[rows].
        at: where each payload begins.
        size: bytes of payload, of each row where they differ: int64[rows].
    """

    code: int | NDArray[np.uint8]
    at: Places
    size: int | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Walked:
    """The fields of many rows.

    Attributes:
        spans: where each field lies, by its name on the wire.
        constant: whether each lies at the same offset in every row, with the same size.
        prefix: the bytes that all rows share before the first field that differs in length.
    """

    spans: dict[str, Span]
    constant: bool
    prefix: Prefix


@dataclass(slots=True)
class _Template:
    """Stretches of bytes that every row must share with the first one, as offsets from its beginning."""

    stretches: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def note(self, begin: int, end: int) -> None:
        if self.stretches and self.stretches[-1][1] == begin:
            begin = self.stretches.pop()[0]
        self.stretches.append((begin, end))

    def check(self, flat: NDArray[np.uint8], rows: Places, known: Prefix | None) -> Prefix:
        """What the rows share, compared unless it is what they are known to share."""
        first = rows.first
        if any(end - begin > _MAX_TEMPLATE for begin, end in self.stretches):
            raise Irregular
        shared = tuple(
            (begin, end, flat[first + begin : first + end].tobytes())
            for begin, end in self.stretches
        )
        if shared != known:
            for begin, _, own in shared:
                if not alike(flat, rows.moved(begin), np.frombuffer(own, np.uint8)):
                    raise _Unlike
        return shared


PayloadHead = Callable[[str, memoryview], int]
"""Bytes at the start of a field's payload that all rows must share: the header of an array."""


def walk(
    flat: NDArray[np.uint8],
    rows: Places,
    sizes: NDArray[np.int64],
    head: PayloadHead,
    known: Prefix | None = None,
) -> Walked:
    """The fields of rows that are msgpack maps laid out alike, by name.

    Args:
        flat: the bytes that the rows lie in.
        rows: where each begins; at least one.
        sizes: int64[rows], bytes of each.
        head: how many bytes of a field's payload all rows must share.
        known: what all rows were found to begin with before, which is not compared again.

    Raises:
        Irregular: they are not laid out alike, or are damaged.
    """
    if rows.last + int(sizes[0]) + _MAX_HEAD > len(flat):
        raise Irregular  # a window as long as the first row would leave the bytes there are
    if known is None:
        with suppress(_Unlike):
            return _walked(_Walker(flat, rows, sizes, None, careful=False), head)
    return _walked(_Walker(flat, rows, sizes, known, careful=True), head)


def _walked(walker: _Walker, head: PayloadHead) -> Walked:
    count = walker.map_size()
    found: dict[str, Span] = {}
    for _ in range(count):
        name = walker.key()
        if name in found:
            raise Irregular
        found[name] = walker.value(name, head)
    walker.finish()
    return Walked(found, walker.is_constant, walker.prefix)


class _Walker:
    """The place of every row: an offset that all share, and from some field on a position of each.

    One that is careful looks at the type of every number before it takes all rows to have that of the first
    one: encoders that write each integer as short as it goes give rows of many layouts.
    """

    def __init__(
        self,
        flat: NDArray[np.uint8],
        rows: Places,
        sizes: NDArray[np.int64],
        known: Prefix | None,
        *,
        careful: bool,
    ) -> None:
        self.prefix: Prefix = ()
        self._known = known
        self._careful = careful
        self._flat = flat
        self._rows = rows
        self._sizes = sizes
        self._ends = rows.at + sizes
        self._first = rows.first
        self._limit = int(sizes[0])
        self._at = 0
        self._apart: NDArray[np.int64] | None = None
        self._template = _Template()

    @property
    def is_constant(self) -> bool:
        """Whether all rows were laid out as the first one so far."""
        return self._apart is None

    def map_size(self) -> int:
        """The number of entries, past the header of the map."""
        code = self._byte(0)
        width = {0xDE: 3, 0xDF: 5}.get(code, 1)
        if width == 1 and code & 0xF0 != 0x80:
            raise Irregular
        count = code & 15 if width == 1 else self._number(1, width - 1)
        if count > _MAX_FIELDS:
            raise Irregular
        self._share(width)
        return count

    def key(self) -> str:
        """The next key, which all rows must share."""
        code = self._byte(0)
        if codes.KIND[code] != codes.STR:
            raise Irregular
        head, length = int(codes.HEAD[code]), int(codes.LENGTH[code])
        size = self._number(1, length) if length else code & 31
        begin = self._place() + head
        if head + size > self._limit:
            raise Irregular
        try:
            name = bytes(self._flat[begin : begin + size]).decode()
        except UnicodeDecodeError:
            raise Irregular from None
        self._share(head + size)
        return name

    def value(self, name: str, head: PayloadHead) -> Span:
        """The next value of every row, and past it."""
        if self._apart is None:
            span = self._shared_value(name, head)
            if span is not None:
                return span
            self._part()
        return self._parted_value(name, head)

    def finish(self) -> None:
        """Compare what the rows must share, and that each ends where it should."""
        if self._apart is None:
            if not (self._sizes == self._at).all():
                raise _Unlike
            self.prefix = self._template.check(self._flat, self._rows, self._known)
        elif not (self._apart == self._ends).all():
            raise Irregular

    def _shared_value(self, name: str, head: PayloadHead) -> Span | None:
        """A value that has the same length in every row; `None` where it has not."""
        code = self._byte(0)
        kind = int(codes.KIND[code])
        if kind == codes.OTHER:
            raise Irregular
        front, length = int(codes.HEAD[code]), int(codes.LENGTH[code])
        if not length and not codes.WIDTH[code] and kind != codes.STR:
            return self._single_byte(kind)
        if (length or kind == codes.STR or self._careful) and not self._alike(front):
            return None
        size = self._number(1, length) if length else int(codes.WIDTH[code])
        return self._strict(name, code, front, size, head)

    def _single_byte(self, kind: int) -> Span | None:
        """A value that is its own type byte: null, a boolean, a small integer."""
        at = self._rows.moved(self._at)
        found = window(self._flat, at, 1).reshape(len(at))
        bare = (codes.WIDTH[found] == 0) & (codes.LENGTH[found] == 0) & (codes.KIND[found] == kind)
        if not bare.all():
            return None
        self._skip(1)
        return Span(found, at.moved(1), 0)

    def _strict(self, name: str, code: int, front: int, size: int, head: PayloadHead) -> Span:
        """A value whose header, and the head of its payload, go into the template."""
        span = Span(code, self._rows.moved(self._at + front), size)
        begin = self._place() + front
        if front + size > self._limit - self._at:
            raise Irregular
        shared = 0
        if codes.KIND[code] == codes.BIN:
            shared = head(name, self._flat[begin : begin + size].data)
        self._template.note(self._at, self._at + front + shared)
        self._skip(front + size)
        return span

    def _parted_value(self, name: str, head: PayloadHead) -> Span:
        assert self._apart is not None
        found = self._flat[self._apart]
        code: int | NDArray[np.uint8] = found
        if (found == found[0]).all():
            code = int(found[0])
        if codes.are_short(found):
            size = (found & 31).astype(np.int64)
            at = self._apart + 1
        else:
            if (codes.KIND[found] == codes.OTHER).any():
                raise Irregular
            size = _lengths(self._flat, self._apart, found)
            at = self._apart + codes.HEAD[found]
        self._apart = at + size
        if (self._apart > self._ends).any():
            raise Irregular
        uniform = bool((size == size[0]).all())
        span = Span(code, Places(at, None), int(size[0]) if uniform else size)
        _check_heads(self._flat, span, name, head)
        return span

    def _part(self) -> None:
        """From here on, each row has a place of its own."""
        self.prefix = self._template.check(self._flat, self._rows, self._known)
        self._apart = self._rows.at + self._at

    def _share(self, width: int) -> None:
        """Past bytes that every row must share."""
        if self._apart is None:
            if self._at + width > self._limit:
                raise Irregular
            self._template.note(self._at, self._at + width)
            self._at += width
            return
        own = self._flat[int(self._apart[0]) : int(self._apart[0]) + width]
        if not alike(self._flat, Places(self._apart, None), own):
            raise Irregular
        self._apart = self._apart + width
        if (self._apart > self._ends).any():
            raise Irregular

    def _skip(self, width: int) -> None:
        self._at += width
        if self._at > self._limit:
            raise Irregular

    def _alike(self, width: int) -> bool:
        """Whether the next bytes are those of the first row, in every row."""
        end = self._at + width
        if self._known and any(begin <= self._at and end <= to for begin, to, _ in self._known):
            return True
        own = self._flat[self._place() : self._place() + width]
        return alike(self._flat, self._rows.moved(self._at), own)

    def _place(self) -> int:
        """The place of the first row."""
        return self._first + self._at if self._apart is None else int(self._apart[0])

    def _byte(self, offset: int) -> int:
        return int(self._flat[self._place() + offset])

    def _number(self, offset: int, width: int) -> int:
        begin = self._place() + offset
        return int.from_bytes(self._flat[begin : begin + width].tobytes(), "big")


def _lengths(
    flat: NDArray[np.uint8], at: NDArray[np.int64], found: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """The payload size of each value, by its type byte and the length behind it."""
    size = codes.WIDTH[found]
    lengths = codes.LENGTH[found]
    for width in (1, 2, 4):
        chosen = lengths == width
        if chosen.all():
            return _big_endian(flat, at + 1, width)
        if chosen.any():
            size[chosen] = _big_endian(flat, at[chosen] + 1, width)
    return size


def _big_endian(flat: NDArray[np.uint8], at: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    digits = window(flat, Places(at, None), width)
    return digits.view(f">u{width}").reshape(len(at)).astype(np.int64)


def _check_heads(flat: NDArray[np.uint8], span: Span, name: str, head: PayloadHead) -> None:
    """The header of an array must be the same in every row that is not null."""
    if not isinstance(span.code, int) or codes.KIND[span.code] != codes.BIN:
        return
    begin = span.at.first
    size = span.size if isinstance(span.size, int) else int(span.size[0])
    shared = head(name, flat[begin : begin + size].data)
    if shared:
        if not isinstance(span.size, int):
            raise Irregular
        own = flat[begin : begin + shared]
        if not alike(flat, span.at, own):
            raise Irregular
