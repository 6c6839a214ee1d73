"""How the parts of a model are spelt for people: annotations and docstrings of live classes."""

from __future__ import annotations

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
    ObjectType,
    RefType,
    TextType,
    Type,
    UnionType,
    UnknownType,
)
from atdata_schema.names import class_name

__all__ = ["annotation_text", "type_doc"]

_PLAIN: dict[type, str] = {
    BooleanType: "bool",
    IntegerType: "int",
    FloatType: "float",
    DatetimeType: "datetime",
    BytesType: "bytes",
    LinkType: "Link",
    BlobType: "Blob",
    UnknownType: "dict[str, Json]",
}


def annotation_text(field: FieldModel) -> str:
    """The annotation that the compiler would write.

    >>> annotation_text(FieldModel("image", ArrayType("float32", ("H", "W", 3)), required=True))
    'NDArray[np.float32]'
    >>> annotation_text(FieldModel("tags", ListType(TextType())))
    'list[str] | None'
    """
    text = _text(field.type)
    return text if field.required and not field.nullable else f"{text} | None"


def type_doc(item: ObjectType) -> str:
    """The docstring of an object's class: what it means, and its fields."""
    return f"{item.description}\n\n{item}" if item.description else str(item)


def _text(kind: Type) -> str:
    match kind:
        case TextType():
            return "str" if kind.enum is None else f"Literal[{', '.join(map(repr, kind.enum))}]"
        case ArrayType():
            return "NDArray[Any]" if kind.dtype == "*" else f"NDArray[np.{_scalar(kind.dtype)}]"
        case MediaType():
            return kind.kind.capitalize()
        case ListType():
            return f"list[{_text(kind.items)}]"
        case MapType():
            return f"dict[str, {_text(kind.values)}]"
        case RefType():
            return class_name(kind.target)
        case UnionType():
            names = [class_name(target) for target in kind.targets]
            return " | ".join(names if kind.closed else [*names, "Unknown"])
        case _:
            return _PLAIN[type(kind)]


def _scalar(dtype: str) -> str:
    return "bool_" if dtype == "bool" else dtype
