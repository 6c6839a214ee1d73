"""Lenses: samples of one type seen as another, and changed through that view.

A lens is written in the language dlens/1, checked against its two types, and run: `get` reads the view of a
sample, `put` writes a changed view back, `create` makes a sample of a view alone. What is proved of it, that
nothing else changes on the way, is computed, never declared.

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

from atdata_schema.errors import GetError, LensError, PutError
from atdata_schema.lenses.check import Checked, check, check_record
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
