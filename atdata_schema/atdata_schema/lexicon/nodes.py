"""The definitions of the Lexicon language, one frozen class a kind.

A key that a document leaves out is `None` here; a key that it states as empty is an empty tuple or
mapping. Nothing is resolved: a `Ref` holds the text as written, and `absolutise` gives its full form.

Source: the Lexicon specification, https://atproto.com/specs/lexicon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from atdata_schema.syntax import Kind

__all__ = [
    "PRIMARY",
    "Array",
    "Blob",
    "Body",
    "Boolean",
    "Bytes",
    "CidLink",
    "Definition",
    "Document",
    "ErrorDef",
    "Field",
    "Integer",
    "Message",
    "Node",
    "Null",
    "Object",
    "Params",
    "Permission",
    "PermissionSet",
    "Pointer",
    "Primary",
    "Procedure",
    "Query",
    "Record",
    "Ref",
    "String",
    "Subscription",
    "Token",
    "Union",
    "Unknown",
    "absolutise",
]

Pointer: TypeAlias = tuple[str | int, ...]
"""Steps into the JSON of a document: property names and indices, outermost first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What every definition has.

    Attributes:
        description: the text for people, as written.
        pointer: where the definition stands in its document.
        extension: the `x-atdata` object beside the definition, as decoded from JSON.
    """

    description: str | None = None
    pointer: Pointer = ()
    extension: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Null(Definition):
    """`null`: only null. The language had it at first; it is read, and new documents do not use it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boolean(Definition):
    """`boolean`."""

    default: bool | None = None
    const: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer(Definition):
    """`integer`: signed, 64 bits at most; `minimum` and `maximum` are inclusive."""

    minimum: int | None = None
    maximum: int | None = None
    enum: tuple[int, ...] | None = None
    default: int | None = None
    const: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class String(Definition):
    """`string`: lengths count UTF-8 bytes, graphemes count extended grapheme clusters (UAX #29)."""

    format: Kind | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_graphemes: int | None = None
    max_graphemes: int | None = None
    known_values: tuple[str, ...] | None = None
    enum: tuple[str, ...] | None = None
    default: str | None = None
    const: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytes(Definition):
    """`bytes`: lengths count raw bytes, not their base64."""

    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CidLink(Definition):
    """`cid-link`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob(Definition):
    """`blob`: `accept` holds MIME types, `type/*` or `*/*`; `max_size` is in bytes."""

    accept: tuple[str, ...] | None = None
    max_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Array(Definition):
    """`array`."""

    items: Field
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Object(Definition):
    """`object`: properties in document order; `required` and `nullable` in the order given."""

    properties: Mapping[str, Field]
    required: tuple[str, ...] | None = None
    nullable: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Definition):
    """`params`: the query string of an endpoint."""

    properties: Mapping[str, Field]
    required: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref(Definition):
    """`ref`: `ref` is the text as written, local (`#name`) or full (`nsid`, `nsid#name`)."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Union(Definition):
    """`union`: `refs` as written; open unless `closed` is true."""

    refs: tuple[str, ...]
    closed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Definition):
    """`unknown`: any map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token(Definition):
    """`token`: a name without data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Definition):
    """`record`: `key` is `tid`, `nsid`, `any` or `literal:<value>`."""

    key: str
    record: Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Body(Definition):
    """The input or output of an endpoint; `encoding` is a MIME type or pattern."""

    encoding: str
    schema: Object | Ref | Union | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Definition):
    """The messages of a subscription."""

    schema: Union | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDef(Definition):
    """One error that an endpoint may answer."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Definition):
    """`query`: an HTTP GET."""

    parameters: Params | None = None
    output: Body | None = None
    errors: tuple[ErrorDef, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure(Definition):
    """`procedure`: an HTTP POST."""

    parameters: Params | None = None
    input: Body | None = None
    output: Body | None = None
    errors: tuple[ErrorDef, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Definition):
    """`subscription`: a WebSocket."""

    parameters: Params | None = None
    message: Message | None = None
    errors: tuple[ErrorDef, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission(Definition):
    """`permission`: `attributes` are its keys other than `type`, `resource` and `description`."""

    resource: str
    attributes: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSet(Definition):
    """`permission-set`: `title_lang` and `detail_lang` map language tags to translations."""

    permissions: tuple[Permission, ...]
    title: str | None = None
    title_lang: Mapping[str, str] | None = None
    detail: str | None = None
    detail_lang: Mapping[str, str] | None = None


Field: TypeAlias = (
    Null
    | Boolean
    | Integer
    | String
    | Bytes
    | CidLink
    | Blob
    | Array
    | Object
    | Ref
    | Union
    | Unknown
)
"""What a property or an item of an array may be."""

Primary: TypeAlias = Record | Query | Procedure | Subscription | PermissionSet
"""What may only stand as `main`."""

Node: TypeAlias = Field | Params | Token | Permission | Primary
"""Any definition that has a `type`."""

PRIMARY = (Record, Query, Procedure, Subscription, PermissionSet)
"""The classes of `Primary`, for `isinstance`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One lexicon document.

    Attributes:
        id: the NSID.
        defs: the definitions by name, in document order.
        description: the text for people at the top of the file.
        raw: the document as decoded from JSON, every key kept.
        broken: names of definitions that have errors; `parse` may leave them out of `defs`.
    """

    id: str
    defs: Mapping[str, Node]
    description: str | None = None
    raw: Mapping[str, object] = field(repr=False, compare=False)
    broken: frozenset[str] = frozenset()


def absolutise(ref: str, base: str | None = None) -> str:
    """The full form of a reference, which is also the `$type` of its data: never with `#main`.

    Args:
        ref: a reference as written.
        base: the NSID of the document that holds it; needed for local references.

    Raises:
        ValueError: if `ref` is local and there is no base.

    >>> absolutise("#box", "org.example.image")
    'org.example.image#box'
    >>> absolutise("org.example.image#main"), absolutise("#main", "org.example.image")
    ('org.example.image', 'org.example.image')
    """
    if ref.startswith("#"):
        if base is None:
            raise ValueError(
                f"the reference {ref!r} is local: give the NSID of its document as base"
            )
        ref = base + ref
    return ref.removesuffix("#main")
