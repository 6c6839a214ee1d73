"""`atdata-gen explain RULE`: say what a rule is about."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import textwrap

from atdata_codegen.excerpt import printable

__all__ = ["run"]

_WIDTH = 88


def run(argv: list[str]) -> int:
    """Run the command."""
    description = "Say what a rule is about and what to do; without one, list them all."
    parser = argparse.ArgumentParser("atdata-gen explain", description=description)
    parser.add_argument("rule", nargs="?", help="the name that stands in brackets in a finding")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    arguments = parser.parse_args(argv)
    from atdata_codegen.rules.registry import all_rules, can_be_ignored

    rules = all_rules()
    if arguments.rule is None:
        width = max(map(len, rules))
        for name, about in rules.items():
            sys.stdout.write(f"{name:<{width}}  {about.severity:<8}{about.summary}\n")
        return 0
    name = arguments.rule
    if name not in rules:
        sys.stderr.write(_unknown(name, list(rules)))
        return 2
    about = rules[name]
    ignorable = can_be_ignored(name)
    if arguments.format == "json":
        row = {"rule": name, "severity": about.severity, "summary": about.summary}
        row |= {"explanation": about.explanation}
        sys.stdout.write(json.dumps({**row, "ignorable": ignorable}) + "\n")
        return 0
    sys.stdout.write(f"{about.severity}[{name}]: {about.summary}\n\n")
    sys.stdout.write(textwrap.fill(about.explanation, _WIDTH, break_long_words=False) + "\n\n")
    sys.stdout.write(_ignoring(name, ignorable))
    return 0


def _ignoring(name: str, ignorable: bool) -> str:
    from atdata_codegen.rules.about_changes import change_rules

    if name in change_rules():
        return (
            f'To let it pass: [tool.atdata-gen.breaking] ignore = {{ "{name}" = "the reason" }}\n'
        )
    if not ignorable:
        return "It cannot be ignored.\n"
    return f'To ignore it: [tool.atdata-gen] ignore = {{ "{name}" = "the reason" }}\n'


def _unknown(name: str, rules: list[str]) -> str:
    near = difflib.get_close_matches(name, rules, 3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`atdata-gen explain` lists all"
    return f"atdata-gen: there is no rule '{printable(name)}': {hint}\n"
