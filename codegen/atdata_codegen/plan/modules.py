"""Where modules lie, and which of them clash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from atdata_codegen.plan.literals import text_literal
from atdata_codegen.plan.outline import outline
from atdata_codegen.plan.parts import PackagePlan
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Catalog, Finding
from atdata_schema.names import class_name, module_path

__all__ = ["Modules", "module_clashes", "plan_packages"]


@dataclass(frozen=True, slots=True)
class Modules:
    """Every module that a build makes or refers to.

    Attributes:
        catalog: all documents.
        package: the package that is made.
        external: NSID to module of what other packages hold compiled.
        nsids: the lexicons that are compiled.
        lenses: the files of lenses that are compiled.
    """

    catalog: Catalog
    package: str
    external: Mapping[str, str]
    nsids: frozenset[str]
    lenses: frozenset[str] = frozenset()
    _classes: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    _below: dict[tuple[str, ...], set[str]] = field(default_factory=dict[tuple[str, ...], set[str]])

    def __post_init__(self) -> None:
        for nsid in self.nsids | self.lenses:
            path = module_path(nsid)
            for depth in range(len(path)):
                self._below.setdefault(path[:depth], set()).add(path[depth])

    def module(self, nsid: str) -> str:
        """The full name of a lexicon's module."""
        return self.external.get(nsid) or ".".join((self.package, *module_path(nsid)))

    def below(self, path: tuple[str, ...]) -> frozenset[str]:
        """The names of what lies inside a module or folder of this package."""
        return frozenset(self._below.get(path, ()))

    def file(self, nsid: str) -> str:
        """The file of a lexicon's module, below the package."""
        path = module_path(nsid)
        return "/".join(path) + ("/__init__.py" if self.below(path) else ".py")

    def class_of(self, ref: str) -> str:
        """The name, in its module, of an object's class."""
        nsid = ref.partition("#")[0]
        if nsid not in self._classes:
            try:
                self._classes[nsid] = outline(self.catalog, nsid).names
            except LexiconError:  # said of that document, by whoever compiles it
                self._classes[nsid] = {}
        return self._classes[nsid].get(ref) or class_name(ref)


def module_clashes(nsids: Iterable[str]) -> Iterator[Finding]:
    """The lexicons whose modules would be one, on every file system."""
    owners: dict[tuple[str, ...], list[str]] = {}
    for nsid in nsids:
        owners.setdefault(module_path(nsid), []).append(nsid)
    for path, clashing in owners.items():
        for nsid in clashing if len(clashing) > 1 else ():
            other = clashing[0] if nsid != clashing[0] else clashing[1]
            yield Finding(
                "module-clash",
                "error",
                ("id",),
                f"{nsid} and {other} would both be the module {'.'.join(path)}",
                "rename one of them",
                nsid,
            )


def plan_packages(modules: Modules, nsids: Iterable[str]) -> Iterator[PackagePlan]:
    """The `__init__.py` of the root, and of every folder that is not a module itself."""
    names = sorted(nsids)
    index = tuple((text_literal(nsid), text_literal(modules.module(nsid))) for nsid in names)
    lenses = tuple(
        (text_literal(nsid), text_literal(modules.module(nsid))) for nsid in sorted(modules.lenses)
    )
    yield PackagePlan("__init__.py", "Compiled lexicons, one module each.", index, lenses)
    own = {module_path(nsid) for nsid in (*names, *modules.lenses)}
    folders = {path[:depth] for path in own for depth in range(1, len(path))}
    for folder in sorted(folders - own):
        yield PackagePlan(
            "/".join((*folder, "__init__.py")), f"Lexicons below `{'.'.join(folder)}`."
        )
