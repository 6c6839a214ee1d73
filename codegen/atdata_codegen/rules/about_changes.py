"""What is known of every kind of change, for `explain`."""

from __future__ import annotations

from collections.abc import Mapping

from atdata_schema.compare import ALL_RULES, Rule
from atdata_schema.lexicon.rules import RuleInfo

__all__ = ["NAME_RULES", "about_changes", "change_rules"]

NAME_RULES: Mapping[str, str] = {
    "module-removed": "The module of a lexicon is gone.",
    "class-removed": "A class is gone, or has another name.",
    "base-changed": "A class extends another one: a sample became a record, or a record a sample.",
    "constant-removed": "A constant, an enumeration or an alias is gone.",
    "constant-changed": "A constant, or an alias of a type, stands for something else.",
    "attribute-removed": "A sample has no longer an attribute, and its class takes no parameter of that name.",
    "attribute-changed": "An attribute, and the parameter of its name, is of another Python type.",
    "parameter-required": "A class demands a value that could be left out.",
    "column-changed": "A column of a batch is of another Python type.",
}
"""What may change for code that uses the compiled package."""

_WHERE = "It is found by `atdata-gen breaking`, and let pass in [tool.atdata-gen.breaking], with a reason."
_CODE = (
    "Code that was written against the compiled package as it was may not run, or not pass a type checker, "
    "with the package as it is. Keep the name beside the new one, or raise the major version of the package. "
)


def change_rules() -> frozenset[str]:
    """Every kind of change."""
    return frozenset((*ALL_RULES, *NAME_RULES))


def about_changes() -> dict[str, RuleInfo]:
    """Their names and what `atdata-gen explain` says of them."""
    data = {name: RuleInfo("error", rule.summary, _told(rule)) for name, rule in ALL_RULES.items()}
    names = {name: RuleInfo("error", text, _CODE + _WHERE) for name, text in NAME_RULES.items()}
    return {**data, **names}


def _told(rule: Rule) -> str:
    parts = [
        f"{who}: {text}."
        for who, text in (("New code on old data", rule.new), ("Old code on new data", rule.old))
        if text
    ]
    return " ".join([*(parts or ["Data are read as what they are."]), _WHERE])
