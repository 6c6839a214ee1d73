"""From checked files of lenses to modules of the package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from atdata_codegen.incremental.compiler import compiler_digest
from atdata_codegen.lenses.checking import CheckedFile
from atdata_codegen.lenses.unit import LensUnit, SampleClass
from atdata_codegen.plan import Modules
from atdata_codegen.plan.outline import outline
from atdata_schema.lenses import Lens
from atdata_schema.schema import Schema

__all__ = ["source_of", "tests_source_of", "unit_of", "uses_externs"]


def unit_of(checked: CheckedFile, modules: Modules, externs: str) -> LensUnit:
    """What the module of a file is made from.

    Args:
        checked: the file; it has no errors.
        modules: every module of the package.
        externs: the import name of the module with the code of externs.
    """
    lenses = tuple(lens for _, lens in checked.lenses)
    classes = dict(_classes(lenses, modules))
    return LensUnit(
        nsid=checked.file.nsid,
        description=checked.file.description,
        lenses=lenses,
        classes=classes,
        externs=externs if uses_externs(checked) else None,
    )


def uses_externs(checked: CheckedFile) -> bool:
    """Whether a lens of the file uses code of somebody's own."""
    return any(lens.program.externs for _, lens in checked.lenses)


def source_of(checked: CheckedFile, modules_of_types: dict[str, str], externs: str) -> str:
    """A text that differs whenever the module of a file could.

    Args:
        checked: the file.
        modules_of_types: the modules of documents of installed packages.
        externs: the import name of the module with the code of externs.
    """
    lenses = [(name, lens.cid) for name, lens in checked.lenses]
    used = sorted(modules_of_types.items())
    return json.dumps([checked.file.nsid, checked.file.text, lenses, used, externs])


def tests_source_of(checked: CheckedFile, compiled: bytes, externs: str) -> str:
    """A text that differs whenever the tests of a file could.

    Args:
        checked: the file.
        compiled: its compiled module, which names all that the tests do.
        externs: the import name of the module with the code of externs.
    """
    lenses = [(name, lens.cid, str(lens.laws)) for name, lens in checked.lenses]
    return json.dumps([compiler_digest(), checked.file.nsid, compiled.decode(), lenses, externs])


def _classes(
    lenses: tuple[Lens[Any, Any], ...], modules: Modules
) -> Iterator[tuple[str, SampleClass]]:
    """The classes of every object in the types of some lenses."""
    done: set[str] = set()
    for lens in lenses:
        for end in (lens.program.source, lens.program.view):
            waiting = [item.ref for item in Schema.of(modules.catalog, end.id).model]
            for ref in waiting:
                name = ref.removesuffix("#main")
                if name not in done:
                    done.add(name)
                    yield name, _class(name, modules)


def _class(ref: str, modules: Modules) -> SampleClass:
    nsid = ref.partition("#")[0]
    names = outline(modules.catalog, nsid)
    found = names.names.get(ref) or modules.class_of(ref)
    batch = names.batches.get(ref)
    return SampleClass(modules.module(nsid), found, Schema.of(modules.catalog, ref), batch)
