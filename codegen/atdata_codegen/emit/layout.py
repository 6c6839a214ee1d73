"""The templates of a package, as all of them are read."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from atdata_codegen.emit.docstrings import docstring
from atdata_codegen.emit.long_lines import broken

__all__ = ["templates_of"]


@lru_cache(maxsize=4)
def templates_of(package: str) -> Environment:
    """The templates that lie in a package's folder `templates`."""
    # Nothing is escaped for HTML: the plans hold expressions, and texts pass the docstring printer.
    environment = Environment(
        loader=PackageLoader(package),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["docstring"] = docstring
    environment.filters["broken"] = broken
    return environment
