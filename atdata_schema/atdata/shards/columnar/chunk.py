"""A stretch of rows whose fields were found together."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar import codes
from atdata.shards.columnar.columns import listed, numbers, payloads
from atdata.shards.columnar.layouts import Layout, Slot
from atdata.shards.columnar.stretches import Stretches
from atdata.shards.columnar.texts import MAX_TEXT, Texts, even_texts, present
from atdata.shards.columnar.walk import Irregular, Prefix, Span, walk
from atdata.shards.columnar.windows import Places
from atdata_schema.errors import DecodeError, ShapeError
from atdata_schema.fields.array import ArrayField, bind
from atdata_schema.fields.binary import Bytes, EncodedFile
from atdata_schema.fields.field import Field
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.instants import Datetime
from atdata_schema.fields.links import CidLink
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import Opt, bare
from atdata_schema.fields.text import Choice, Text
from atdata_schema.memory import Buffers
from atdata_schema.wire import npy

__all__ = ["Chunk", "is_flat"]

_NUMBERS: Final[dict[type[Any], tuple[int, type[np.generic]]]] = {
    Integer: (codes.INT, np.int64),
    Float64: (codes.FLOAT, np.float64),
    Float32: (codes.FLOAT, np.float32),
    Boolean: (codes.BOOL, np.bool_),
}
_FLAT: Final[tuple[type[Any], ...]] = (
    *_NUMBERS,
    Text,
    Choice,
    Datetime,
    CidLink,
    Bytes,
    EncodedFile,
    ArrayField,
)
_SEVERAL: Final = 64  # rows of a batch whose texts are worth being read apart


def is_flat(fields: Fields) -> bool:
    """Whether every field is one value on the wire: no list, map or object."""
    return all(isinstance(bare(field), _FLAT) for field in fields.values())


class Chunk:
    """Rows found together.

    Args:
        flat: the bytes that the rows lie in.
        rows: where each begins.
        sizes: int64[rows], bytes of each.
        fields: the codecs of the sample type, all of them flat.
        known: the layout of the rows, where they were compared before.
        prefix: what all of them begin with, where they were compared as far as that.

    Attributes:
        plain: the columns that are ready, as arrays or lists in which nothing is missing but what is `None`.
        layout: where the fields lie, if it is the same in every row.
        prefix: what all rows begin with, if it is not.

    Raises:
        Irregular: the rows are not laid out alike, or not as the fields say; decode them one by one.
    """

    def __init__(
        self,
        flat: NDArray[np.uint8],
        rows: Places,
        sizes: NDArray[np.int64],
        fields: Fields,
        known: Layout | None = None,
        prefix: Prefix | None = None,
    ) -> None:
        self._flat = flat
        self._fields = fields
        self._heads: dict[str, npy.Head] = {}
        self._count = len(rows)
        self.plain: dict[str, Any] = {}
        self._columns: dict[str, Any] = {}
        self._valid: dict[str, NDArray[np.bool_] | None] = {}
        self._texts: dict[str, Texts] = {}
        # What is copied out of the rows batch by batch: arrays, and texts beside them.
        self._arrays: dict[str, Stretches | None] = {}
        self._beside: dict[str, Stretches] = {}
        self._extents: dict[str, tuple[Any, Any] | None] = {}
        self._names = _wire_names(fields)
        self._is_known = known is not None
        self.layout: Layout | None = known
        self.prefix: Prefix | None = None
        if known is not None:
            self._spans = known.spans(flat, rows)
            self._heads = {slot.name: slot.head for slot in known.slots if slot.head is not None}
            return
        walked = walk(flat, rows, sizes, self._head, prefix)
        own = [name for name in walked.spans if name in self._names]
        self._spans = {self._names[name]: walked.spans[name] for name in own}
        if len(self._spans) < len(own):
            # Which of a name and its old one counts is the row path's to say.
            raise Irregular
        self._check()
        if walked.constant:
            self.layout = self._constant_layout(rows.first)
        else:
            self.prefix = walked.prefix

    def _constant_layout(self, begin: int) -> Layout:
        slots: list[Slot] = []
        for name, span in self._spans.items():
            code = span.code if isinstance(span.code, int) else None
            size = span.size if isinstance(span.size, int) else int(span.size[0])
            slots.append(Slot(name, code, span.at.first - begin, size, self._heads.get(name)))
        return Layout(tuple(slots))

    def _head(self, name: str, payload: memoryview) -> int:
        """The header of an array, which all rows must share; 0 for other bytes."""
        field = bare(self._fields[self._names[name]]) if name in self._names else None
        if not isinstance(field, ArrayField):
            return 0
        try:
            head = npy.parse(payload)
            field.fit(head.dtype, head.shape)
        except (DecodeError, ValueError):
            raise Irregular from None
        if head.swapped or head.fortran:
            raise Irregular
        self._heads[self._names[name]] = head
        return head.size

    def _check(self) -> None:
        """Each field is there and of the kind that it should be."""
        for name, field in self._fields.items():
            span = self._spans.get(name)
            if span is None:
                if not isinstance(field, Opt):
                    raise Irregular
                continue
            if present(span, self._count) is not None and bare(field) is field:
                raise Irregular
            if isinstance(bare(field), ArrayField) and not self._is_array(name, span):
                raise Irregular
        self._check_shared()

    def _check_shared(self) -> None:
        """A name of a dimension has one size in all arrays of a sample."""
        sizes: dict[str, int] = {}
        try:
            for name, _, codec in self._fields.shared:
                if name in self._heads and codec.dims is not None:
                    bind(codec.dims, self._heads[name].shape, sizes, codec)
        except ShapeError:
            raise Irregular from None

    def _is_array(self, name: str, span: Span) -> bool:
        if not isinstance(span.code, int):
            return False
        return span.code == 0xC0 or (name in self._heads and isinstance(span.size, int))

    def prepare(self) -> None:
        """Look at every small field, so that what is wrong in one is found now.

        Raises:
            Irregular: a value is not of its field.
        """
        for name, field in self._fields.items():
            kind = bare(field)
            if type(kind) in _NUMBERS:
                self.numbers(name)
            elif type(kind) is Text and name in self._spans:
                self._prepare_text(name)
            elif not isinstance(kind, ArrayField):
                self.values(name)

    def _prepare_text(self, name: str) -> None:
        """Have a text found now, or with each batch where it lies beside an array that is copied with each batch.

        Its memory is near then, where now each row would be waited for. Every row of a known layout was read before.
        """
        span = self._spans[name]
        if self._is_known and self._heads and isinstance(span.code, int) and span.code != 0xC0:
            size = span.size
            if isinstance(size, int) and size < min(MAX_TEXT, len(self._flat) - span.at.last):
                self._beside[name] = Stretches(self._flat, span.at, size + 1)
                return
        self._texts[name] = Texts(self._flat, span)

    def ready(self, name: str, begin: int, end: int, buffers: Buffers) -> Any | None:
        """A field of some rows as the column of a batch; `None` where that takes more than cutting it out."""
        column = self._columns.get(name)
        if column is None:
            if name in self._heads:
                return self.array(name, begin, end, buffers)
            beside = self._beside.get(name)
            if beside is not None and end - begin >= _SEVERAL:
                return _cut_again(name, beside.copied(begin, end))
            if beside is None and name not in self._texts:
                return None
            column = self.values(name)
        return listed(column, self._valid.get(name), begin, end)

    def numbers(self, name: str) -> NDArray[Any] | None:
        """A field of numbers or booleans as one array, `None` for another kind of field."""
        if name in self._columns:
            column = self._columns[name]
            return column if isinstance(column, np.ndarray) else None
        field = bare(self._fields[name])
        if type(field) not in _NUMBERS:
            return None
        kind, dtype = _NUMBERS[type(field)]
        span, valid = self._spans.get(name), self.valid(name)
        missing = np.zeros(self._count, dtype)
        found = missing if span is None else numbers(self._flat, span, kind, dtype)
        if isinstance(field, Integer) and field.enum is not None:
            _check_enum(found, field.enum, valid)
        if kind == codes.FLOAT and valid is not None:
            found[~valid] = np.nan
        self._columns[name] = found
        if valid is None:
            self.plain[name] = found
        return found

    def extent(self, name: str) -> tuple[Any, Any] | None:
        """The least and the greatest number, or bytes of a text, of all rows; `None` for other fields."""
        if name not in self._extents:
            found = self.numbers(name)
            if found is None and (name in self._texts or name in self._beside):
                found = np.atleast_1d(self._spans[name].size)
            self._extents[name] = None if found is None else (found.min(), found.max())
        return self._extents[name]

    def valid(self, name: str) -> NDArray[np.bool_] | None:
        """Which rows have a value: bool[rows], `None` where all have."""
        if name not in self._valid:
            span = self._spans.get(name)
            absent = np.zeros(self._count, np.bool_)
            self._valid[name] = absent if span is None else present(span, self._count)
        return self._valid[name]

    def values(self, name: str) -> list[Any]:
        """A field of texts or bytes as a list."""
        if name not in self._columns:
            span = self._spans.get(name)
            if name in self._beside:
                self._texts[name] = self._read_again(name)
            if name in self._texts:
                self._columns[name] = self._texts[name].values()
            elif span is None:
                self._columns[name] = [None] * self._count
            else:
                self._columns[name] = self._read(bare(self._fields[name]), span)
            self.plain[name] = self._columns[name]
        column: list[Any] = self._columns[name]
        return column

    def _read_again(self, name: str) -> Texts:
        try:
            return Texts(self._flat, self._spans[name])
        except Irregular:
            raise _changed(name) from None

    def _read(self, field: Field[Any], span: Span) -> list[Any]:
        if isinstance(field, Bytes | EncodedFile):
            found: list[Any] = payloads(self._flat, span)
            if isinstance(field, Bytes):
                return found
        else:
            found = Texts(self._flat, span).values()
        try:
            return [None if value is None else field.unpack(value) for value in found]
        except DecodeError:
            raise Irregular from None

    def array(self, name: str, begin: int, end: int, buffers: Buffers) -> NDArray[Any] | None:
        """The arrays of some rows as one: `[end - begin, ...]`; `None` where they are missing."""
        if name not in self._arrays:
            self._arrays[name] = self._stretches(name)
        stretches = self._arrays[name]
        if stretches is None:
            return None
        head, rows = self._heads[name], stretches.copied(begin, end, buffers.take)
        if head.dtype.kind == "b" and int(rows.max(initial=0)) > 1:
            raise DecodeError(f"{name}: a bool of an array that is neither 0 nor 1")
        return rows.view(head.dtype).reshape(end - begin, *head.shape)

    def _stretches(self, name: str) -> Stretches | None:
        """Where the elements of arrays lie; `None` where arrays are missing."""
        span, head = self._spans.get(name), self._heads.get(name)
        if span is None or head is None or span.code == 0xC0:
            return None
        size = span.size if isinstance(span.size, int) else int(span.size[0])
        return Stretches(self._flat, span.at.moved(head.size), size - head.size)


def _wire_names(fields: Fields) -> dict[str, str]:
    """From every name that a property has or had to the property.

    Raises:
        Irregular: two properties had the same name; the row path gives both its values.
    """
    names = [(old, name) for name in fields for old in fields.aliases.get(name, ())]
    found = dict(names)
    if len(found) < len(names):
        raise Irregular
    return {**found, **{name: name for name in fields}}


def _check_enum(
    found: NDArray[Any], enum: tuple[int, ...], valid: NDArray[np.bool_] | None
) -> None:
    allowed = np.isin(found, np.asarray(enum))
    if not (allowed if valid is None else allowed | ~valid).all():
        raise Irregular


def _cut_again(name: str, cells: NDArray[np.uint8]) -> list[str]:
    try:
        return even_texts(cells)
    except UnicodeDecodeError:
        raise _changed(name) from None


def _changed(name: str) -> DecodeError:
    return DecodeError(
        f"{name}: a text is not UTF-8, which all were when they were read before: "
        "a shard was changed in its place; load the dataset again"
    )
