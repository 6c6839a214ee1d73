"""What a target is given, what it gives, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from atdata_codegen.plan import ModulePlan, Modules, plan_within
from atdata_schema.lexicon import Catalog, nodes
from atdata_schema.lexicon.lower import lower_document
from atdata_schema.model import Model, ObjectType

__all__ = ["Target", "TargetError", "TargetInput", "own_objects"]


class TargetError(Exception):
    """A target cannot make its files; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class TargetInput:
    """What a target makes its files of: lexicons without errors, and what the Python target says of them.

    Attributes:
        catalog: every document, those of installed packages and the shared types included.
        nsids: the project's own documents, sorted: those to make files for.
        options: what the project's configuration says to this target.
        modules: where Python modules lie, and what classes are called.
        has_package: whether the project has a Python package; without one, modules are named as if it had.
    """

    catalog: Catalog
    nsids: tuple[str, ...]
    options: Mapping[str, object]
    modules: Modules
    has_package: bool = True

    def document(self, nsid: str) -> nodes.Document:
        """One of the documents.

        Raises:
            TargetError: the catalog has none of that name.
        """
        document = self.catalog.get(nsid)
        if document is None:
            raise TargetError(f"there is no lexicon {nsid}")
        return document

    def objects(self, nsid: str) -> tuple[ObjectType, ...]:
        """The objects that a document defines, `main` first, each followed by its inline objects.

        What an endpoint takes and answers is among them: `nsid#main.parameters`, `.input`, `.output`.
        """
        return lower_document(self.catalog, nsid)

    def model(self, ref: str) -> Model:
        """The model of an object, with every object that it reaches."""
        return self.catalog.model(ref)

    def plan(self, nsid: str) -> ModulePlan:
        """What the Python module of a document says."""
        return plan_within(self.modules, nsid)

    def only(self, *names: str) -> Mapping[str, object]:
        """The options, where a target knows those alone.

        Raises:
            TargetError: there is another one.
        """
        for name in self.options:
            if name not in names:
                known = f"known are {', '.join(names)}" if names else "it has none"
                raise TargetError(f"there is no option {name!r}: {known}")
        return self.options

    def text(self, name: str) -> str | None:
        """An option that is a text.

        Raises:
            TargetError: it is none.
        """
        value = self.options.get(name)
        if value is not None and not isinstance(value, str):
            raise TargetError(f"the option {name!r} is a text")
        return value


Target: TypeAlias = Callable[[TargetInput], Mapping[str, str | bytes]]
"""Makes the files of a target: paths below its folder, with `/`, to content; a text is written as UTF-8."""


def own_objects(given: TargetInput, nsid: str) -> Iterable[ObjectType]:
    """The objects of a document itself, each once: a list of another one may hold inline objects."""
    found = {item.ref: item for item in given.objects(nsid)}
    return [item for ref, item in found.items() if ref.partition("#")[0] == nsid]
