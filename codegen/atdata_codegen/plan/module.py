"""From a document to the plan of its module."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from atdata_codegen.plan.classes import plan_class
from atdata_codegen.plan.constants import plan_constants, plan_enums
from atdata_codegen.plan.docs import lined, titled
from atdata_codegen.plan.literals import document_text, text_literal
from atdata_codegen.plan.modules import Modules
from atdata_codegen.plan.outline import Outline, outline
from atdata_codegen.plan.parts import ClassPlan, ConstantPlan, EnumPlan, ModulePlan
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Catalog, nodes
from atdata_schema.names import module_path
from atdata_schema.references import references
from atdata_schema.shared_types import TYPES

__all__ = ["plan_module", "plan_within"]


def plan_module(
    catalog: Catalog, nsid: str, package: str, external: Mapping[str, str] | None = None
) -> ModulePlan:
    """The plan of one lexicon's module.

    Args:
        catalog: all documents, those that it refers to among them.
        nsid: the lexicon.
        package: the package that holds its module.
        external: NSID to module of the lexicons that other packages hold compiled.

    Raises:
        LexiconError: the document is not there, or a definition of it has no form in Python, or names clash.
    """
    others = external or {}
    nsids = frozenset(other for other in catalog if other not in others)
    return plan_within(Modules(catalog, package, others, nsids), nsid)


def plan_within(modules: Modules, nsid: str) -> ModulePlan:
    """The plan of a lexicon's module among others; see `plan_module`."""
    within = outline(modules.catalog, nsid, modules.below(module_path(nsid)))
    if within.findings:
        raise LexiconError("\n".join(map(str, within.findings)), within.findings)
    document, scope = within.document, within.scope
    class_of = _class_of(modules, within)
    enums = plan_enums(within)
    classes = tuple(plan_class(item, within, class_of) for item in within.objects)
    constants = plan_constants(within)
    for used in ("v1", "Final"):
        scope.use(used)
    needs = tuple(_lexicon_of(other, modules, within) for other in sorted(references(document.raw)))
    return ModulePlan(
        nsid=nsid,
        path=modules.file(nsid),
        source=nsid.replace(".", "/") + ".json",
        doc=_about(document),
        imports=scope.imports(),
        names=scope.names,
        exports=tuple(
            map(text_literal, sorted(_exported(classes, enums, constants), key=_reading_order))
        ),
        classes=classes,
        enums=enums,
        constants=constants,
        document=document_text(document.raw),
        needs=needs,
    )


def _exported(
    classes: tuple[ClassPlan, ...], enums: tuple[EnumPlan, ...], constants: tuple[ConstantPlan, ...]
) -> Iterator[str]:
    yield "LEXICON"
    for constant in constants:
        yield constant.name
    for plan in classes:
        yield from (plan.name, plan.batch)
    for enum in (*enums, *(enum for plan in classes for enum in plan.enums)):
        yield enum.name


def _class_of(modules: Modules, within: Outline) -> Callable[[str], str]:
    def class_of(ref: str) -> str:
        nsid = ref.partition("#")[0]
        if nsid == within.document.id:
            return within.names[ref]
        return f"{_alias(modules, nsid, within)}.{modules.class_of(ref)}"

    return class_of


def _alias(modules: Modules, nsid: str, within: Outline) -> str:
    """The name of another lexicon's module in this one."""
    return within.scope.use_module(modules.module(nsid), "_".join(module_path(nsid)))


def _lexicon_of(nsid: str, modules: Modules, within: Outline) -> str:
    """The expression for the document of another lexicon; the kernel holds that of the shared types."""
    if nsid == TYPES["id"]:
        return f"{within.scope.use('v1')}.TYPES"
    return f"{_alias(modules, nsid, within)}.LEXICON"


def _about(document: nodes.Document) -> str:
    main = document.defs.get("main")
    texts = [document.description, None if main is None else main.description]
    if isinstance(main, nodes.Record):
        texts.append(main.record.description)
    described = next((text for text in texts if text and text.strip()), None)
    title = lined(f"The lexicon `{document.id}`.", "A lexicon.")
    text = titled(described, title)
    return (
        text if text.startswith(title) else f"{text}\n\nCompiled from the lexicon `{document.id}`."
    )


def _reading_order(name: str) -> tuple[bool, str]:
    """Constants first, then classes, each by the alphabet."""
    return not name.isupper(), name
