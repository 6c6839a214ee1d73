"""Lexicons as they are published: asked for by the entry point group `atdata_gen.baselines`.

The compiler itself never goes to the network. An entry point of that group, called `published`, names a function
that takes NSIDs and returns the documents that are published under them: a mapping from NSID to document, which
lacks those that are not published. It raises an `AtdataError` where it cannot say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

from atdata_codegen.evolution.baseline import Baseline, BaselineError, baseline_of_documents

__all__ = ["GROUP", "Published", "read_published"]

GROUP = "atdata_gen.baselines"

Published: TypeAlias = Callable[[Sequence[str]], Mapping[str, Mapping[str, object]]]
"""Gives the documents that are published under some NSIDs."""


def read_published(nsids: Sequence[str], name: str) -> Baseline:
    """The documents that are published under the NSIDs of a project.

    Args:
        nsids: the project's own.
        name: as it was asked for.

    Raises:
        BaselineError: nobody can ask, or whoever asked got no answer.
    """
    from importlib.metadata import entry_points

    points = {point.value: point for point in entry_points(group=GROUP, name="published")}
    if not points:
        remedy = "pip install 'atdata[atmosphere]'"
        raise BaselineError(f"--against {name} needs an optional part of atdata: {remedy}")
    if len(points) > 1:
        claims = ", ".join(sorted(points))
        raise BaselineError(f"--against {name} is claimed by several packages: {claims}")
    (point,) = points.values()
    from atdata_schema.errors import AtdataError

    try:
        ask = cast("Published", point.load())
        documents = dict(ask(list(nsids)))
    except AtdataError as error:
        raise BaselineError(f"--against {name}: {error}") from None
    except Exception as error:  # whatever a foreign package does is its fault, and said so
        reason = f"{point.value}: {type(error).__name__}: {error}"
        raise BaselineError(f"--against {name} cannot be asked for: {reason}") from None
    return baseline_of_documents(name, f"{len(documents)} published", documents)
