"""Which targets there are: ours, and those of the entry point group `atdata_gen.targets`."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Final, cast

from atdata_codegen.targets.target import Target, TargetError

__all__ = ["BUILT_IN", "GROUP", "PYTHON", "find_target", "is_built_in"]

GROUP: Final = "atdata_gen.targets"

PYTHON: Final = "python"
"""The first target, which is the package itself."""

BUILT_IN: Final[Mapping[str, str]] = {
    "jsonschema": "atdata_codegen.targets.jsonschema:json_schemas",
    "markdown": "atdata_codegen.targets.markdown:reference_pages",
}
"""The targets that are built in, by the functions that make them; no package replaces one."""


def is_built_in(name: str) -> bool:
    """Whether a target is the compiler's own."""
    return name in BUILT_IN


def find_target(name: str) -> Target:
    """A target by its name.

    Raises:
        TargetError: nobody has it, several packages have it, or it cannot be loaded.
    """
    if name in BUILT_IN:
        module, _, function = BUILT_IN[name].partition(":")
        return cast("Target", getattr(importlib.import_module(module), function))
    from importlib.metadata import entry_points

    every = entry_points(group=GROUP)
    points = {point.value: point for point in every if point.name == name}
    if not points:
        known = sorted({PYTHON, *BUILT_IN, *(point.name for point in every)})
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise TargetError(f"there is no target {name!r}: {hint}")
    if len(points) > 1:
        claims = ", ".join(sorted(points))
        raise TargetError(
            f"{name!r} is claimed by several packages: {claims}; uninstall all but one"
        )
    (point,) = points.values()
    try:
        found = point.load()
    except Exception as error:  # whatever a foreign package does is its fault, and said so
        reason = f"{type(error).__name__}: {error}"
        raise TargetError(f"{point.value} cannot be loaded: {reason}") from None
    if not callable(found):
        raise TargetError(f"{point.value} is no function")
    return cast("Target", found)
