"""Lexicons of an installed package: `package:NAME`. What it has compiled is read; its code does not run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from atdata_codegen.evolution.baseline import Baseline, BaselineError, baseline_of_documents
from atdata_codegen.source.compiled import document_of, index_of
from atdata_codegen.source.installed import GROUP

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["read_package"]


def read_package(package: str, name: str) -> Baseline:
    """The lexicons that an installed package has compiled.

    Args:
        package: the name of the distribution, or of the import package.
        name: as it was asked for.

    Raises:
        BaselineError: it is not installed, or cannot be used.
    """
    from importlib.metadata import entry_points

    points = sorted(entry_points(group=GROUP), key=lambda point: point.value)
    chosen = [point for point in points if _is_named(point, package)]
    if not chosen:
        known = ", ".join(sorted({_owner(point) for point in points})) or "none"
        raise BaselineError(
            f"{name}: no installed package of lexicons has that name; installed are: {known}"
        )
    documents: dict[str, Mapping[str, object]] = {}
    for point in chosen:
        try:
            documents |= _documents(point.value)
        except Exception as error:  # whatever a foreign package does is its fault, and said so
            reason = f"{type(error).__name__}: {error}"
            raise BaselineError(f"{name}: {point.value} cannot be used: {reason}") from None
    return baseline_of_documents(name, _about(chosen[0]), documents)


def _documents(package: str) -> dict[str, Mapping[str, object]]:
    return {str(nsid): document_of(module) for nsid, module in index_of(package).items()}


def _is_named(point: EntryPoint, package: str) -> bool:
    return point.value == package or _normal(_owner(point)) == _normal(package)


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value


def _about(point: EntryPoint) -> str:
    return "installed" if point.dist is None else f"{point.dist.name} {point.dist.version}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
