"""The classes of a type as Python text, for people: what fields they have, and of which types."""

from __future__ import annotations

from collections.abc import Iterator

from atdata.samples.build_text import annotation_text
from atdata_schema.model import FieldModel, Model, ObjectType
from atdata_schema.names import attribute_name, class_name

__all__ = ["class_text"]

_INDENT = "    "


def class_text(model: Model) -> str:
    """The classes that `schema_type` and the compiler make of a type, nested objects first.

    >>> from atdata_schema.model import ArrayType, TextType
    >>> image = FieldModel("image", ArrayType("uint8", ("H", "W", 3)), required=True)
    >>> label = FieldModel("label", TextType(max_length=64), description="What it shows.")
    >>> print(class_text(Model("org.example.cat", (ObjectType("org.example.cat", (image, label)),))))
    class Cat:  # org.example.cat
        image: NDArray[np.uint8]  # uint8[H, W, 3]
        label: str | None = None  # string(maxLength 64); What it shows.
    """
    main, *others = model.objects
    return "\n\n\n".join("\n".join(_lines(item)) for item in (*others, main))


def _lines(item: ObjectType) -> Iterator[str]:
    yield f"class {class_name(item.ref)}:  # {item.ref}"
    if item.description:
        yield f"{_INDENT}{_docstring(item.description)}"
        if item.fields:
            yield ""
    for field in item.fields:
        yield f"{_INDENT}{_field(field)}"
    if not item.fields and not item.description:
        yield f"{_INDENT}pass"


def _docstring(text: str) -> str:
    shown = " ".join(text.split()).replace("\\", "\\\\").replace('"""', r"\"\"\"")
    return f'"""{shown}"""'


def _field(field: FieldModel) -> str:
    name = attribute_name(field.name)
    default = "" if field.required else " = None"
    notes = [str(field.type)]
    if name != field.name:
        notes.insert(0, f"{field.name}:")
    if field.description:
        notes[-1] += ";"
        notes.append(" ".join(field.description.split()))
    return f"{name}: {annotation_text(field)}{default}  # {' '.join(notes)}"
