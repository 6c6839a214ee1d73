"""The fields of one object, in field order: its layout on the wire and its record form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.array import ArrayField, bind
from atdata_schema.fields.compiled import Encoder, Layout, compile_encoder
from atdata_schema.fields.field import Field, Json
from atdata_schema.fields.presence import Opt, bare
from atdata_schema.fields.typed import TypedDecoder
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

__all__ = ["Fields"]


class Fields(Mapping[str, Field[Any]]):
    """The codecs of an object by property name, in field order.

    Args:
        codecs: the codec of each property.
        attributes: the attribute of a property where it is not the property's own name.
        aliases: names that a property had before; they are read where the property itself is absent. A name
            that another property has now is that one's.

    Attributes:
        names: the properties.
        attributes: the attribute of each.
        property_of: the property of each attribute.

    >>> from atdata_schema.fields.numbers import Integer
    >>> from atdata_schema.fields.text import Text
    >>> fields = Fields({"label": Text(), "class": Integer()}, attributes={"class": "class_"})
    >>> fields.attributes
    ('label', 'class_')
    """

    __slots__ = (
        "_aligned",
        "_codecs",
        "_compiled",
        "_dims",
        "_keys",
        "_typed",
        "aliases",
        "attributes",
        "names",
        "property_of",
    )

    def __init__(
        self,
        codecs: Mapping[str, Field[Any]],
        *,
        attributes: Mapping[str, str] | None = None,
        aliases: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        renamed = attributes or {}
        self._codecs = dict(codecs)
        self.names = tuple(codecs)
        self.attributes = tuple(renamed.get(name, name) for name in codecs)
        pairs = zip(self.attributes, self.names, strict=True)
        self.property_of = dict(
            reversed(list(pairs))
        )  # the first one, should two share an attribute
        known = {
            name: tuple(old for old in names if old not in self._codecs)
            for name, names in (aliases or {}).items()
        }
        self.aliases = {name: names for name, names in known.items() if names}
        self._keys = tuple(rows.text(name) for name in codecs)
        self._aligned = _aligned(self._codecs)
        self._dims = _sharing(self.names, self.attributes, self._codecs)
        self._compiled: Encoder | None = None
        self._typed: TypedDecoder | None = None

    def __reduce__(self) -> tuple[Callable[..., Fields], tuple[Any, ...]]:
        return _remade, (self._codecs, self.attributes, self.aliases)

    def __getitem__(self, name: str) -> Field[Any]:
        return self._codecs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._codecs)

    def __len__(self) -> int:
        return len(self._codecs)

    def __str__(self) -> str:
        return ", ".join(f"{name}: {codec}" for name, codec in self._codecs.items())

    def attribute(self, name: str) -> str:
        """The attribute that holds a property."""
        return self.attributes[self.names.index(name)]

    def encode(self, sample: object) -> list[Buffer]:
        """The bytes of a sample, in pieces; the first array is aligned where its headers reach that.

        Raises:
            ValidationError: a value that its field does not allow; nothing was written.
        """
        head, keys = self._aligned
        out: list[Buffer] = [head]
        self._pack(sample, keys, out)
        return out

    @property
    def encoder(self) -> Encoder:
        """The same bytes sooner: code made for these fields, when it is first asked for."""
        if self._compiled is None:
            head, keys = self._aligned
            shared = {attribute for _, attribute, _ in self._dims}
            layout = Layout(
                codecs=self._codecs,
                attributes=self.attributes,
                head=head,
                keys=keys,
                sharing=tuple(i for i, name in enumerate(self.attributes) if name in shared),
                check=lambda sample: self._check_dims(lambda name: getattr(sample, name)),
                encode=self.encode,
            )
            self._compiled = compile_encoder(layout)
        return self._compiled

    def pack(self, value: object, out: list[Buffer], tag: str | None = None) -> None:
        """Append an object inside a sample: `tag` is its `$type` where it stands in a union."""
        out.append(rows.map_head(len(self._keys) + (tag is not None)))
        if tag is not None:
            out.append(_TYPE_KEY)
            out.append(rows.text(tag))
        self._pack(value, self._keys, out)

    def decode(self, data: Buffer) -> dict[str, Any]:
        """The attributes of a sample by name, from its bytes; undeclared keys are passed over.

        Raises:
            DecodeError: no sample of these fields, with the path of what is wrong.
        """
        if not self.aliases:
            try:
                values = self.decoder.decode(data)
                if values is not None:
                    self._check_dims(values.__getitem__)
                    return values
            except (DecodeError, ValidationError):
                pass  # the general way meets the same fault, and knows where
        return self.unpack(rows.unpack(data))

    @property
    def decoder(self) -> TypedDecoder:
        """The typed decoder of these fields, made when it is first asked for."""
        if self._typed is None:
            self._typed = TypedDecoder(self._codecs, self.attributes)
        return self._typed

    @property
    def shared(self) -> tuple[tuple[str, str, ArrayField], ...]:
        """The arrays that share a named dimension: property, attribute and codec of each."""
        return self._dims

    def unpack(self, row: object) -> dict[str, Any]:
        """The attributes of an object by name, from a decoded map; undeclared keys are passed over.

        Raises:
            DecodeError: no map, a required field that is not there, or a value of another kind.
        """
        return self._read(row, lambda codec: codec.unpack)

    def undeclared(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The entries of a decoded map that no field or alias declares."""
        known = {*self.names, *(name for names in self.aliases.values() for name in names)}
        return {key: value for key, value in row.items() if key not in known}

    def to_record(self, value: object) -> dict[str, Json]:
        """The record form of an object; an optional field without a value is left out.

        Raises:
            ValidationError: a value that its field does not allow.
        """
        record: dict[str, Json] = {}
        for name, attribute in zip(self.names, self.attributes, strict=True):
            codec, item = self._codecs[name], getattr(value, attribute)
            if item is None and isinstance(codec, Opt):
                continue
            try:
                record[name] = codec.to_record(item)
            except ValidationError as error:
                error.inside(name)
                raise
        self._check_dims(lambda attribute: getattr(value, attribute))
        return record

    def from_record(self, record: object) -> dict[str, Any]:
        """The attributes of an object by name, from its record form.

        Raises:
            DecodeError: no map, a required property that is not there, or a value of another kind.
        """
        return self._read(record, lambda codec: codec.from_record)

    def _pack(self, value: object, keys: tuple[bytes, ...], out: list[Buffer]) -> None:
        for key, name, attribute in zip(keys, self.names, self.attributes, strict=True):
            out.append(key)
            try:
                self._codecs[name].pack(getattr(value, attribute), out)
            except ValidationError as error:
                error.inside(name)
                raise
        if self._dims:
            self._check_dims(lambda attribute: getattr(value, attribute))

    def _check_dims(self, get: Callable[[str], Any]) -> None:
        """Check that a name of a dimension has one size in all arrays of the object."""
        sizes: dict[str, int] = {}
        for name, attribute, codec in self._dims:
            array = get(attribute)
            if array is None or codec.dims is None:
                continue
            try:
                bind(codec.dims, array.shape, sizes, codec)
            except ValidationError as error:
                error.inside(name)
                raise

    def _read(
        self, row: object, reader: Callable[[Field[Any]], Callable[[Any], Any]]
    ) -> dict[str, Any]:
        if not isinstance(row, Mapping):
            raise DecodeError(f"expected a map of fields, got {type(row).__name__}")
        values: dict[str, Any] = {}
        for name, attribute in zip(self.names, self.attributes, strict=True):
            codec = self._codecs[name]
            found = name if name in row else self._alias(name, row)
            try:
                if found is not None:
                    values[attribute] = reader(codec)(row[found])
                elif isinstance(codec, Opt):
                    values[attribute] = None
                else:
                    raise DecodeError(f"required and not there; the keys are {_listed(row)}")
            except DecodeError as error:
                error.inside(name)
                raise
        try:
            self._check_dims(values.__getitem__)
        except ValidationError as error:
            raise DecodeError(error.reason, error.path) from None
        return values

    def _alias(self, name: str, row: Mapping[str, Any]) -> str | None:
        return next((old for old in self.aliases.get(name, ()) if old in row), None)


def _remade(
    codecs: Mapping[str, Field[Any]],
    attributes: tuple[str, ...],
    aliases: Mapping[str, tuple[str, ...]],
) -> Fields:
    return Fields(codecs, attributes=dict(zip(codecs, attributes, strict=True)), aliases=aliases)


_TYPE_KEY: Final = rows.text("$type")
_BIN_HEAD: Final = 5  # bytes before the payload of an array


def _listed(row: Mapping[str, Any]) -> str:
    names = ", ".join(repr(key)[:40] for key in list(row)[:12])
    return f"{names}, ..." if len(row) > 12 else names or "none"


def _aligned(codecs: Mapping[str, Field[Any]]) -> tuple[bytes, tuple[bytes, ...]]:
    """The map header and the keys that bring the first array's payload to a multiple of 8 bytes.

    Longer headers are legal msgpack. They are used where every field before the first array has a fixed
    width and is always there: the map's header and that of the array's own key are the first pair, the
    shortest map header tried first, that reaches the next boundary; where none does, both stay short.
    """
    head, keys = rows.map_head(len(codecs)), tuple(map(rows.text, codecs))
    at = len(head)
    for index, (name, codec) in enumerate(codecs.items()):
        at += len(keys[index])
        if isinstance(bare(codec), ArrayField):
            longer, key = _shifted(len(codecs), name, -(at + _BIN_HEAD) % 8)
            return longer, (*keys[:index], key, *keys[index + 1 :])
        if codec.WIDTH is None:
            break
        at += codec.WIDTH
    return head, keys


def _shifted(size: int, name: str, gap: int) -> tuple[bytes, bytes]:
    """The header of a map and a key that take `gap` bytes more than the shortest, if a pair does."""
    heads, keys = rows.map_heads(size), rows.text_forms(name)
    length = len(heads[0]) + len(keys[0]) + gap
    pairs = ((head, key) for head in heads for key in keys if len(head) + len(key) == length)
    return next(pairs, (heads[0], keys[0]))


def _sharing(
    names: tuple[str, ...], attributes: tuple[str, ...], codecs: Mapping[str, Field[Any]]
) -> tuple[tuple[str, str, ArrayField], ...]:
    """The array fields that share a named dimension with another one."""
    found: list[tuple[str, str, ArrayField, set[str]]] = []
    for name, attribute in zip(names, attributes, strict=True):
        codec = bare(codecs[name])
        if isinstance(codec, ArrayField) and codec.dims is not None:
            symbols = {
                dim for dim in codec.dims if isinstance(dim, str) and dim not in ("*", "...")
            }
            found.append((name, attribute, codec, symbols))
    counts: dict[str, int] = {}
    for *_, symbols in found:
        for symbol in symbols:
            counts[symbol] = counts.get(symbol, 0) + 1
    return tuple(
        (name, attribute, codec)
        for name, attribute, codec, symbols in found
        if any(counts[symbol] > 1 for symbol in symbols)
    )
