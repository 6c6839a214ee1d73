"""What a module will say: frozen values that hold every decision, so that templates only lay out."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ClassPlan", "ConstantPlan", "EnumPlan", "FieldPlan", "ModulePlan", "PackagePlan"]


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field of a class and its column of the batch class.

    Attributes:
        attribute: the name in Python.
        wire: the property name, as a literal.
        annotation: the type of the attribute.
        default: `None` where the field is optional, else nothing.
        codec: the expression that makes its field codec.
        doc: its docstring.
        column: the type of its column.
        column_is_late: whether that type names generated classes, which may not exist yet.
        column_doc: the docstring of its column.
    """

    attribute: str
    wire: str
    annotation: str
    default: str | None
    codec: str
    doc: str
    column: str
    column_is_late: bool
    column_doc: str | None = None


@dataclass(frozen=True, slots=True)
class EnumPlan:
    """The names of an integer's values.

    Attributes:
        members: name and value of each.
    """

    name: str
    doc: str
    members: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """A class of samples or records, and its batch class.

    Attributes:
        base: the class it extends.
        type: what `$type` says, as a literal.
        key: the record key, as a literal, where it is a record.
        renamed: property and attribute, as literals, where they differ.
        aliases: property and its earlier names, as literals.
        text: `str`, as the class has to write it.
        enums: the enumerations of its integers.
    """

    name: str
    batch: str
    base: str
    doc: str
    batch_doc: str
    fields: tuple[FieldPlan, ...]
    type: str
    key: str | None
    text: str
    renamed: tuple[tuple[str, str], ...]
    aliases: tuple[tuple[str, str], ...]
    enums: tuple[EnumPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class ConstantPlan:
    """A name for a value or, with `annotation` `TypeAlias`, for a type."""

    name: str
    annotation: str
    value: str
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class ModulePlan:
    """The module of one lexicon.

    Attributes:
        nsid: the lexicon.
        path: the file below the package, with `/`.
        source: where the lexicon lies below its root, for the header.
        doc: the module's docstring.
        imports: blocks of import lines.
        names: what the module calls the things it imports, by their usual names.
        exports: `__all__`, as literals.
        enums: the enumerations of named integers.
        document: the lexicon as JSON text.
        needs: expressions for the lexicons that it refers to.
    """

    nsid: str
    path: str
    source: str
    doc: str
    imports: tuple[tuple[str, ...], ...]
    names: dict[str, str]
    exports: tuple[str, ...]
    classes: tuple[ClassPlan, ...]
    enums: tuple[EnumPlan, ...]
    constants: tuple[ConstantPlan, ...]
    document: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """The `__init__.py` of a folder that holds modules.

    Attributes:
        path: the file below the package, with `/`.
        doc: its docstring.
        index: NSID and module of every lexicon, as literals; only in the root.
        lenses: NSID and module of every file of lenses, as literals; only in the root.
    """

    path: str
    doc: str
    index: tuple[tuple[str, str], ...] | None = None
    lenses: tuple[tuple[str, str], ...] = ()
