"""The kinds of change of documents and definitions; those of types are in `rules`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from atdata_schema.compare.rules import RULES, Rule

__all__ = ["ALL_RULES", "CATALOG_RULES"]

_RULES: Final = (
    Rule("document-added", "A lexicon is new."),
    Rule(
        "document-removed",
        "A lexicon is gone.",
        "old data have no type any more: keep the lexicon, and say in its description that it is old",
        "the lexicons of others may refer to it: keep it",
    ),
    Rule("definition-added", "A definition is new."),
    Rule(
        "definition-removed",
        "A definition is gone.",
        "old data have no type any more: keep the definition",
        "the lexicons of others may refer to it: keep it",
    ),
    Rule(
        "token-removed",
        "A token is gone; a text that names it is read as it is.",
        old="it is named by other definitions: keep it",
    ),
    Rule(
        "definition-kind-changed",
        "A definition is of another kind.",
        "keep the definition and add another one",
        "keep the definition and add another one",
    ),
    Rule(
        "body-added",
        "An endpoint takes or answers a body now.",
        "old code sends or answers none: add another endpoint",
        "",
    ),
    Rule(
        "body-removed",
        "An endpoint takes or answers no body any more.",
        "",
        "old code waits for one: keep it",
    ),
    Rule(
        "encoding-changed",
        "A body is of another media type.",
        "keep the media type and add another endpoint",
        "keep the media type and add another endpoint",
    ),
    Rule("errors-changed", "An endpoint names other errors; any name may be met."),
    Rule("permissions-changed", "A permission set grants other permissions."),
)

CATALOG_RULES: Final[Mapping[str, Rule]] = MappingProxyType({rule.id: rule for rule in _RULES})
"""Every kind of change of documents and definitions by its identifier."""

ALL_RULES: Final[Mapping[str, Rule]] = MappingProxyType({**RULES, **CATALOG_RULES})
"""Every kind of change."""
