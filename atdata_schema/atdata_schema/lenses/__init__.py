"""Lenses: samples of one type seen as another, and changed through that view.

A lens is written in the language dlens/1, checked against its two types, and run: `get` reads the view of a
sample, `put` writes a changed view back, `create` makes a sample of a view alone. What is proved of it, that
nothing else changes on the way, is computed, never declared.

    >>> from atdata_schema.lenses import compile_text
    >>> from atdata_schema.schema import Schema
    >>> def schema(nsid, **properties):
    ...     main = {"type": "object", "required": list(properties), "properties": properties}
    ...     return Schema(nsid, {nsid: {"lexicon": 1, "id": nsid, "defs": {"main": main}}})
    >>> animal = schema("org.example.animal", kind={"type": "string", "enum": ["cat", "dog"]})
    >>> label = schema("org.example.label", target={"type": "integer", "minimum": 0, "maximum": 1})
    >>> text = '''
    ... lens labels from org.example.animal to org.example.label {
    ...   kind | map { "cat" <-> 0, "dog" <-> 1 } <-> target;
    ... }
    ... '''
    >>> (lens,) = compile_text(text, {schema.id: schema for schema in (animal, label)})
    >>> lens.get({"kind": "dog"}), lens.put({"target": 0}, {"kind": "dog"}), lens.kind
    ({'target': 1}, {'kind': 'cat'}, 'iso')
"""

from typing import TYPE_CHECKING

from atdata_schema.errors import GetError, LensError, PutError

if TYPE_CHECKING:
    from atdata_schema.lenses.checked import Checked, check, check_record
    from atdata_schema.lenses.compiling import compile_text
    from atdata_schema.lenses.deriving import derive
    from atdata_schema.lenses.findings import Finding, Span, errors_of
    from atdata_schema.lenses.language.formatting import format_text, program_text
    from atdata_schema.lenses.language.reading import Read
    from atdata_schema.lenses.language.reading import read as parse
    from atdata_schema.lenses.lens import Lens, edited
    from atdata_schema.lenses.program.clauses import Program
    from atdata_schema.lenses.record import LANGUAGE, cid_of, to_record
    from atdata_schema.lenses.rendering import render, show
    from atdata_schema.lenses.routes.composing import compose
    from atdata_schema.lenses.routes.graph import Graph, Hop, Route
    from atdata_schema.lenses.routes.stages import Stages
    from atdata_schema.lenses.rules import RULES
else:
    # A compiled lens needs a few modules of this package only; each is imported when a name in it is asked for.
    _LATE = {
        "Checked": ("atdata_schema.lenses.checked", "Checked"),
        "Finding": ("atdata_schema.lenses.findings", "Finding"),
        "Graph": ("atdata_schema.lenses.routes.graph", "Graph"),
        "Hop": ("atdata_schema.lenses.routes.graph", "Hop"),
        "LANGUAGE": ("atdata_schema.lenses.record", "LANGUAGE"),
        "Lens": ("atdata_schema.lenses.lens", "Lens"),
        "Program": ("atdata_schema.lenses.program.clauses", "Program"),
        "RULES": ("atdata_schema.lenses.rules", "RULES"),
        "Read": ("atdata_schema.lenses.language.reading", "Read"),
        "Route": ("atdata_schema.lenses.routes.graph", "Route"),
        "Span": ("atdata_schema.lenses.findings", "Span"),
        "Stages": ("atdata_schema.lenses.routes.stages", "Stages"),
        "check": ("atdata_schema.lenses.checked", "check"),
        "check_record": ("atdata_schema.lenses.checked", "check_record"),
        "cid_of": ("atdata_schema.lenses.record", "cid_of"),
        "compile_text": ("atdata_schema.lenses.compiling", "compile_text"),
        "compose": ("atdata_schema.lenses.routes.composing", "compose"),
        "derive": ("atdata_schema.lenses.deriving", "derive"),
        "edited": ("atdata_schema.lenses.lens", "edited"),
        "errors_of": ("atdata_schema.lenses.findings", "errors_of"),
        "format_text": ("atdata_schema.lenses.language.formatting", "format_text"),
        "program_text": ("atdata_schema.lenses.language.formatting", "program_text"),
        "render": ("atdata_schema.lenses.rendering", "render"),
        "show": ("atdata_schema.lenses.rendering", "show"),
        "to_record": ("atdata_schema.lenses.record", "to_record"),
        "parse": ("atdata_schema.lenses.language.reading", "read"),
    }

    def __getattr__(name: str) -> object:
        if name not in _LATE:
            raise AttributeError(f"module 'atdata_schema.lenses' has no attribute {name!r}")
        from importlib import import_module

        module, attribute = _LATE[name]
        value = globals()[name] = getattr(import_module(module), attribute)
        return value


__all__ = [
    "LANGUAGE",
    "RULES",
    "Checked",
    "Finding",
    "GetError",
    "Graph",
    "Hop",
    "Lens",
    "LensError",
    "Program",
    "PutError",
    "Read",
    "Route",
    "Span",
    "Stages",
    "check",
    "check_record",
    "cid_of",
    "compile_text",
    "compose",
    "derive",
    "edited",
    "errors_of",
    "format_text",
    "parse",
    "program_text",
    "render",
    "show",
    "to_record",
]
