"""The schema model: what a sample type is, whatever it was written in.

A lexicon, a `@packable` class and a stored schema all become a `Model`; generated code, live classes,
documents and wire layouts are all made from one. A model is data: frozen classes without behaviour, one
for each kind of type, that print as a contract.

    >>> image = FieldModel("image", ArrayType("uint8", ("H", "W", 3)), required=True)
    >>> label = FieldModel("label", TextType(max_length=64))
    >>> print(ObjectType("org.example.cat", (image, label)))
    org.example.cat
      image: uint8[H, W, 3]
      label?: string(maxLength 64)

Equality leaves descriptions and known values out: they never change what is read or written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from atdata_schema.errors import LexiconError

__all__ = [
    "DTYPES",
    "ArrayType",
    "BlobType",
    "BooleanType",
    "BytesType",
    "DatetimeType",
    "Dim",
    "FieldModel",
    "FloatType",
    "IntegerType",
    "LinkType",
    "ListType",
    "MapType",
    "MediaType",
    "Model",
    "ObjectType",
    "RefType",
    "TextType",
    "Type",
    "UnionType",
    "UnknownType",
    "notation",
]

DTYPES = (
    "bool",
    *(f"int{bits}" for bits in (8, 16, 32, 64)),
    *(f"uint{bits}" for bits in (8, 16, 32, 64)),
    *(f"float{bits}" for bits in (16, 32, 64)),
    *(f"complex{bits}" for bits in (64, 128)),
)
"""The element types of arrays, by their numpy names (FORMATS, section 2)."""

Dim: TypeAlias = int | str
"""One dimension: a fixed size, a name (one size a sample), `"*"` (any size) or `"..."` (any rank)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BooleanType:
    """`true` or `false`."""

    const: bool | None = None
    default: bool | None = None

    def __str__(self) -> str:
        return notation("boolean", const=self.const, default=self.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerType:
    """A signed integer of 64 bits; `classes` names the values 0, 1, 2, ..."""

    minimum: int | None = None
    maximum: int | None = None
    enum: tuple[int, ...] | None = None
    const: int | None = None
    default: int | None = None
    classes: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return notation(
            "integer",
            minimum=self.minimum,
            maximum=self.maximum,
            enum=self.enum,
            const=self.const,
            default=self.default,
            classes=self.classes,
        )


@dataclass(frozen=True, slots=True)
class FloatType:
    """An IEEE 754 number of 64 or 32 bits; with `finite`, neither NaN nor an infinity."""

    bits: Literal[32, 64] = 64
    finite: bool = False

    def __str__(self) -> str:
        return notation(f"float{self.bits}", finite=self.finite or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextType:
    """A text; lengths in UTF-8 bytes and in graphemes; `format` is one of the lexicon's string formats."""

    format: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_graphemes: int | None = None
    max_graphemes: int | None = None
    enum: tuple[str, ...] | None = None
    known_values: tuple[str, ...] | None = field(default=None, compare=False)
    const: str | None = None
    default: str | None = None

    def __str__(self) -> str:
        return notation(
            self.format or "string",
            minLength=self.min_length,
            maxLength=self.max_length,
            minGraphemes=self.min_graphemes,
            maxGraphemes=self.max_graphemes,
            enum=self.enum,
            const=self.const,
            default=self.default,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatetimeType:
    """An instant with its offset: text on the wire, `datetime.datetime` in Python."""

    max_length: int | None = None

    def __str__(self) -> str:
        return notation("datetime", maxLength=self.max_length)


@dataclass(frozen=True, slots=True, kw_only=True)
class BytesType:
    """Bytes; lengths count them."""

    min_length: int | None = None
    max_length: int | None = None

    def __str__(self) -> str:
        return notation("bytes", minLength=self.min_length, maxLength=self.max_length)


@dataclass(frozen=True, slots=True)
class MediaType:
    """An encoded image or audio file; `accept` lists MIME types, `image/*` among them."""

    kind: Literal["image", "audio"]
    accept: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return notation(self.kind, accept=self.accept)


@dataclass(frozen=True, slots=True)
class ArrayType:
    """A dense array. `dtype` is one of `DTYPES` or `"*"`; `shape` is `None` for any rank."""

    dtype: str = "*"
    shape: tuple[Dim, ...] | None = None
    finite: bool = False

    def __str__(self) -> str:
        dims = "..." if self.shape is None else ", ".join(map(str, self.shape))
        return notation(f"{self.dtype}[{dims}]", finite=self.finite or None)


@dataclass(frozen=True, slots=True)
class LinkType:
    """A CID that points to other data."""

    def __str__(self) -> str:
        return "cid-link"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobType:
    """A reference to a blob of a repository: its CID, MIME type and size in bytes."""

    accept: tuple[str, ...] | None = None
    max_size: int | None = None

    def __str__(self) -> str:
        return notation("blob", accept=self.accept, maxSize=self.max_size)


@dataclass(frozen=True, slots=True)
class UnknownType:
    """Any map of the data model."""

    def __str__(self) -> str:
        return "unknown"


@dataclass(frozen=True, slots=True)
class ListType:
    """A list of values of one type."""

    items: Type
    min_length: int | None = None
    max_length: int | None = None

    def __str__(self) -> str:
        return notation(f"list[{self.items}]", minLength=self.min_length, maxLength=self.max_length)


@dataclass(frozen=True, slots=True)
class MapType:
    """A map with text keys and values of one type."""

    values: Type

    def __str__(self) -> str:
        return f"map[{self.values}]"


@dataclass(frozen=True, slots=True)
class RefType:
    """An object by its full name: `org.example.cat`, `org.example.cat#box`."""

    target: str

    def __str__(self) -> str:
        return self.target


@dataclass(frozen=True, slots=True)
class UnionType:
    """One of several objects, told apart by `$type`; an open one takes others too."""

    targets: tuple[str, ...]
    closed: bool = False

    def __str__(self) -> str:
        rest = () if self.closed else ("...",)
        return " | ".join((*self.targets, *rest))


Type: TypeAlias = (
    BooleanType
    | IntegerType
    | FloatType
    | TextType
    | DatetimeType
    | BytesType
    | MediaType
    | ArrayType
    | LinkType
    | BlobType
    | UnknownType
    | ListType
    | MapType
    | RefType
    | UnionType
)
"""Every kind of type a field can have."""


@dataclass(frozen=True, slots=True)
class FieldModel:
    """One field of an object.

    Attributes:
        name: the property name, which is the key on the wire.
        type: what its values are.
        required: whether it must be there.
        nullable: whether a record may hold null for it.
        aliases: names it had before, for reading old data.
        description: what it means.
    """

    name: str
    type: Type
    required: bool = False
    nullable: bool = False
    aliases: tuple[str, ...] = ()
    description: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        mark = "" if self.required else "?"
        return f"{self.name}{mark}: {self.type}{' or null' if self.nullable else ''}"


@dataclass(frozen=True, slots=True)
class ObjectType:
    """An object or the body of a record: fields in field order (FORMATS, section 2).

    Attributes:
        ref: its full name: `nsid` for `main`, else `nsid#name`; an inline object of a property has the
            name of its owner, a dot and the property: `nsid#main.camera`.
        fields: the names in `required`, in that order; then the others, sorted by length and bytes.
        record_key: the record key specification where it is the body of a record, else `None`.
    """

    ref: str
    fields: tuple[FieldModel, ...]
    record_key: str | None = None
    description: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return "\n".join([self.ref, *(f"  {item}" for item in self.fields)])


@dataclass(frozen=True, slots=True)
class Model:
    """A sample type: an object and every object that it reaches.

    Attributes:
        id: the full name of the type.
        objects: the type itself first, then the others sorted by name.
    """

    id: str
    objects: tuple[ObjectType, ...]

    @property
    def main(self) -> ObjectType:
        """The object that is the type."""
        return self.objects[0]

    def object(self, ref: str) -> ObjectType:
        """The object of a full name.

        Raises:
            LexiconError: the model has no such object.
        """
        for item in self.objects:
            if item.ref == ref:
                return item
        known = ", ".join(item.ref for item in self.objects)
        raise LexiconError(f"{self.id} holds no object {ref!r}; it holds {known}")

    def __iter__(self) -> Iterator[ObjectType]:
        return iter(self.objects)

    def __str__(self) -> str:
        return "\n".join(map(str, self.objects))


def notation(name: str, **constraints: object) -> str:
    """`integer(minimum 0, maximum 9)`: a type's name and the constraints it has."""
    given = [f"{key} {_text(value)}" for key, value in constraints.items() if value is not None]
    return f"{name}({', '.join(given)})" if given else name


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
