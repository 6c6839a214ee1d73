"""How a type is written: as an annotation, as a field codec, and in the notation that people read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from atdata_codegen.plan.literals import number_literal, text_literal, tuple_literal
from atdata_codegen.plan.scope import Scope
from atdata_schema.model import (
    ArrayType,
    BlobType,
    BooleanType,
    BytesType,
    DatetimeType,
    FieldModel,
    FloatType,
    IntegerType,
    LinkType,
    ListType,
    MapType,
    MediaType,
    RefType,
    TextType,
    Type,
    UnionType,
    UnknownType,
)

__all__ = ["Spelling", "mentions_class", "stacks"]

_BUILTINS = {
    BooleanType: "bool",
    IntegerType: "int",
    FloatType: "float",
    BytesType: "bytes",
}


@dataclass(frozen=True, slots=True)
class Spelling:
    """Writes the types of one class.

    Attributes:
        scope: the names of the module.
        class_of: the expression for the class of an object.
        attributes: the attributes of the class, which hide builtins of the same name.
    """

    scope: Scope
    class_of: Callable[[str], str]
    attributes: Collection[str]

    def builtin(self, name: str) -> str:
        """`list`, or `builtins.list` where the class has an attribute of that name."""
        return f"{self.scope.use('builtins')}.{name}" if name in self.attributes else name

    def v1(self, name: str) -> str:
        """A name of the kernel's contract."""
        return f"{self.scope.use('v1')}.{name}"

    def annotation(self, type: Type) -> str:
        """The Python type of a value."""
        match type:
            case BooleanType() | IntegerType() | FloatType() | BytesType():
                return self.builtin(_BUILTINS[type.__class__])
            case TextType(enum=enum) if enum:
                return f"{self.scope.use('Literal')}[{', '.join(map(text_literal, enum))}]"
            case TextType():
                return self.builtin("str")
            case DatetimeType():
                return self.scope.use("datetime")
            case ArrayType(dtype=dtype):
                return f"{self.scope.use('NDArray')}[{self.element(dtype)}]"
            case ListType(items=items):
                return f"{self.builtin('list')}[{self.annotation(items)}]"
            case MapType(values=values):
                return f"{self.builtin('dict')}[{self.builtin('str')}, {self.annotation(values)}]"
            case RefType(target=target):
                return self.class_of(target)
            case UnionType(targets=targets, closed=closed):
                rest = () if closed and targets else (self.v1("Unknown"),)
                return " | ".join(dict.fromkeys((*map(self.class_of, targets), *rest)))
            case MediaType(kind=kind):
                return self.v1(kind.capitalize())
            case LinkType():
                return self.v1("Link")
            case BlobType():
                return self.v1("Blob")
            case UnknownType():
                return f"{self.builtin('dict')}[{self.builtin('str')}, {self.v1('Json')}]"

    def element(self, dtype: str) -> str:
        """The numpy scalar type of a dtype, `Any` for any."""
        if dtype == "*":
            return self.scope.use("Any")
        return f"{self.scope.use('np')}.{'bool_' if dtype == 'bool' else dtype}"

    def codec(self, type: Type) -> str:
        """The expression that makes the field codec of a type."""
        match type:
            case ListType(items=items):
                lengths = _given(type, "min_length max_length")
                return self._call("Many", self.codec(items), **lengths)
            case MapType(values=values):
                return self._call("Table", self.codec(values))
            case RefType(target=target):
                return self._call("Ref", f"lambda: {self.class_of(target)}")
            case UnionType():
                return self._union(type)
            case ArrayType():
                return self._array(type)
            case TextType():
                return self._text(type)
            case _:
                return self._plain(type)

    def _plain(self, type: Type) -> str:
        match type:
            case BooleanType(const=const):
                return self._call("Boolean", const=const)
            case IntegerType():
                return self._call("Integer", **_given(type, "minimum maximum enum const classes"))
            case FloatType(bits=bits, finite=finite):
                return self._call(f"Float{bits}", finite=finite or None)
            case DatetimeType(max_length=max_length):
                return self._call("Datetime", max_length=max_length)
            case BytesType():
                return self._call("Bytes", **_given(type, "min_length max_length"))
            case MediaType(kind=kind, accept=accept):
                return self._call(f"{kind.capitalize()}File", accept=accept)
            case BlobType():
                return self._call("BlobRef", **_given(type, "accept max_size"))
            case LinkType():
                return self._call("CidLink")
            case _:
                return self._call("Open")

    def _union(self, type: UnionType) -> str:
        # The codec's own type says nothing here: what a value may be, the annotation of the field says.
        members = [f"{text_literal(item)}: {self.class_of(item)}" for item in type.targets]
        table = f"lambda: {{{', '.join(members)}}}" if members else self.builtin("dict")
        return self._call(f"OneOf[{self.builtin('object')}]", table, closed=type.closed or None)

    def _array(self, type: ArrayType) -> str:
        element = () if type.dtype == "*" else (self.element(type.dtype),)
        dims = () if type.shape is None else (tuple_literal(map(_value, type.shape)),)
        name = "Array" if element else "AnyArray"
        return self._call(name, *element, *dims, finite=type.finite or None)

    def _text(self, type: TextType) -> str:
        names = "format min_length max_length min_graphemes max_graphemes const"
        text = self._call("Text", **_given(type, names))
        if not type.enum:
            return text
        rest = () if text == self._call("Text") else (text,)
        return self._call(f"Choice[{self.builtin('str')}]", _value(type.enum), *rest)

    def field_codec(self, field: FieldModel) -> str:
        """The codec of a field, whether it may be missing included."""
        codec = self.codec(field.type)
        if not field.required:
            return self._call("Opt", codec, nullable=field.nullable or None)
        return self._call("Null", codec) if field.nullable else codec

    def column(self, field: FieldModel) -> str:
        """The type of a field's column in a batch."""
        one, missing = self.annotation(field.type), field.nullable or not field.required
        listed = f"{self.builtin('list')}[{one}{' | None' if missing else ''}]"
        if isinstance(field.type, ArrayType):
            listed = f"{one} | {listed}" if missing or not stacks(field.type) else one
        return listed

    def _call(self, name: str, *args: str, **options: object) -> str:
        given = (f"{key}={_value(value)}" for key, value in options.items() if value is not None)
        return f"{self.v1(name)}({', '.join((*args, *given))})"


def stacks(type: ArrayType) -> bool:
    """Whether the declared shape says how many dimensions there are, each fixed or named."""
    return type.shape is not None and not {"*", "..."} & set(type.shape)


def mentions_class(type: Type) -> bool:
    """Whether a type names a generated class, which may not exist yet when the expression is evaluated."""
    match type:
        case ListType(items=inner) | MapType(values=inner):
            return mentions_class(inner)
        case _:
            return isinstance(type, RefType | UnionType)


def _given(type: Type, names: str) -> dict[str, object]:
    return {name: getattr(type, name) for name in names.split()}


def _value(value: object) -> str:
    if isinstance(value, str):
        return text_literal(value)
    if isinstance(value, int):
        return number_literal(value)
    if isinstance(value, tuple):
        return tuple_literal(map(_value, value))
    raise TypeError(f"no literal of {value!r}")
