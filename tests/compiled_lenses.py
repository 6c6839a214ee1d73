"""Lenses compiled for tests: from a checked lens to the object that its module offers."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from atdata.samples.build import sample_class
from atdata_codegen.lenses.render import render_lens_module
from atdata_codegen.lenses.unit import LensUnit, SampleClass
from atdata_schema.batch import Batch
from atdata_schema.fields.objects import OneOf, Ref
from atdata_schema.fields.presence import bare
from atdata_schema.lenses import Lens
from atdata_schema.schema import Schema
from atdata_schema.v1 import CompiledLens

__all__ = ["compiled_lens", "source_of", "unit_of"]

_NUMBERS = itertools.count()


def unit_of(
    lens: Lens[Any, Any], source: Schema, view: Schema, externs: str | None = None
) -> tuple[LensUnit, Lens[Any, Any]]:
    """A unit of one lens whose classes stand in a module that is made for them; and the lens with these classes."""
    module = ModuleType(f"lens_classes_{next(_NUMBERS)}")
    sys.modules[module.__name__] = module
    classes: dict[str, SampleClass] = {}
    typed = [sample_class(source), sample_class(view)]
    for main, schema in zip(typed, (source, view), strict=True):
        for cls in _reached(main):
            name = f"C{len(classes)}"
            if cls.TYPE not in classes:
                classes[cls.TYPE] = SampleClass(module.__name__, name, schema)
                setattr(module, name, cls)
                setattr(module, f"{name}Batch", Batch)
    unit = LensUnit("org.example.lenses", "", (lens,), classes, externs)
    return unit, lens.typed(*typed)


def _reached(main: Any) -> Iterator[Any]:
    seen: set[str] = set()
    pending: list[Any] = [main]
    while pending:
        cls = pending.pop(0)
        if cls.TYPE in seen:
            continue
        seen.add(cls.TYPE)
        yield cls
        for field in cls.FIELDS.values():
            codec: Any = bare(field)
            while (name := codec.__class__.__name__) in ("Many", "Table"):
                codec = bare(codec.items if name == "Many" else codec.values)
            if isinstance(codec, Ref):
                pending.append(codec.target())
            elif isinstance(codec, OneOf):
                pending += codec.targets().values()


def source_of(unit: LensUnit) -> str:
    """The source of its module."""
    return render_lens_module(unit)


def compiled_lens(unit: LensUnit) -> CompiledLens[Any, Any, Any, Any]:
    """The compiled form of its lens."""
    space: dict[str, Any] = {"__name__": "compiled_lenses_of_tests"}
    exec(compile(render_lens_module(unit), "<lens>", "exec", dont_inherit=True), space)
    offered: list[Any] = [value for name, value in space.items() if name in space["__all__"]]
    found: list[Any] = list(filter(_is_lens, offered))
    made: CompiledLens[Any, Any, Any, Any] = found[0]
    return made


def _is_lens(value: object) -> bool:
    return isinstance(value, CompiledLens)
